/** The dependencies of BillPay's routes, and the envelope of a successful answer. */
import { traceId } from '../ids';
import type { ProductDeps } from '../product';

export interface BillpayDeps extends ProductDeps {
  partnerId: string;
}

export const ok = (data: unknown) => ({ success: true, traceId: traceId(), data });
