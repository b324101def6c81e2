import { isWord, maskedBody, maskJson } from '../mask';

/**
 * The fields of a call or a webhook that may be read in the API log: ids, references, amounts, methods, times and
 * status words. A name that is not here is hidden: who paid (`email`, `contact`, `vpa`, `card`), notes, and every
 * sentence of Razorpay's (`description`, `error_description`).
 */
const OPEN: ReadonlySet<string> = new Set([
  'id',
  'entity',
  'event',
  'account_id',
  'contains',
  'count',
  'order_id',
  'receipt',
  'attempts',
  'amount',
  'amount_paid',
  'amount_due',
  'amount_refunded',
  'currency',
  'status',
  'method',
  'captured',
  'international',
  'refund_status',
  'fee',
  'tax',
  'fee_bearer',
  'rrn',
  'bank_transaction_id',
  'code',
  'reason',
  'source',
  'step',
  'field',
  'error_code',
  'error_reason',
  'error_source',
  'error_step',
  'created_at',
]);

/** Masks a JSON value. A value under an open name that is not a single word is a sentence, and hidden too. */
export function masked(value: unknown): unknown {
  return maskJson(value, { open: OPEN, isReadable: isWord });
}

/** The same of raw bytes; what is no JSON is not kept. */
export const maskedBytes = (raw: Buffer): unknown => maskedBody(raw, masked);

/** `/orders/order_…/payments` is `/orders/{id}/payments`. */
export function routeOf(path: string): string {
  return path.replace(/\?.*$/s, '').replaceAll(/\/order_[A-Za-z0-9]{6,40}(?=\/|$)/g, '/{id}');
}
