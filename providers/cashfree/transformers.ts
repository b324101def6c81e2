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
import { readError, readTransfer, type ErrorBody, type Transfer } from './schemas';

/**
 * Theirs → ours: the only place where Cashfree's status words, error codes and event names make an outcome. Their
 * words of one piece are taken over, their sentences are not: a `message` quotes what was sent.
 */

/**
 * Every documented status of a transfer. A word that is not here is pending, and counted. `SUCCESS` says only
 * that the sending bank is done: its code says more (SUCCESS_CODES).
 */
export const TRANSFER_STATUSES = {
  RECEIVED: 'pending',
  APPROVAL_PENDING: 'pending', // waits for somebody on the dashboard
  QUEUED: 'pending', // our balance is short; 4 days, or as the account is set
  PENDING: 'pending', // the partner bank has not confirmed
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  REJECTED: 'failed',
  MANUALLY_REJECTED: 'failed',
  // The money is back. Only the caller knows whether it was a success before.
  REVERSED: 'reversed',
} as const satisfies Record<string, OutcomeKind>;

/** Every documented code of the status SUCCESS. */
export const SUCCESS_CODES = {
  COMPLETED: 'succeeded',
  SENT_TO_BENEFICIARY: 'pending', // debited and on its way: the bank of the payee has not confirmed
} as const satisfies Record<string, OutcomeKind>;

/**
 * Every documented event about one transfer and what its transfer may be. Cashfree's pages say opposite things
 * of the first two, so they decide nothing.
 */
export const TRANSFER_EVENTS: Readonly<Record<string, readonly OutcomeKind[]>> = {
  TRANSFER_SUCCESS: ['succeeded', 'pending'],
  TRANSFER_ACKNOWLEDGED: ['succeeded', 'pending'],
  TRANSFER_FAILED: ['failed'],
  TRANSFER_REJECTED: ['failed'],
  TRANSFER_REVERSED: ['reversed'],
};

/** The status of a beneficiary: may it be paid? `null`: not now, and nobody knows for how long. */
export const BENEFICIARY_STATUSES: Readonly<Record<string, boolean | null>> = {
  VERIFIED: true,
  INITIATED: true, // being verified, which a transfer waits for by itself
  INVALID: false,
  FAILED: null,
  CANCELLED: null,
  DELETED: null,
};

/** Our account held too little: the customer's payout did not fail. */
const SHORT_OF_FUNDS = 'INSUFFICIENT_BALANCE';

/** The values that an answer about one transfer must agree with. */
export interface Expected {
  ourReference?: string;
  providerReference?: string;
  beneficiary?: string;
}

export type OperationKind = 'transfer' | 'registration';

/** The answer to `POST /transfers`. */
export function outcomeOfCreate(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  const { status, json } = reply;
  if (isSuccess(status)) return outcomeOfTransferAnswer(json, status, expected, onUnlisted);
  const error = readError(json);
  if (error === undefined) return strangeError(reply);
  const outcome = errorOutcome(error, reply);
  // Before the refusals: whatever its code, such an answer must not count as "nothing was sent".
  if (isUsedReference(error, status)) return { ...outcome, foundThere: 'one' };
  const refused = refusalOf(error, status, 'transfer');
  return refused === undefined ? outcome : refusal(outcome, refused);
}

const INSTRUMENT = 'beneficiary_details.beneficiary_instrument_details';
/** The documented codes of a 400, and what each is about. Another code proves nothing. */
export const REFUSALS: Readonly<Record<OperationKind, Readonly<Record<string, Refused>>>> = {
  transfer: {
    transfer_amount_invalid: 'content',
    'beneficiary_details.beneficiary_name_invalid': 'content',
    [`${INSTRUMENT}.bank_account_number_invalid`]: 'content',
    [`${INSTRUMENT}.bank_ifsc_invalid`]: 'content',
    [`${INSTRUMENT}.vpa_invalid`]: 'content',
    // Fields that no caller chooses.
    transfer_id_missing: 'setup',
    transfer_id_invalid: 'setup',
    transfer_amount_missing: 'setup',
    transfer_mode_invalid: 'setup',
    'beneficiary_details.beneficiary_id_invalid': 'setup',
  },
  registration: {
    bank_account_number_invalid: 'content',
    bank_account_number_length_short: 'content',
    bank_account_number_length_exceeded: 'content',
    bank_ifsc_invalid: 'content',
    // Documented of a transfer, in longer words.
    vpa_invalid: 'content',
    beneficiary_name_invalid: 'content',
    beneficiary_id_missing: 'setup',
    beneficiary_id_invalid: 'setup',
    beneficiary_id_length_exceeded: 'setup',
    bank_account_number_missing: 'setup',
    bank_ifsc_missing: 'setup',
  },
};
/** The documented codes of a 422 to a registration: an account that may not be paid. */
const FORBIDDEN_ACCOUNTS: ReadonlySet<string> = new Set([
  'beneficiary_account_same_as_source',
  'bank_account_number_same_as_source',
  'vba_bene_not_allowed',
  'vba_beneficiary_not_allowed',
]);

function refusalOf({ type, code }: ErrorBody, status: number, operation: OperationKind): Refused | undefined {
  if (status === 401 || status === 403) return 'setup';
  if (type !== 'invalid_request_error') return undefined;
  if (status === 400) return listed(REFUSALS[operation], code);
  if (operation === 'transfer')
    return status === 404 && code === 'beneficiary_not_found' ? 'refs' : undefined;
  return status === 422 && FORBIDDEN_ACCOUNTS.has(code) ? 'content' : undefined;
}

/** "Transfer Id already exists": a transfer of ours is there. V2 documents neither its code nor its HTTP status. */
function isUsedReference({ code, message = '' }: ErrorBody, status: number): boolean {
  return (
    (status === 400 || status === 409) &&
    (code === 'transfer_id_already_exists' || /\btransfer.?id already exists\b/i.test(message))
  );
}

/** True if a refusal is about us; for the breaker, which counts 401 and 403 itself. */
export function isSetupFault(json: unknown, status: number, operation: OperationKind): boolean {
  const error = status === 400 ? readError(json) : undefined;
  return (
    error !== undefined && !isUsedReference(error, status) && refusalOf(error, status, operation) === 'setup'
  );
}

/**
 * The answer to `GET /transfers`. "Does not exist" means not found only where we asked by our own reference:
 * of an id that they gave us it is a contradiction, and unknown.
 */
export function outcomeOfFetch(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): InquiryAnswer {
  if (reply.kind !== 'answer') return asInquiry(outcomeOfNoAnswer(reply));
  const { status, json } = reply;
  if (isSuccess(status)) return outcomeOfTransferAnswer(json, status, expected, onUnlisted);
  const error = readError(json);
  if (error === undefined) return strangeError(reply);
  const isMissing = status === 404 && error.code === 'transfer_id_not_found';
  if (isMissing && expected.providerReference === undefined)
    return { kind: 'not_found', rawStatus: error.code, httpStatus: status };
  const isAboutUs = refusalOf(error, status, 'transfer') === 'setup';
  return { ...errorOutcome(error, reply), ...(isAboutUs ? { isSetupFault: true as const } : {}) };
}

/** A refusal or fault of a call about a beneficiary: no transfer can have come of it, so `sent` is false. */
export function outcomeOfRegistration(reply: Reply): ProviderOutcome {
  if (reply.kind !== 'answer') return { ...outcomeOfNoAnswer(reply), sent: false };
  const { status, json } = reply;
  if (isSuccess(status)) return { ...unknown('<unrecognised answer>', { httpStatus: status }), sent: false };
  const error = readError(json);
  if (error === undefined) return { ...strangeError(reply), sent: false };
  const outcome = { ...errorOutcome(error, reply), sent: false };
  const refused = refusalOf(error, status, 'registration');
  return refused === undefined ? outcome : refusal(outcome, refused);
}

/** How a registration that met one of the same name goes on: the one of our id, or the one of the account. */
export function clashOf(reply: Reply): 'id' | 'account' | undefined {
  if (reply.kind !== 'answer' || reply.status !== 409) return undefined;
  const code = readError(reply.json)?.code;
  if (code === 'beneficiary_id_already_exists') return 'id';
  return code === 'beneficiary_already_exists' ? 'account' : undefined;
}

/**
 * A transfer as they describe it. Disagreement with what we asked for is unknown: it is not an answer about our
 * transfer.
 */
export function outcomeOfTransfer(
  transfer: Transfer,
  expected: Expected,
  httpStatus: number | undefined,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const disagrees = (theirs: string | undefined, ours: string | undefined): boolean =>
    theirs !== undefined && ours !== undefined && theirs !== ours;
  if (disagrees(transfer.transferId, expected.ourReference))
    return unknown('<other reference>', { httpStatus });
  if (disagrees(transfer.cfTransferId, expected.providerReference))
    return unknown('<other transfer>', { httpStatus });
  if (disagrees(transfer.beneficiaryId, expected.beneficiary))
    return unknown('<other beneficiary>', { httpStatus, providerReference: transfer.cfTransferId });
  const { status, statusCode } = transfer;
  const kind = kindOfTransfer(transfer, onUnlisted);
  return {
    kind,
    sent: true,
    rawStatus: status,
    amountPaise: transfer.amountPaise,
    ...defined({
      rawReason: statusCode === status || statusCode === 'COMPLETED' ? undefined : statusCode,
      providerReference: transfer.cfTransferId,
      utr: transfer.utr,
      httpStatus,
      providerFeePaise: transfer.chargePaise,
      providerTaxPaise: transfer.taxPaise,
    }),
    ...(kind === 'failed' && statusCode === SHORT_OF_FUNDS ? { isShortOfFunds: true } : {}),
  };
}

function kindOfTransfer({ status, statusCode }: Transfer, onUnlisted: OnUnlisted): OutcomeKind {
  const kind = kindOf(TRANSFER_STATUSES, status, onUnlisted);
  return kind === 'succeeded'
    ? kindOf(SUCCESS_CODES, statusCode ?? '', () => onUnlisted(`${status}/${statusCode ?? ''}`))
    : kind;
}

function outcomeOfTransferAnswer(
  json: unknown,
  status: number,
  expected: Expected,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const transfer = readTransfer(json);
  return transfer.ok
    ? outcomeOfTransfer(transfer.value, expected, status, onUnlisted)
    : unrecognised(transfer.field, status);
}

function errorOutcome({ code }: ErrorBody, { status, retryAfterMs }: Answer): ProviderOutcome {
  return unknown(code, { httpStatus: status, retryAfterMs });
}
