import type { OffersAeps } from './port';
import type { ServiceDispatch } from '../dispatch/service-dispatch';

/** AEPS only has inquiries here. Nothing is queued, because no job may hold the data that a send needs. */
export function createAepsDispatch(): ServiceDispatch<OffersAeps> {
  return { isSentOnce: true, inquiries: (connector) => connector.aeps };
}
