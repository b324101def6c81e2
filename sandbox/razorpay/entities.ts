/** What the book holds, as Razorpay shows it, with the fields of its samples. Nobody's card, name or address. */
import { paiseToJson } from '../../platform/money';
import { sign } from '../razorpayx/entities';
import { utrOf } from '../razorpayx/ids';
import type { Book } from './book';
import type { Method, PaymentStatus } from './entries';
import type { Order, Payment } from './tables';

const second = (ms: number): number => Math.floor(ms / 1_000);

/** Reasons of a failed payment, as the pages of errors have them. */
export const FAILURES: Readonly<Record<string, { description: string; source: string; step: string }>> = {
  payment_failed: {
    description: 'Your payment was declined by the bank. Try again or use another method.',
    source: 'bank',
    step: 'payment_authorization',
  },
  payment_cancelled: {
    description: 'Your payment has been cancelled. Try again or complete the payment later.',
    source: 'customer',
    step: 'payment_authentication',
  },
  payment_timed_out: {
    description: 'Your payment was not completed on time. Try again or use another method.',
    source: 'customer',
    step: 'payment_authentication',
  },
};

export function orderEntity({ ids, rows }: Book, row: Order) {
  const isPaid = rows.statusOf(row) === 'paid';
  const amount = paiseToJson(row.amountPaise);
  return {
    id: ids.of('order', row.n),
    entity: 'order',
    amount,
    amount_paid: isPaid ? amount : 0,
    amount_due: isPaid ? 0 : amount,
    currency: 'INR',
    receipt: row.receipt,
    offer_id: null,
    status: rows.statusOf(row),
    attempts: row.payments.length,
    notes: row.notes,
    created_at: second(row.atMs),
  };
}

/** `as` where a webhook tells of an earlier state. */
export function paymentEntity({ ids, rows }: Book, row: Payment, as: PaymentStatus = row.status) {
  const isTaken = as === 'captured' || (as === 'refunded' && row.wasCaptured);
  const failure = as === 'failed' ? FAILURES[row.reason ?? 'payment_failed'] : undefined;
  const amount = paiseToJson(row.amountPaise);
  return {
    id: ids.of('pay', row.n),
    entity: 'payment',
    amount,
    currency: 'INR',
    status: as,
    order_id: ids.of('order', rows.order(row.order).n),
    invoice_id: null,
    international: false,
    method: row.method,
    amount_refunded: as === 'refunded' ? amount : 0,
    refund_status: as === 'refunded' ? 'full' : null,
    captured: isTaken,
    description: null,
    card_id: null,
    bank: null,
    wallet: null,
    vpa: null,
    email: null,
    contact: null,
    notes: [],
    fee: isTaken ? paiseToJson(row.feePaise) : null,
    tax: isTaken ? paiseToJson(row.taxPaise) : null,
    ...(row.isFeeOnTop ? { fee_bearer: 'customer' } : {}),
    error_code: failure === undefined ? null : 'BAD_REQUEST_ERROR',
    error_description: failure?.description ?? null,
    error_source: failure?.source ?? null,
    error_step: failure?.step ?? null,
    error_reason: failure === undefined ? null : (row.reason ?? 'payment_failed'),
    acquirer_data: acquirerData(row.method, row, as),
    created_at: second(row.atMs),
  };
}

function acquirerData(method: Method, { n, atMs }: Payment, as: PaymentStatus) {
  const isKnown = as !== 'created' && as !== 'failed';
  const rrn = isKnown ? utrOf('UPI', n, second(atMs)) : null;
  return method === 'upi' ? { rrn } : { auth_code: isKnown ? String(100_000 + (n % 900_000)) : null, rrn };
}

/** The body of a webhook: the same bytes on every attempt. */
export function webhookBody(
  book: Book,
  { event, payment, as, atMs }: { event: string; payment: Payment; as: PaymentStatus; atMs: number },
): string {
  const isOfOrder = event.startsWith('order.');
  const order = book.rows.order(payment.order);
  return JSON.stringify({
    entity: 'event',
    account_id: book.ids.of('acc', 0),
    event,
    contains: isOfOrder ? ['payment', 'order'] : ['payment'],
    payload: {
      payment: { entity: paymentEntity(book, payment, as) },
      ...(isOfOrder ? { order: { entity: { ...orderEntity(book, order), ...paidOrder(order) } } } : {}),
    },
    created_at: second(atMs),
  });
}

const paidOrder = ({ amountPaise }: Order) => ({
  amount_paid: paiseToJson(amountPaise),
  amount_due: 0,
  status: 'paid',
});

/** What the checkout hands to the app: order and payment, signed under the secret of the key. */
export const checkoutSignature = (order: string, payment: string, keySecret: string): string =>
  sign(`${order}|${payment}`, keySecret);
