import { createHash } from 'node:crypto';
import type { CallbackCheck, CallbackHint, ParsedCallback } from '../../domain/provider/callback';
import { paiseFromRupees } from '../../platform/decimal';
import { DomainError } from '../../domain/errors/errors';
import type { Paise } from '../../platform/money';
import { listed } from '../answers';
import { isFields, isPaise, type Fields } from '../reading';
import { isAbsent, isRef } from './schemas';
import { LISTED_STATUSES, RECHARGE_STATUSES } from './transformers';

const BILLPAY_EVENT = /^[A-Z][A-Z0-9_]{0,59}$/;
const HINTS: Readonly<Record<string, CallbackHint['about']>> = {
  BILL_FETCH: 'bill_fetch',
  BILL_DISPUTE: 'bill_complaint',
};
const WALLET_EVENT = /^[a-z]{1,30}\.[a-z_]{1,30}$/;

/**
 * Neither product signs its callbacks, so anybody can write one: they are hints, and the provider is asked.
 * The event id is the digest of the whole body. A trace id would not do: a recharge and its reversal have the
 * same one, and whoever knows one could take a real event's place.
 */
export function checkUnsigned(raw: Buffer): CallbackCheck {
  return { verdict: 'unsigned', eventId: createHash('sha256').update(raw).digest('hex') };
}

/**
 * The target of a callback. Of the outcome only one hint is read, that the money came back: it is asked
 * about, not believed. BillPay wraps everything in `{event, data | error}`; the recharge service has a body
 * for each of its paths, which are told apart by their fields because the path is not known here. Throws
 * DomainError CALLBACK_MALFORMED.
 */
export function parseCallback(raw: Buffer): ParsedCallback {
  const body = parseJson(raw);
  if (!isFields(body)) throw malformed('body');
  if (body.event !== undefined) return parseEvent(body, body.event);
  if (Object.hasOwn(body, 'transactionRefId')) return parseRecharge(body);
  throw malformed('event');
}

/**
 * Fetches and disputes are no transactions: they are asked about by their own reference. News of billers and
 * plans concern none.
 */
function parseEvent(body: Fields, event: unknown): ParsedCallback {
  if (typeof event !== 'string' || (!BILLPAY_EVENT.test(event) && !WALLET_EVENT.test(event)))
    throw malformed('event');
  const about = Object.hasOwn(HINTS, event) ? HINTS[event] : undefined;
  if (about !== undefined && isFields(body.data) && isRef(body.data.refId))
    return { event, hint: { about, reference: body.data.refId } };
  if (event !== 'BILL_PAY' || !isFields(body.data)) return { event };
  const { refId, status, paymentDetails } = body.data;
  if (!isRef(refId)) throw malformed('data.refId');
  const details = isFields(paymentDetails) ? paymentDetails : {};
  if (details.amount !== undefined && !isPaise(details.amount)) throw malformed('data.paymentDetails.amount');
  return {
    event,
    target: {
      providerReference: refId,
      ...ourReferenceOf(details),
      ...(isPaise(details.amount) ? { amountPaise: BigInt(details.amount) } : {}),
    },
    ...told(listed(LISTED_STATUSES, String(status))),
  };
}

/**
 * `payment/status` and `payment/reversal`: rupees as text, and no reference of ours, which is read if it
 * should come one day. A recharge that timed out at the operator has an empty id (documented since June 2026):
 * such a message is in order and names nothing of ours, and the recharge is asked about as planned.
 */
function parseRecharge(body: Fields): ParsedCallback {
  const { transactionRefId, status, amount } = body;
  if (typeof status !== 'string') throw malformed('status');
  const event = status === 'REVERSED' ? 'payment.reversal' : 'payment.status';
  const ours = ourReferenceOf(body);
  if (isAbsent(transactionRefId))
    return ours.ourReference === undefined ? { event } : { event, target: ours };
  if (!isRef(transactionRefId)) throw malformed('transactionRefId');
  return {
    event,
    target: { providerReference: transactionRefId, ...ours, amountPaise: rupees(amount) },
    ...told(listed(RECHARGE_STATUSES, status)),
  };
}

function told(kind: string | undefined): { tellsReversal?: true } {
  return kind === 'reversed' ? { tellsReversal: true } : {};
}

function ourReferenceOf({ paymentRefId }: Fields): { ourReference?: string } {
  return typeof paymentRefId === 'string' && /^[A-Za-z0-9]{6,35}$/.test(paymentRefId)
    ? { ourReference: paymentRefId }
    : {};
}

function rupees(amount: unknown): Paise {
  try {
    const paise = typeof amount === 'string' ? paiseFromRupees(amount) : -1n;
    if (paise >= 0n) return paise;
  } catch {
    /* falls through */
  }
  throw malformed('amount');
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as unknown;
  } catch {
    throw malformed('body');
  }
}

function malformed(field: string): DomainError {
  return new DomainError('CALLBACK_MALFORMED', { detail: `the field ${field} is missing or wrong` });
}
