import type { MiniStatementLine, WithdrawalAnswer } from '../../domain/aeps/port';
import type { DeskAnswer } from '../../domain/provider/calls';
import type { InquiryAnswer, OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import type { SenderProfile } from '../../domain/dmt/port';
import { defined } from '../../platform/defined';
import type { Paise } from '../../platform/money';
import {
  asInquiry,
  outcomeOfNoAnswer,
  unknown as unknownOutcome,
  type OnUnlisted,
  type Reply,
} from '../answers';
import { forPeople } from '../known-words';
import { reasonWord } from './reasons';
import {
  readBill,
  readBillers,
  readCategories,
  readCommission,
  readCustomer,
  readDetected,
  readEkyc,
  readTid,
  readEnvelope,
  readKycOtp,
  readMiniStatement,
  readOtpRef,
  readParameters,
  readPlans,
  readReason,
  readNewRecipient,
  readRecipients,
  readRefund,
  readSender,
  readTransaction,
  readWithdrawalOtp,
  type Envelope,
  type ReadBill,
  type Transaction,
} from './schemas';
import { aboutUs, INVALID_PARAMS, isRefusalOfParams, isSetupFault, refusesUs } from './set-up';

/**
 * Theirs → ours: the only place where Eko's `tx_status`, `status` and `response_type_id` make an outcome. The rule of
 * every financial answer: it is read from `status` and `response_type_id` together with `tx_status`, all of
 * which have to agree; an answer that disagrees, or is not documented, is unknown or pending, and is counted.
 */

/**
 * Every documented `tx_status`. One that is not here is pending, and counted ("unknown ⇒ treat as
 * initiated").
 */
export const TX_STATUSES = {
  '0': 'succeeded',
  '1': 'failed',
  '2': 'pending', // initiated, response awaited
  '3': 'refund_pending', // failed at the bank after the debit: the customer's OTP brings the money back
  '4': 'refunded',
  '5': 'pending', // on hold
  '6': 'pending', // response awaited
} as const satisfies Record<string, OutcomeKind>;

export type Service = 'dmt' | 'bbps' | 'recharge' | 'aeps';

/** A one-time password was sent for a withdrawal: asked for, or in place of the withdrawal. */
const OTP_SENT = 1459;
const OTP_REQUIRED = 'otp_required';

/**
 * The documented answers of each financial call: its own `response_type_id` of success; refusals that are
 * definite without a `tx_status` (their `status` is the same number); and answers under `status` 0 that
 * nevertheless say that nothing was done.
 */
export const CREATES: Readonly<
  Record<
    Service,
    { success: number; refusals: readonly number[]; nothingDone: Readonly<Record<number, string>> }
  >
> = {
  dmt: { success: 325, refusals: [], nothingDone: {} },
  bbps: { success: 333, refusals: [208], nothingDone: {} }, // 208: not the amount of the bill; comes with a tid
  recharge: { success: 333, refusals: [208], nothingDone: {} },
  // 346 and 1297: the agent is not onboarded, or not for this. 1459: above ₹5,000 the customer has to give a
  // one-time password first; one was sent instead.
  aeps: { success: 1463, refusals: [1464, 346, 1297], nothingDone: { [OTP_SENT]: OTP_REQUIRED } },
};

/** "Transaction found": of all services, and as the QR page documents it. */
export const INQUIRY_TYPES: ReadonlySet<number> = new Set([1472, 1388]);
const NO_TYPE = -1;
const REFUND_DONE = 74;
/** Why a refund was refused. The only answers whose meaning stands in `response_status_id` alone. */
export const REFUND_REFUSALS: Readonly<Record<number, string>> = {
  302: 'otp_wrong',
  303: 'otp_expired',
  347: 'insufficient_balance',
};

interface Expected {
  ourReference: string;
  providerReference?: string | undefined;
}

/** The answer to a call that moves money. */
export function outcomeOfCreate(
  reply: Reply,
  service: Service,
  ourReference: string,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const read = envelopeOf(reply);
  if ('outcome' in read) return read.outcome;
  const { envelope } = read;
  const transaction = readTransaction(envelope);
  if (!transaction.ok) return unrecognised(transaction.field);
  const { value } = transaction;
  if (value.ourReference !== undefined && value.ourReference !== ourReference)
    return unknown('<other reference>');
  if (envelope.invalidParams.length > 0) return outcomeOfInvalidParams(envelope, value, onUnlisted);
  const rules = CREATES[service];
  const { status, typeId } = envelope;
  const saysNothingElse = value.txStatus === undefined || value.txStatus === '1';
  if (rules.refusals.includes(status) && typeId === status && saysNothingElse)
    return outcomeOf('failed', envelope, value);
  const undone =
    status === 0 && typeId !== undefined && value.txStatus === undefined && value.tid === undefined
      ? rules.nothingDone[typeId]
      : undefined;
  if (undone !== undefined) return { ...outcomeOf('failed', envelope, value), rawReason: undone };
  return outcomeByStatus(envelope, value, rules.success, onUnlisted);
}

/**
 * By `tx_status`, which has to agree with `status` (0, or not 0 for a failure) and, of a success, with the
 * type of the call's own answer.
 */
function outcomeByStatus(
  envelope: Envelope,
  transaction: Transaction,
  successType: number,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const { status, typeId } = envelope;
  const kind = kindOf(transaction.txStatus, onUnlisted);
  if (kind === undefined) {
    onUnlisted(`status ${status}`);
    return unknown(`status ${status}`, {
      description: forPeople(readReason(envelope)),
      rawReason: status === 0 ? undefined : String(status),
      providerReference: transaction.tid,
    });
  }
  if (kind === 'failed' ? status === 0 : status !== 0 && isListed(transaction.txStatus))
    return contradiction(envelope, transaction);
  if (kind !== 'succeeded') return outcomeOf(kind, envelope, transaction);
  if (typeId !== successType) {
    onUnlisted(`type ${typeId ?? 'none'}`);
    return outcomeOf('pending', envelope, transaction);
  }
  return completed(envelope, transaction);
}

/**
 * A refusal for `invalid_params`, about any field but our reference: a complaint about that may mean that a
 * transaction with it exists.
 */
function outcomeOfInvalidParams(
  envelope: Envelope,
  transaction: Transaction,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  const { status, typeId, invalidParams } = envelope;
  const isPlain =
    transaction.tid === undefined &&
    transaction.txStatus === undefined &&
    (typeId === undefined || typeId === NO_TYPE);
  const description = `refused: ${invalidParams.join(', ')}`.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200);
  const isRefusal = isRefusalOfParams(envelope);
  const rawReason = isRefusal && !INVALID_PARAMS.has(status) ? 'invalid_params' : String(status);
  const outcome = unknown(`status ${status}`, { description, rawReason });
  const isAboutReference = invalidParams.includes('client_ref_id');
  if (isPlain && isRefusal && !isAboutReference)
    return refusesUs(envelope)
      ? { ...outcome, sent: false, isSetupFault: true }
      : { ...outcome, kind: 'failed' };
  if (!isRefusal) onUnlisted(`status ${status}`);
  return {
    ...outcome,
    ...defined({ providerReference: transaction.tid, foundThere: isAboutReference ? 'one' : undefined }),
  };
}

/**
 * The answer to an inquiry by their id (`providerReference` given) or by our reference. Not found is
 * only the form that the documentation shows, and its words have to say so too: another failed call must not
 * end a transaction. A tid that they gave us and do not know is a contradiction.
 */
export function outcomeOfInquiry(reply: Reply, expected: Expected, onUnlisted: OnUnlisted): InquiryAnswer {
  const read = envelopeOf(reply);
  if ('outcome' in read) return asInquiry(read.outcome);
  const { envelope } = read;
  const transaction = readTransaction(envelope);
  if (!transaction.ok) return unrecognised(transaction.field);
  const { value } = transaction;
  if (isNotFound(envelope))
    return expected.providerReference === undefined
      ? { kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 }
      : unknown('<not found>');
  if (envelope.status !== 0 || envelope.typeId === undefined || !INQUIRY_TYPES.has(envelope.typeId)) {
    onUnlisted(envelope.status === 0 ? `type ${envelope.typeId ?? 'none'}` : `status ${envelope.status}`);
    const more = {
      rawReason: String(envelope.typeId ?? envelope.status),
      description: forPeople(readReason(envelope)),
    };
    return { ...unknown(`status ${envelope.status}`, more), ...aboutUs(refusesUs(envelope)) };
  }
  if (value.tid === undefined) return unrecognised('tid');
  if (
    expected.providerReference === undefined
      ? value.ourReference !== expected.ourReference
      : value.ourReference !== undefined && value.ourReference !== expected.ourReference
  )
    return unknown('<other reference>');
  if (expected.providerReference !== undefined && value.tid !== expected.providerReference)
    return unknown('<other transaction>');
  const kind = kindOf(value.txStatus, onUnlisted);
  if (kind === undefined) return unrecognised('tx_status');
  return kind === 'succeeded' ? completed(envelope, value) : outcomeOf(kind, envelope, value);
}

function isNotFound({ status, statusId, typeId, data, invalidParams, message }: Envelope): boolean {
  return (
    status === 1 &&
    statusId === -1 &&
    (typeId === undefined || typeId === NO_TYPE) &&
    invalidParams.length === 0 &&
    Object.keys(data).length === 0 &&
    /\bno transaction found\b/i.test(message ?? '')
  );
}

/**
 * The answer to a refund. `failed` says that this refund was refused, and nothing of the transfer: it stays
 * refund pending.
 */
export function outcomeOfRefund(reply: Reply, tid: string, onUnlisted: OnUnlisted): ProviderOutcome {
  const read = envelopeOf(reply);
  if ('outcome' in read) return read.outcome;
  const { envelope } = read;
  if (envelope.status === 0 && envelope.typeId === REFUND_DONE) {
    const refund = readRefund(envelope);
    if (refund === undefined) return unrecognised('tid');
    if (refund.tid !== tid) return unknown('<other transaction>');
    return {
      kind: 'refunded',
      sent: true,
      rawStatus: `type ${REFUND_DONE}`,
      providerReference: tid,
      httpStatus: 200,
      ...defined({ amountPaise: refund.amountPaise, ...refund.earned, ...refund.charged }),
    };
  }
  const why =
    envelope.status === 1 && Object.keys(envelope.data).length === 0
      ? REFUND_REFUSALS[envelope.statusId ?? 0]
      : undefined;
  const more = { description: forPeople(readReason(envelope)), providerReference: tid };
  if (why !== undefined)
    return { ...unknown(`status ${envelope.status}`, { ...more, rawReason: why }), kind: 'failed' };
  onUnlisted(`status ${envelope.status}`);
  return unknown(`status ${envelope.status}`, {
    ...more,
    rawReason: String(envelope.typeId ?? envelope.status),
  });
}

/** A withdrawal, with what the terminal prints, or with the one-time password that was sent in its place. */
export function answerToWithdrawal(
  reply: Reply,
  ourReference: string,
  onUnlisted: OnUnlisted,
): WithdrawalAnswer {
  const outcome = outcomeOfCreate(reply, 'aeps', ourReference, onUnlisted);
  const read = envelopeOf(reply);
  if ('outcome' in read || outcome.kind === 'unknown') return outcome;
  if (outcome.rawReason === OTP_REQUIRED)
    return { ...outcome, ...defined({ otpRequestRef: readWithdrawalOtp(read.envelope) }) };
  const { balancePaise, maskedAadhaar } = readCustomer(read.envelope);
  return { ...outcome, ...defined({ customerBalancePaise: balancePaise, maskedAadhaar }) };
}

/**
 * A call that moves no money answers with one of these `response_type_id`s, under `status` 0 or the same
 * number; another status is its definite no. A value that could not be fetched (1805) may come later:
 * unknown, like everything that is not understood.
 */
function questionReader<T>(
  types: Readonly<Record<number, (envelope: Envelope) => T | undefined>>,
  later: readonly number[] = [],
): (reply: Reply, onUnlisted: OnUnlisted) => DeskAnswer<T> {
  return (reply, onUnlisted) => {
    const read = envelopeOf(reply);
    if ('outcome' in read)
      return {
        ok: false,
        kind: 'unknown',
        rawStatus: read.outcome.rawStatus,
        ...defined({
          retryAfterMs: read.outcome.retryAfterMs,
          sent: read.outcome.sent ? undefined : (false as const),
        }),
      };
    const { envelope } = read;
    const { status, typeId = NO_TYPE } = envelope;
    const reason = defined({ rawReason: forPeople(readReason(envelope)) });
    const parse = status === 0 || status === typeId ? types[typeId] : undefined;
    if (parse !== undefined) {
      const value = parse(envelope);
      return value === undefined
        ? { ok: false, kind: 'unknown', rawStatus: '<unrecognised answer>' }
        : { ok: true, value };
    }
    if (status !== 0) return { ok: false, kind: 'refused', rawStatus: String(status), ...reason };
    if (!later.includes(typeId)) onUnlisted(`type ${typeId}`);
    return { ok: false, kind: 'unknown', rawStatus: `type ${typeId}`, ...reason };
  };
}

const sender =
  (state: SenderProfile['state']) =>
  (envelope: Envelope): SenderProfile => ({ state, ...readSender(envelope) });
const done = (): true => true;
const withRef = (otpRef: string | undefined): { otpRef: string } | undefined =>
  otpRef === undefined ? undefined : { otpRef };
const withRequestRef = (otpRequestRef: string | undefined): { otpRequestRef: string } | undefined =>
  otpRequestRef === undefined ? undefined : { otpRequestRef };
const enrolled = { 2134: sender('ekyc_pending'), 309: sender('active') };

export const answerTo = {
  sender: questionReader({ ...enrolled, 308: sender('unknown'), 2129: sender('otp_pending') }),
  enrolment: questionReader({ ...enrolled, 300: sender('ekyc_pending') }), // 300: known to Eko, not yet to the bank
  ekycStart: questionReader({ 2129: readEkyc }),
  ekycFinish: questionReader({ 2132: sender('active') }),
  phoneOtp: questionReader({ 1623: (e) => withRef(readTid(e)) }),
  phoneOtpCheck: questionReader({ 1632: done }), // under status 1: a wrong or expired one
  recipients: questionReader({ 23: readRecipients, 22: () => [] }),
  newRecipient: questionReader({ 43: readNewRecipient }),
  otp: questionReader({ 2133: (e) => withRef(readOtpRef(e)) }), // of a transfer (status 0), of a refund (status 2133)
  categories: questionReader({ 2457: readCategories }),
  billers: questionReader({ 2461: readBillers }),
  parameters: questionReader({ 2463: readParameters }),
  bill: questionReader<{ bill: ReadBill } | { reason: string | null }>({
    1052: (e) => {
      const bill = readBill(e);
      return bill === undefined ? undefined : { bill };
    },
    1468: (e) => ({ reason: forPeople(readReason(e)) ?? null }),
  }),
  operator: questionReader({ 1804: readDetected }),
  plans: questionReader({ 1804: readPlans }, [1805]),
  activation: questionReader({ 1259: done }),
  kycOtp: questionReader({ 1600: readKycOtp }),
  kycOtpCheck: questionReader({ 1604: readKycOtp }),
  biometricKyc: questionReader({ 1605: done }),
  withdrawalOtp: questionReader({ [OTP_SENT]: (e) => withRequestRef(readWithdrawalOtp(e)) }),
  dailyKyc: questionReader({ 1713: done }),
  balance: questionReader<{ customerBalancePaise: Paise; reference: string | null }>({
    1466: (e) => {
      const { balancePaise, reference } = readCustomer(e);
      return balancePaise === undefined ? undefined : { customerBalancePaise: balancePaise, reference };
    },
  }),
  miniStatement: questionReader<{
    lines: MiniStatementLine[];
    customerBalancePaise: Paise | null;
    reference: string | null;
    commissionPaise?: Paise;
  }>({
    1527: (e) => {
      const [lines, { balancePaise, reference }] = [readMiniStatement(e), readCustomer(e)];
      return lines === undefined
        ? undefined
        : {
            lines,
            customerBalancePaise: balancePaise ?? null,
            reference,
            ...defined({ commissionPaise: readCommission(e) }),
          };
    },
  }),
};

/** The refusal of a recipient that is there already: its id is in the list. */
export const RECIPIENT_EXISTS = '342';
/**
 * Refusals of an enrolment that was made before: the wallet is there (17), or waits for its verification (327).
 * Where the sender stands is looked up.
 */
export const SENDER_EXISTS: ReadonlySet<string> = new Set(['17', '327']);

/**
 * Only a 200 is documented to carry an answer. A 403 is a refusal before processing (wrong keys,
 * a stale timestamp, an address that is not allow-listed): nothing was created.
 */
export function envelopeOf(reply: Reply): { envelope: Envelope } | { outcome: ProviderOutcome } {
  if (reply.kind === 'refusal' || reply.kind === 'failure') return { outcome: outcomeOfNoAnswer(reply) };
  const { status } = reply;
  if (status !== 200)
    return {
      outcome: {
        kind: 'unknown',
        sent: status !== 403,
        rawStatus: `<http ${status}>`,
        httpStatus: status,
        ...defined({
          retryAfterMs: reply.kind === 'answer' ? reply.retryAfterMs : undefined,
        }),
        ...aboutUs(isSetupFault(status, undefined)),
      },
    };
  const envelope = reply.kind === 'answer' ? readEnvelope(reply.json) : undefined;
  return envelope === undefined ? { outcome: unrecognised('status') } : { envelope };
}

function isListed(txStatus: string | undefined): txStatus is keyof typeof TX_STATUSES {
  return txStatus !== undefined && Object.hasOwn(TX_STATUSES, txStatus);
}

function kindOf(txStatus: string | undefined, onUnlisted: OnUnlisted): OutcomeKind | undefined {
  if (txStatus === undefined) return undefined;
  if (isListed(txStatus)) return TX_STATUSES[txStatus];
  onUnlisted(`tx_status ${txStatus}`);
  return 'pending';
}

/** A success names itself and its amount, or it is not believed. */
function completed(envelope: Envelope, transaction: Transaction): ProviderOutcome {
  if (transaction.tid === undefined) return unrecognised('tid');
  return transaction.amountPaise === undefined
    ? unrecognised('amount')
    : outcomeOf('succeeded', envelope, transaction);
}

/**
 * The provider's fee stays out: in the agency model the charge is Eko's own, and passes through. What it pays us
 * for the transaction, and the charge that it took, are kept beside it.
 */
function outcomeOf(
  kind: OutcomeKind,
  { status }: Envelope,
  { txStatus, tid, amountPaise, utr, reason, earned, charged }: Transaction,
): ProviderOutcome {
  return {
    kind,
    sent: true,
    rawStatus: txStatus ?? `status ${status}`,
    httpStatus: 200,
    ...defined({
      rawReason: reasonWord(kind, status, reason),
      description: kind === 'succeeded' ? undefined : forPeople(reason),
      providerReference: tid,
      amountPaise,
      utr,
      ...earned,
      ...charged,
    }),
  };
}

function contradiction(envelope: Envelope, { txStatus, tid }: Transaction): ProviderOutcome {
  return unknown(txStatus!, {
    rawReason: String(envelope.status),
    providerReference: tid,
    description: `tx_status ${txStatus!} contradicts status ${envelope.status}`,
  });
}

function unrecognised(field: string): ProviderOutcome {
  return unknown('<unrecognised answer>', {
    description: `the field ${field} is missing or breaks the contract`,
  });
}

function unknown(
  rawStatus: string,
  more: { rawReason?: string; description?: string; providerReference?: string } = {},
): ProviderOutcome {
  return unknownOutcome(rawStatus, { ...more, httpStatus: 200 });
}
