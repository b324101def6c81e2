import type { FetchedBill, FetchRequirement, Exactness } from '../../domain/bbps/port';
import type { DeskAnswer } from '../../domain/provider/calls';
import type { InquiryAnswer, OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import { defined } from '../../platform/defined';
import {
  asInquiry,
  FAILURE_WORDS,
  isSuccess,
  kindOf,
  outcomeOfNoAnswer,
  strangeError,
  unknown,
  unrecognised,
  type Answer,
  type OnUnlisted,
  type Reply,
} from '../answers';
import { forPeople } from '../known-words';
import type { Reading } from '../reading';
import {
  readDuplicate,
  readError,
  readPayment,
  readRecharge,
  readRefId,
  readTransactions,
  readValidation,
  type ErrorBody,
  type FailureReason,
  type Payment,
  type Recharge,
} from './schemas';

/** Theirs → ours: the only place where Setu's status words and error codes make an outcome. */

/**
 * bills/payment/response, whose variants are Success, Failure and Processing. `Credit_Adjustment` (the money
 * came back) is in the enums of the lists and in the callback; it is understood wherever it comes. A word
 * that is not here is pending, and counted.
 */
export const PAYMENT_STATUSES = {
  Processing: 'pending',
  Success: 'succeeded',
  Failure: 'failed',
  Credit_Adjustment: 'reversed',
} as const satisfies Record<string, OutcomeKind>;
/** transactions: the same with another word for the failure. */
export const LISTED_STATUSES = {
  Processing: 'pending',
  Success: 'succeeded',
  Error: 'failed',
  Credit_Adjustment: 'reversed',
} as const satisfies Record<string, OutcomeKind>;
/** A payment of the list that moved no money, or whose money came back. */
export function isVoidPayment(status: string, onUnlisted: OnUnlisted): boolean {
  const kind = kindOf(LISTED_STATUSES, status, onUnlisted);
  return kind === 'failed' || kind === 'reversed';
}

/**
 * recharge/request and recharge/status; `REVERSED` is documented for the webhook alone, and understood
 * wherever it comes.
 */
export const RECHARGE_STATUSES = {
  Processing: 'pending',
  Successful: 'succeeded',
  Failure: 'failed',
  REVERSED: 'reversed',
} as const satisfies Record<string, OutcomeKind>;
/**
 * bills/fetch/response. A fetch moves no money, so nothing can be adjusted; its enum has the word, and such a
 * fetch cannot be paid.
 */
export const FETCH_STATES = {
  Processing: 'processing',
  Success: 'fetched',
  Failure: 'failed',
  Credit_Adjustment: 'failed',
} as const satisfies Record<string, FetchedBill['state']>;
export const VALIDATION_STATUSES = { 'Validation Successful': true, 'Validation Failed': false } as const;
export const EXACTNESS = {
  Exact: 'exact',
  'Exact and above': 'exact_and_above',
  'Exact and below': 'exact_and_below',
  Any: 'any',
  RANGE: 'range',
} as const satisfies Record<string, Exactness>;
/**
 * A validation is a fetch that brings no bill: it goes first too. `BILL_MANDATE` (foreign exchange) is not
 * offered.
 */
export const FETCH_TYPES = {
  BILL_FETCH: 'mandatory',
  BILL_VALIDATE: 'mandatory',
  BILL_DIRECT: 'not_supported',
} as const satisfies Record<string, FetchRequirement>;

/**
 * The codes with which payment/request refuses a request that breaks its rules (400): nothing was created.
 * The OpenAPI file names the first, Setu's list of error codes the others ("Pay", "Fetch & Pay",
 * "Universal"). Not among them: faults of theirs (`internal-error`, `core-banking-error`) and of ours
 * (`insufficient-funds`, `invalid-credentials`).
 */
export const PAYMENT_REFUSALS: ReadonlySet<string> = new Set([
  'validation-error',
  'invalid-params',
  'invalid-biller-id',
  'invalid-biller-type',
  'invalid-customer-param',
  'invalid-payment-channel',
  'invalid-payment-mode',
  'invalid-agent',
  'invalid-ref-id',
  'invalid-amount',
  'direct-pay-not-allowed',
  'fetch-in-progress',
  'invalid-payment-request',
]);
/**
 * A `Failure` that says of itself that it is not certain: "the transaction could not be confirmed". It stays
 * pending.
 */
export const UNCONFIRMED_FAILURES: ReadonlySet<string> = new Set(['npci-connectivity-timeout']);

export const RECHARGE_DUPLICATE = 'ERR005'; // an HTTP 500
export const RECHARGE_UNKNOWN_REFERENCE = 'ERR003';
export const RECHARGE_INVALID_INPUT = 'ERR011';
// An HTTP 500 at recharge/request: our own setting is wrong, and nothing was created.
export const RECHARGE_INVALID_INSTANCE = 'ERR009';
/** Codes that say nothing of the question: their faults, and settings of ours. */
export const FAULTS: ReadonlySet<string> = new Set([
  'internal-error',
  'core-banking-error',
  'invalid-credentials',
  'ERR009',
  'ERR012',
  'ERR100',
  'ERR999',
]);
/**
 * What a validation refuses, by its text: the documented codes do not tell. "Invalid Amount." and "Operator
 * Internal processing error" both have the code 2. Only a text about the amount or the number, and not of an
 * inner fault of theirs, is about the customer.
 */
const ABOUT_THE_RECHARGE = /\b(?:amount|number|plan|denomination|subscriber)\b/i;
const FAULT_OF_THEIRS = /\b(?:internal|processing|error in|time[ -]?out|unavailable)\b/i;

/** Codes that refuse us: the client, the partner, the product. Refused at the door, nothing was created. */
const SETUP_FAULTS: ReadonlySet<string> = new Set(['invalid-credentials', RECHARGE_INVALID_INSTANCE]);

/** The values that an answer about one payment must agree with. */
export interface Expected {
  ourReference: string;
  providerReference?: string;
}

/** The answer to bills/payment/request: accepted is all that it says. */
export function outcomeOfPaymentRequest(reply: Reply): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  const { status, json } = reply;
  if (isSuccess(status)) {
    const refId = readRefId(json);
    return refId.ok
      ? {
          kind: 'pending',
          sent: true,
          rawStatus: '<accepted>',
          providerReference: refId.value,
          httpStatus: status,
        }
      : unrecognised(refId.field, status);
  }
  // The payment exists: an earlier request with the same paymentRefId made it.
  const duplicate = status === 409 ? readDuplicate(json) : undefined;
  if (duplicate !== undefined)
    return {
      kind: 'pending',
      sent: true,
      rawStatus: 'duplicate-ref-id',
      httpStatus: status,
      ...defined({ providerReference: duplicate.refId }),
    };
  const error = readError(json);
  if (status === 400 && error !== undefined && PAYMENT_REFUSALS.has(error.code))
    return { ...errorOutcome(error, status), kind: 'failed' };
  return refusedOrUnknown(reply, error);
}

/**
 * The answer to bills/payment/response. "Invalid reference" is a contradiction here, since they
 * gave us the reference: unknown.
 */
export function outcomeOfPayment(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): ProviderOutcome {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (!isSuccess(reply.status)) return asInquiry(errorAnswer(reply));
  const payment = readPayment(reply.json);
  if (!payment.ok) return unrecognised(payment.field, reply.status);
  const { refId, paymentRefId } = payment.value;
  if (refId !== expected.providerReference) return unknown('<other payment>', { httpStatus: reply.status });
  if (paymentRefId !== undefined && paymentRefId !== expected.ourReference)
    return unknown('<other reference>', { httpStatus: reply.status });
  return paymentOutcome(payment.value, reply.status, onUnlisted);
}

function paymentOutcome(
  { refId, status, transactionId, billerRefId, amountPaise, failure }: Payment,
  httpStatus: number,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const said = kindOf(PAYMENT_STATUSES, status, onUnlisted);
  const kind = said === 'failed' && UNCONFIRMED_FAILURES.has(failure.code ?? '') ? 'pending' : said;
  const description =
    describe(failure) ?? (billerRefId === undefined ? undefined : `the biller's reference is ${billerRefId}`);
  return {
    kind,
    sent: true,
    rawStatus: status,
    providerReference: refId,
    httpStatus,
    ...defined({ rawReason: failure.code, utr: transactionId, amountPaise, description }),
  };
}

/**
 * Our payment in a page of the transactions list, for one whose refId never reached us. Lines of others show
 * that the filter was not applied; the answer is not-found all the same, because all that it allows is a
 * repeat under the same paymentRefId, which finds the payment if there is one (README).
 */
export function findPayment(
  reply: Reply,
  ourReference: string,
): { refId: string; status: string } | InquiryAnswer {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (!isSuccess(reply.status)) return asInquiry(errorAnswer(reply));
  const list = readTransactions(reply.json);
  if (!list.ok) return unrecognised(list.field, reply.status);
  const ours = list.value.filter((item) => item.paymentRefId === ourReference);
  if (ours.length === 0)
    return {
      kind: 'not_found',
      rawStatus: list.value.length === 0 ? '<not found>' : '<not in the list>',
      httpStatus: reply.status,
    };
  // A fetch may be paid again under the same paymentRefId after its first payment failed at the network: the
  // one that did not fail counts.
  const alive = ours.filter((item) => item.status !== 'Error');
  if (alive.length > 1)
    return unknown('<duplicate at provider>', {
      httpStatus: reply.status,
      foundThere: 'several',
      description:
        `${alive.length} payments carry the reference: ${alive.map((p) => p.refId).join(', ')}`.slice(0, 200),
    });
  return alive[0] ?? ours[0]!;
}

/**
 * A success once more, with what the transactions list says of it: only there is a word for money that came
 * back. A list that cannot be read or contradicts itself leaves it unknown, so that it is asked again.
 */
export function outcomeWithList(
  success: ProviderOutcome,
  reply: Reply,
  ourReference: string,
  onUnlisted: OnUnlisted,
): InquiryAnswer {
  const found = findPayment(reply, ourReference);
  if ('kind' in found) return found;
  if (found.refId !== success.providerReference)
    return unknown('<other payment>', { httpStatus: success.httpStatus });
  return kindOf(LISTED_STATUSES, found.status, onUnlisted) === 'reversed'
    ? { ...success, kind: 'reversed', rawStatus: found.status }
    : success;
}

/** The answer to recharge/request. The body is read before a 500 is called unknown: a duplicate is one. */
export function outcomeOfRechargeRequest(reply: Reply, onUnlisted: OnUnlisted): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  if (isSuccess(reply.status)) return rechargeAnswer(readRecharge(reply.json), reply.status, {}, onUnlisted);
  const error = readError(reply.json);
  if (error?.code === RECHARGE_DUPLICATE) return { ...errorOutcome(error, reply.status), kind: 'pending' };
  if (reply.status === 422 && error?.code === RECHARGE_INVALID_INPUT)
    return { ...errorOutcome(error, reply.status), kind: 'failed' };
  return refusedOrUnknown(reply, error);
}

/** A 500 that is a sound answer: the breaker must not count it. */
export function isSoundRefusal(json: unknown): boolean {
  return readError(json)?.code === RECHARGE_DUPLICATE;
}

/**
 * The answer to recharge/status. "Invalid transaction reference" for a recharge that they gave us a reference
 * of is a contradiction.
 */
export function outcomeOfRechargeStatus(
  reply: Reply,
  expected: Expected,
  onUnlisted: OnUnlisted,
): InquiryAnswer {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (isSuccess(reply.status))
    return rechargeAnswer(readRecharge(reply.json), reply.status, expected, onUnlisted);
  const error = readError(reply.json);
  if (
    reply.status === 422 &&
    error?.code === RECHARGE_UNKNOWN_REFERENCE &&
    expected.providerReference === undefined
  )
    return { kind: 'not_found', rawStatus: error.code, httpStatus: reply.status };
  return asInquiry(errorAnswer(reply));
}

function rechargeAnswer(
  read: Reading<Recharge>,
  httpStatus: number,
  expected: Partial<Expected>,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  if (!read.ok) return unrecognised(read.field, httpStatus);
  const { status, transactionRefId, operatorRefId, amountPaise, failure } = read.value;
  if (
    expected.providerReference !== undefined &&
    transactionRefId !== undefined &&
    transactionRefId !== expected.providerReference
  )
    return unknown('<other payment>', { httpStatus });
  const said = kindOf(RECHARGE_STATUSES, status, onUnlisted);
  // The operator has a reference for it: it was done once, and was taken back since. Before a success the two
  // mean the same.
  const kind =
    said === 'failed' && transactionRefId !== undefined && operatorRefId !== undefined ? 'reversed' : said;
  return {
    kind,
    sent: true,
    rawStatus: status,
    httpStatus,
    ...defined({
      rawReason: failure.code,
      providerReference: transactionRefId,
      utr: operatorRefId,
      amountPaise,
      description: describe(failure),
    }),
  };
}

/** The answer to a question that moves no money, when it brought no value. */
export function questionProblem<T>(reply: Reply, field?: string): DeskAnswer<T> {
  if (reply.kind === 'refusal')
    return { ok: false, kind: 'unknown', rawStatus: reply.word, retryAfterMs: reply.retryAfterMs };
  if (reply.kind === 'failure') return { ok: false, kind: 'unknown', rawStatus: FAILURE_WORDS[reply.reason] };
  if (reply.kind === 'unreadable') return { ok: false, kind: 'unknown', rawStatus: '<unreadable answer>' };
  if (isSuccess(reply.status))
    return {
      ok: false,
      kind: 'unknown',
      rawStatus: '<unrecognised answer>',
      ...defined({ rawReason: field }),
    };
  const error = readError(reply.json);
  if (error === undefined)
    return {
      ok: false,
      kind: 'unknown',
      rawStatus: `<http ${reply.status}>`,
      ...defined({ retryAfterMs: reply.retryAfterMs }),
    };
  const isRefusal = [400, 404, 409, 422].includes(reply.status) && !FAULTS.has(error.code);
  return {
    ok: false,
    kind: isRefusal ? 'refused' : 'unknown',
    rawStatus: error.code,
    ...defined({ rawReason: error.reason, retryAfterMs: reply.retryAfterMs }),
  };
}

/** The answer to recharge/validate. */
export function validationAnswer(reply: Reply, onUnlisted: OnUnlisted): DeskAnswer<true> {
  if (reply.kind !== 'answer' || !isSuccess(reply.status)) return questionProblem(reply);
  const read = readValidation(reply.json);
  if (!read.ok) return questionProblem(reply, read.field);
  const { status, code, text } = read.value;
  const isListed = Object.hasOwn(VALIDATION_STATUSES, status);
  if (!isListed) onUnlisted(status);
  if (isListed && VALIDATION_STATUSES[status as keyof typeof VALIDATION_STATUSES])
    return { ok: true, value: true };
  return {
    ok: false,
    kind: isListed && ABOUT_THE_RECHARGE.test(text) && !FAULT_OF_THEIRS.test(text) ? 'refused' : 'unknown',
    rawStatus: status,
    ...defined({ rawReason: code }),
  };
}

/**
 * The failing party goes before the message: `FUND_TRANSFER` (our money), `BBPS` (the network, the biller) or
 * `APP` (Setu).
 */
function describe({ type, message }: FailureReason): string | undefined {
  return forPeople(type === undefined || message === undefined ? (message ?? type) : `${type}: ${message}`);
}

/**
 * Refused before processing (after a fresh token too): nothing was created, and it is not the transaction's
 * fault. Any other failure may have taken effect.
 */
function refusedOrUnknown(reply: Answer, error: ErrorBody | undefined): ProviderOutcome {
  const outcome = error === undefined ? strangeError(reply) : errorOutcome(error, reply.status);
  const refusesUs = isSetupFault(reply.status, error);
  return {
    ...outcome,
    sent: !refusesUs,
    ...defined({
      retryAfterMs: reply.retryAfterMs,
      isSetupFault: refusesUs ? (true as const) : outcome.isSetupFault,
    }),
  };
}

function isSetupFault(status: number, error: ErrorBody | undefined): boolean {
  return status === 401 || (error !== undefined && SETUP_FAULTS.has(error.code));
}

/** True if a refusal is about us and not about what was asked; for the breaker, which counts 401 and 403 itself. */
export function refusesUs(json: unknown): boolean {
  return isSetupFault(0, readError(json));
}

function errorAnswer(reply: Answer): ProviderOutcome {
  return refusedOrUnknown(reply, readError(reply.json));
}

function errorOutcome({ code, reason, message }: ErrorBody, httpStatus: number): ProviderOutcome {
  return unknown(code, { httpStatus, rawReason: reason, description: forPeople(message) });
}
