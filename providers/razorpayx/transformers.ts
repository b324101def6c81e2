import type { InquiryAnswer, OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import type { StatementLine } from '../../domain/provider/provider';
import { defined } from '../../platform/defined';
import {
  asInquiry,
  isSuccess,
  kindOf,
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
import { readPayout, type Payout, type StatementItem } from './schemas';

/**
 * Theirs → ours: the only place where Razorpay's status words, error codes and event names make an outcome. Their words
 * of one piece are taken over, their sentences are not: a `description` may name the person who is paid.
 */

/**
 * Every documented status of a payout ("Payout States and Life Cycle"). A word that is not here is pending,
 * and counted.
 */
export const PAYOUT_STATUSES = {
  pending: 'pending', // waits for an approval on the dashboard
  queued: 'pending', // low balance, or their bank is down
  scheduled: 'pending',
  processing: 'pending', // also IMPS and UPI "deemed success", for up to three working days
  processed: 'succeeded',
  failed: 'failed',
  rejected: 'failed',
  cancelled: 'failed',
  // The money is back, fee and tax too. Only the caller knows whether it was a success before.
  reversed: 'reversed',
} as const satisfies Record<string, OutcomeKind>;

/** A payout of the list that moved no money, or whose money came back. */
export function isVoidStatus(status: string, onUnlisted: OnUnlisted): boolean {
  const kind = kindOf(PAYOUT_STATUSES, status, onUnlisted);
  return kind === 'failed' || kind === 'reversed';
}

/** Every documented payout event and the status its payout must have; `null` where any will do. */
export const PAYOUT_EVENTS = {
  'payout.pending': 'pending',
  'payout.queued': 'pending',
  'payout.initiated': 'pending',
  'payout.processed': 'succeeded',
  'payout.rejected': 'failed',
  'payout.failed': 'failed',
  'payout.reversed': 'reversed',
  'payout.updated': null,
} as const satisfies Record<string, OutcomeKind | null>;

/** How a payout of theirs is read. */
export interface OutcomeReading {
  onUnlisted: OnUnlisted;
  /** Fees are collected apart from the payouts, once a day: a current account. */
  areFeesOwed: boolean;
}

/** The values that an answer about one payout must agree with. */
export interface Expected {
  ourReference?: string;
  providerReference?: string;
  fundAccount?: string;
}

/** The answer to `POST /payouts`. */
export function outcomeOfCreate(reply: Reply, expected: Expected, reading: OutcomeReading): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  const { status, json } = reply;
  if (isSuccess(status)) return outcomeOfPayoutAnswer(json, status, expected, reading);
  const error = readError(json);
  if (error === undefined) return errorAnswer(reply);
  const outcome = errorOutcome(error, reply);
  const refused = refusalOf(error, status, 'payout');
  if (refused !== undefined) return refusal(outcome, refused);
  // "Different request body sent for the same key": a payout with our key exists.
  if (status === 400 && /\bdifferent request\b/i.test(error.description ?? ''))
    return { ...outcome, foundThere: 'one' };
  return outcome;
}

/** Fields that we send and that no caller chooses. */
const OUR_FIELDS = {
  payout: new Set(['account_number', 'currency', 'purpose', 'queue_if_low_balance']),
  registration: new Set(['type', 'account_type', 'reference_id']),
} as const;
/** Reasons that speak of our account, not of the payout. */
const OUR_REASONS = new Set(['authentication_failed', 'insufficient_funds']);
/** What no longer is, or was switched off: the fund account of a payout, the contact of a fund account. */
const REFS_REFUSED =
  /\binactive (?:fund account|contact)\b|\bid provided does not exist\b|\bis not a valid id\b/i;

/**
 * A documented refusal of the request itself (400 BAD_REQUEST_ERROR, their fault excluded), or one at the
 * door (401, 403: the body is theirs, not that of a proxy on the way). A refusal that names neither a field
 * of the payout nor a reason is about us: an address, an account, a permission. An idempotency complaint is
 * left out, because it may mean that a payout with our key exists. The text is looked at too, but decides no
 * failure.
 */
function refusalOf(
  { code, source, reason, field, description = '' }: ErrorBody,
  status: number,
  operation: keyof typeof OUR_FIELDS,
): Refused | undefined {
  if (status === 401 || status === 403) return 'setup';
  if (status !== 400 || code !== 'BAD_REQUEST_ERROR' || source === 'internal') return undefined;
  if (/idempoten/i.test(`${field ?? ''} ${reason ?? ''} ${description}`)) return undefined;
  if (REFS_REFUSED.test(description)) return 'refs';
  if (field === undefined ? reason === undefined : OUR_FIELDS[operation].has(field)) return 'setup';
  return OUR_REASONS.has(reason ?? '') ? 'setup' : 'content';
}

/** True if a 400 of theirs refuses us and not what was asked; for the breaker, which counts 401 and 403 itself. */
export function isSetupFault(json: unknown, operation: keyof typeof OUR_FIELDS): boolean {
  const error = readError(json);
  return error !== undefined && refusalOf(error, 400, operation) === 'setup';
}

/**
 * The answer to `GET /payouts/{id}`. "Does not exist" is a contradiction here, since they gave us the id:
 * unknown, never not-found.
 */
export function outcomeOfFetch(reply: Reply, expected: Expected, reading: OutcomeReading): ProviderOutcome {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (isSuccess(reply.status)) return outcomeOfPayoutAnswer(reply.json, reply.status, expected, reading);
  return errorAnswer(reply);
}

/**
 * The answer to `GET /payouts?reference_id=…`. Not found only when the collection is empty: items that do not
 * carry our reference show that the filter was not applied. Two payouts with our reference are a double
 * payment or somebody else's use of it; picking one would be a guess.
 */
export function outcomeOfSearch(
  reply: Reply,
  expected: Expected & { ourReference: string },
  reading: OutcomeReading,
): InquiryAnswer {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  if (!isSuccess(reply.status)) return errorAnswer(reply);
  const items = readCollection(reply.json);
  if (!items.ok) return unrecognised(items.field, reply.status);
  if (items.value.length === 0)
    return { kind: 'not_found', rawStatus: '<not found>', httpStatus: reply.status };
  const ours: Payout[] = [];
  for (const item of items.value) {
    const payout = readPayout(item);
    if (!payout.ok) return unrecognised(`items.${payout.field}`, reply.status);
    if (payout.value.referenceId === expected.ourReference) ours.push(payout.value);
  }
  if (ours.length === 0) return unknown('<filter ignored>', { httpStatus: reply.status });
  if (ours.length > 1) {
    return unknown('<duplicate at provider>', {
      httpStatus: reply.status,
      foundThere: 'several',
      description: `${ours.length} payouts carry the reference: ${ours.map((p) => p.id).join(', ')}`.slice(
        0,
        200,
      ),
    });
  }
  return outcomeOfPayout(ours[0]!, expected, reply.status, reading);
}

/**
 * A refusal or fault of `POST /contacts` or `POST /fund_accounts`: no payout can have come of it, so `sent`
 * is false whatever happened.
 */
export function outcomeOfRegistration(reply: Reply): ProviderOutcome {
  if (reply.kind !== 'answer') return { ...outcomeOfNoAnswer(reply), sent: false };
  const error = isSuccess(reply.status) ? undefined : readError(reply.json);
  if (error === undefined)
    return {
      ...(isSuccess(reply.status)
        ? unknown('<unrecognised answer>', { httpStatus: reply.status })
        : strangeError(reply)),
      sent: false,
    };
  const outcome = { ...errorOutcome(error, reply), sent: false };
  const refused = refusalOf(error, reply.status, 'registration');
  if (refused !== undefined) return refusal(outcome, refused);
  return outcome;
}

/**
 * A payout as they describe it. Disagreement with what we asked for is unknown: it is not an answer about our
 * payout.
 */
export function outcomeOfPayout(
  payout: Payout,
  expected: Expected,
  httpStatus: number | undefined,
  reading: OutcomeReading,
): ProviderOutcome {
  const disagrees = (theirs: string | undefined, ours: string | undefined): boolean =>
    theirs !== undefined && ours !== undefined && theirs !== ours;
  if (disagrees(payout.id, expected.providerReference)) return unknown('<other payout>', { httpStatus });
  if (disagrees(payout.referenceId, expected.ourReference))
    return unknown('<other reference>', { httpStatus });
  if (disagrees(payout.fundAccountId, expected.fundAccount))
    return unknown('<other beneficiary>', { httpStatus, providerReference: payout.id });
  const { feesPaise, taxPaise } = payout;
  return {
    kind: kindOf(PAYOUT_STATUSES, payout.status, reading.onUnlisted),
    sent: true,
    rawStatus: payout.status,
    providerReference: payout.id,
    amountPaise: payout.amountPaise,
    ...defined({
      rawReason: payout.reason,
      utr: payout.utr,
      httpStatus,
      providerFeePaise: feesPaise === undefined ? undefined : feesPaise - taxPaise!, // their `fees` include the tax
      providerTaxPaise: taxPaise,
    }),
    ...(reading.areFeesOwed && feesPaise !== undefined && feesPaise > 0n ? { isProviderFeeOwed: true } : {}),
    ...(isShortOfFunds(payout) ? { isShortOfFunds: true } : {}),
  };
}

/**
 * It failed because our account holds too little: Razorpay believed that it holds more, and the partner bank
 * refused. "Add funds to your account and retry."
 */
function isShortOfFunds({ status, reason, source }: Payout): boolean {
  return (
    status === 'failed' && reason === 'insufficient_funds' && (source === undefined || source === 'business')
  );
}

export function statementLine(item: StatementItem): StatementLine {
  const { id, creditPaise, debitPaise, balancePaise, sourceKind, sourceId, createdAt } = item;
  return { id, creditPaise, debitPaise, balancePaise, sourceKind, sourceId, at: new Date(createdAt * 1_000) };
}

function outcomeOfPayoutAnswer(
  json: unknown,
  status: number,
  expected: Expected,
  reading: OutcomeReading,
): ProviderOutcome {
  const payout = readPayout(json);
  return payout.ok
    ? outcomeOfPayout(payout.value, expected, status, reading)
    : unrecognised(payout.field, status);
}

function errorAnswer(reply: Answer): ProviderOutcome {
  const error = readError(reply.json);
  return error === undefined ? strangeError(reply) : inquiryError(error, reply);
}

/** An error says nothing of a payout that is asked about; it may say that we are refused. */
function inquiryError(error: ErrorBody, reply: Answer): ProviderOutcome {
  const isAboutUs = refusalOf(error, reply.status, 'payout') === 'setup';
  return { ...errorOutcome(error, reply), ...(isAboutUs ? { isSetupFault: true as const } : {}) };
}

function errorOutcome(error: ErrorBody, { status, retryAfterMs }: Answer): ProviderOutcome {
  return unknown(error.code, { httpStatus: status, rawReason: error.reason ?? error.field, retryAfterMs });
}
