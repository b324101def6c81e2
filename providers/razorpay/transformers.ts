import type { InquiryAnswer, OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import { defined } from '../../platform/defined';
import {
  asInquiry,
  isSuccess,
  kindOf,
  listed,
  outcomeOfNoAnswer,
  refusal,
  strangeError,
  unknown,
  unrecognised,
  type Answer,
  type OnUnlisted,
  type Refused,
  type Reply,
} from '../answers';
import { readCollection, readError, type ErrorBody } from '../razorpay-forms';
import type { Reading } from '../reading';
import { readOrder, readPayment, type Order, type Payment } from './schemas';

/**
 * Theirs → ours: the only place where Razorpay's words of orders, payments and errors make an outcome. Their words
 * of one piece are taken over, their sentences are not.
 */

/**
 * Every documented status of an order. None of them is a success: money is what its payments say. A word that is
 * not here is pending, and counted.
 */
export const ORDER_STATUSES = {
  created: 'pending',
  attempted: 'pending', // also when every try failed: it can still be paid
  paid: 'pending',
} as const satisfies Record<string, OutcomeKind>;

/**
 * Every documented status of a payment, and what it is to the order. `open`: the payer is at the bank (Razorpay
 * calls it failed after ten minutes), or the bank has said yes and Razorpay captures by itself. `dead`: this try is
 * over, which ends no order. A word that is not here is open, and counted. `refunded` is dead too where it was never
 * captured: Razorpay gives a second payment of a paid order back by itself.
 */
export const PAYMENT_STATUSES = {
  created: 'open',
  authorized: 'open',
  captured: 'paid',
  refunded: 'given_back', // the whole of it, after it was captured
  failed: 'dead', // unless the bank says yes later: within three days, and then it is authorized
} as const;

/** Our own words, since theirs know no end: nobody has begun to pay it yet, or nobody has paid it in its time. */
export const UNPAID = 'waiting_for_payer';
export const EXPIRED = 'collection_expired';

/** Events whose payment or order has changed. Of any other there is nothing to ask. */
export const EVENTS: ReadonlySet<string> = new Set([
  'payment.authorized',
  'payment.captured',
  'payment.failed',
  'order.paid',
]);

/** The values that an answer about one order must agree with. */
export interface Expected {
  ourReference: string;
  orderId?: string;
}

/** The answer to `POST /orders`. */
export function outcomeOfCreate(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  const { status, json } = reply;
  if (isSuccess(status)) {
    const order = orderIn(json, status, expected);
    return order.ok ? waiting(order.value, status, onUnlisted) : order.outcome;
  }
  const error = readError(json);
  if (error === undefined) return strangeError(reply);
  const refused = refusalOf(error, status);
  return refused === undefined ? errorOutcome(error, reply) : refusal(errorOutcome(error, reply), refused);
}

/** Reasons that speak of us, not of the order. */
const OUR_REASONS = new Set(['authentication_failed']);
/** Fields of an order that no caller chooses. */
const OUR_FIELDS = new Set(['currency', 'receipt']);

/**
 * A documented refusal: 400 BAD_REQUEST_ERROR, their own fault excluded, or one at the door (401, 403: the body is
 * theirs). One that names neither a field nor a reason is about us: keys, an address, a product that is not on.
 * The pages show wrong keys as 400 too, without a field. Nothing was created in any of these cases.
 */
function refusalOf(error: ErrorBody, status: number): Refused | undefined {
  const { code, source, reason, field } = error;
  if (status === 401 || status === 403) return 'setup';
  if (status !== 400 || code !== 'BAD_REQUEST_ERROR' || source === 'internal') return undefined;
  if (isMissing(error)) return undefined;
  if (field === undefined || OUR_FIELDS.has(field) || OUR_REASONS.has(reason ?? '')) return 'setup';
  return 'content';
}

/** True if a 400 of theirs refuses us; for the breaker, which counts 401 and 403 itself. */
export function isSetupFault(json: unknown, status: number): boolean {
  const error = status === 400 ? readError(json) : undefined;
  return error !== undefined && refusalOf(error, status) === 'setup';
}

type Found<A = InquiryAnswer> = { ok: true; value: Order } | { ok: false; outcome: A };

/** The order of `GET /orders/{id}`. They gave us the id, so "does not exist" is a contradiction: unknown. */
export function orderOfFetch(reply: Reply, expected: Expected): Found {
  const failed = failureOf(reply);
  if (failed !== undefined) return { ok: false, outcome: failed };
  const { json, status } = reply as Answer;
  return orderIn(json, status, expected);
}

/**
 * The order of `GET /orders?receipt=…`. Not found only when the list is empty: items with other receipts show that
 * the filter was not applied. An order costs nothing and its id is shown to nobody before we have it, so of
 * several with our receipt the oldest is ours, or the one that somebody has begun to pay.
 */
export function orderOfSearch(reply: Reply, expected: Expected): Found {
  const failed = failureOf(reply);
  if (failed !== undefined) return { ok: false, outcome: failed };
  const { json, status } = reply as Answer;
  const no = (outcome: InquiryAnswer): Found => ({ ok: false, outcome });
  const items = readCollection(json);
  if (!items.ok) return no(unrecognised(items.field, status));
  if (items.value.length === 0)
    return no({ kind: 'not_found', rawStatus: '<not found>', httpStatus: status });
  const orders = allOf(items.value, readOrder);
  if (!orders.ok) return no(unrecognised(`items.${orders.field}`, status));
  const ours = orders.value.filter(({ receipt }) => receipt === expected.ourReference);
  if (ours.length === 0) return no(unknown('<filter ignored>', { httpStatus: status }));
  const begun = ours.filter(({ status: word }) => word !== 'created');
  if (begun.length > 1) return no(several('orders', begun, status));
  const [first] = ours.toSorted((a, b) => a.createdAt - b.createdAt);
  return { ok: true, value: begun[0] ?? first! };
}

/** What an order and its payments come to. */
export interface Standing {
  order: Order;
  /** Nobody can pay it any more: set where its time was over before we asked. */
  isOver: boolean;
}

/**
 * The answer to `GET /orders/{id}/payments`, after the order itself. One captured payment is the success, whatever
 * the order says: its payments were asked after it. Two are for people. Where none is, the order waits, until its
 * time is over and nothing of it is under way.
 */
export function outcomeOfPayments(reply: Reply, standing: Standing, onUnlisted: OnUnlisted): ProviderOutcome {
  const outcome = failureOf(reply) ?? readPayments(reply as Answer, standing, onUnlisted);
  return { ...outcome, providerReference: standing.order.id };
}

function readPayments(
  { json, status }: Answer,
  { order, isOver }: Standing,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const items = readCollection(json);
  if (!items.ok) return unrecognised(items.field, status);
  const payments = allOf(items.value, readPayment);
  if (!payments.ok) return unrecognised(`items.${payments.field}`, status);
  if (payments.value.some(({ orderId }) => orderId !== order.id))
    return unknown('<other order>', { httpStatus: status });
  const known = payments.value.map((payment) => ({ payment, is: standingOf(payment, onUnlisted) }));
  const got = known.filter(({ is }) => is === 'paid' || is === 'given_back').map(({ payment }) => payment);
  if (got.length > 1) return several('payments', got, status);
  if (got.length === 1) return outcomeOfPayment(got[0]!, status);
  const { rawReason, ...waits } = waiting(order, status, onUnlisted);
  if (rawReason === undefined || known.some(({ is }) => is !== 'dead')) return waits;
  return isOver ? { ...waits, kind: 'failed', rawReason: EXPIRED } : { ...waits, rawReason };
}

function standingOf({ status, wasCaptured }: Payment, onUnlisted: OnUnlisted): string {
  const is = listed<string>(PAYMENT_STATUSES, status);
  if (is === undefined) onUnlisted(status);
  return is === 'given_back' && !wasCaptured ? 'dead' : (is ?? 'unlisted');
}

/** One payment that was captured: what came in, and what Razorpay keeps of it. */
function outcomeOfPayment(payment: Payment, httpStatus: number): ProviderOutcome {
  const { status, amountPaise, currency, feePaise, taxPaise, isFeeOnTop, refundedPaise, utr } = payment;
  if (currency !== 'INR') return unknown('<other currency>', { httpStatus, foundThere: 'one' });
  // Where the payer bears the fee, it was paid on top, and Razorpay keeps nothing of ours.
  const cameInPaise = isFeeOnTop ? amountPaise - (feePaise ?? 0n) : amountPaise;
  const isBack = status === 'refunded' || refundedPaise >= cameInPaise;
  return {
    kind: isBack ? 'reversed' : 'succeeded',
    sent: true,
    rawStatus: status,
    httpStatus,
    amountPaise: cameInPaise,
    ...defined({
      utr,
      providerFeePaise: feePaise === undefined || isFeeOnTop ? undefined : feePaise - taxPaise!, // their fee includes the tax
      providerTaxPaise: isFeeOnTop ? undefined : taxPaise,
    }),
  };
}

/**
 * An order that waits: for its payer, where its word says so. "paid" says otherwise, and without a payment it is a
 * contradiction; of a word that nobody knows nothing may fail.
 */
function waiting(
  { id, status, amountPaise }: Order,
  httpStatus: number,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const kind = kindOf(ORDER_STATUSES, status, onUnlisted);
  const isUnpaid = status === 'created' || status === 'attempted';
  return {
    kind,
    sent: true,
    rawStatus: status,
    providerReference: id,
    amountPaise,
    httpStatus,
    ...(isUnpaid ? { rawReason: UNPAID } : {}),
  };
}

/** Their order, where it is the one we asked about. */
function orderIn(
  json: unknown,
  httpStatus: number,
  { ourReference, orderId }: Expected,
): Found<ProviderOutcome> {
  const no = (outcome: ProviderOutcome): Found<ProviderOutcome> => ({ ok: false, outcome });
  const order = readOrder(json);
  if (!order.ok) return no(unrecognised(order.field, httpStatus));
  const { id, receipt } = order.value;
  if (orderId !== undefined && id !== orderId) return no(unknown('<other order>', { httpStatus }));
  if (receipt !== ourReference) return no(unknown('<other reference>', { httpStatus }));
  return order;
}

function several(
  what: 'orders' | 'payments',
  found: readonly { id: string; amountPaise: bigint }[],
  httpStatus: number,
): ProviderOutcome {
  const named = found.map(({ id, amountPaise }) => `${id} (${amountPaise} paise)`).join(', ');
  return unknown(`<several ${what}>`, {
    httpStatus,
    foundThere: 'several',
    description: `${found.length} ${what}: ${named}`.slice(0, 200),
  });
}

function allOf<T>(items: readonly unknown[], read: (item: unknown) => Reading<T>): Reading<T[]> {
  const values: T[] = [];
  for (const item of items) {
    const reading = read(item);
    if (!reading.ok) return reading;
    values.push(reading.value);
  }
  return { ok: true, value: values };
}

/** What an inquiry that failed says: nothing of the order. Undefined for an answer. */
function failureOf(reply: Reply): ProviderOutcome | undefined {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (isSuccess(reply.status)) return undefined;
  const error = readError(reply.json);
  if (error === undefined) return strangeError(reply);
  const isAboutUs = refusalOf(error, reply.status) === 'setup';
  return { ...errorOutcome(error, reply), ...(isAboutUs ? { isSetupFault: true as const } : {}) };
}

/** "The id provided does not exist": 400 without a field, and about the order. */
const isMissing = ({ description = '' }: ErrorBody): boolean =>
  /\bid provided does not exist\b|\bis not a valid id\b/i.test(description);

function errorOutcome({ code, reason, field }: ErrorBody, { status, retryAfterMs }: Answer): ProviderOutcome {
  return unknown(code, { httpStatus: status, rawReason: reason ?? field, retryAfterMs });
}
