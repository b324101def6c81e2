import type { OffersAeps } from './port';
import type { ServiceDispatch } from '../dispatch/service-dispatch';

/** AEPS is only asked about here: nothing is queued, since no job may hold what a send needs. */
export function createAepsDispatch(): ServiceDispatch<OffersAeps> {
  return { inquiries: (connector) => connector.aeps };
}
