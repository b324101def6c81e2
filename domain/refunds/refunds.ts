import type { UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { REFUND_ERRORS } from './errors';
import { DESK_ERRORS } from '../provider/errors';
import type { KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { phoneDigests, type OtpPeople } from '../otp/rules';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import { bringInquiryForward, promiseInquiry } from '../lifecycle/inquiries';
import type { ProviderOutcome } from '../provider/outcome';
import type { Due } from '../lifecycle/due';
import type { KnownOutcome } from '../lifecycle/moves';
import type { OutcomeRecorder } from '../lifecycle/record-outcome';
import { answered, shownCode } from '../provider/desk';
import type { Policies } from '../policies/policies';
import { timeoutsOf } from '../policies/timeouts';
import type { ProviderRegistry } from '../provider/provider';
import type { ServiceName } from '../provider/service-name';
import type { OffersRefunds, RefundCalls } from './port';

/**
 * Refunds of every service. A transaction that failed after the provider took the money waits as
 * `refund_pending`. The customer's one-time password is their consent that the cash was handed back; the
 * wallet is credited only when the provider confirms the password. Repeating a request is safe: the recorder
 * decides under the row's lock.
 */
export interface Refunds {
  /**
   * The service of a transaction that can be refunded with a one-time password. Throws DomainError
   * TRANSACTION_NOT_FOUND, NOT_REFUNDABLE.
   */
  serviceOf(userId: UserId, transactionId: TransactionId): Promise<ServiceName>;
  /**
   * Has a one-time password sent to the customer and returns the id of our row of it. Throws DomainError
   * TRANSACTION_NOT_FOUND, NOT_REFUNDABLE, ALREADY_REFUNDED, RATE_LIMITED and what `answered` throws.
   */
  sendOtp(userId: UserId, transactionId: TransactionId): Promise<{ otpId: string }>;
  /**
   * Asks for the refund. `refunded`: recorded, and due to be posted. `pending`: the result is unknown, and
   * the provider is being asked. Without `otpId` the latest password is meant. Throws DomainError
   * REFUND_REFUSED (a definite no; the money still waits), REFUND_OTP_MISSING, OTP_DEAD, OTP_TRIES_USED_UP,
   * and what sendOtp throws.
   */
  refund(
    userId: UserId,
    transactionId: TransactionId,
    consent: { otp: string; otpId?: string },
  ): Promise<{ result: 'refunded' | 'pending'; due: Due[] }>;
}

export interface RefundDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry<OffersRefunds>;
  /**
   * The services whose transactions are refunded with a one-time password; the others owe no wallet a refund.
   */
  refundable: readonly ServiceName[];
  recorder: OutcomeRecorder;
  digest: KeyedDigest;
  otpSends: OtpSends;
  otpTries: OtpTries;
  /** The customer's mobile number, where the service keeps one. */
  mobileOf: (service: ServiceName, transactionId: TransactionId) => Promise<string | undefined>;
  onPoint?(point: 'answered'): Promise<void> | void;
}

interface Target {
  service: ServiceName;
  provider: string;
  state: string;
  outcome: KnownOutcome | null;
  attemptNo: number;
  ourReference: string;
  providerReference: string;
}

export function createRefunds(deps: RefundDependencies): Refunds {
  const { knex } = deps;
  return {
    serviceOf: async (userId, transactionId) =>
      refundableService(deps, await findTarget(knex, userId, transactionId)),
    async sendOtp(userId, transactionId) {
      const target = await findRefundable(deps, userId, transactionId);
      const calls = callsOf(deps, target);
      const options = optionsOf(deps, target, transactionId);
      const [sent] = await deps.otpSends
        .send('dmt_refund', await peopleOf(deps, userId, transactionId, target), [
          () => answered(calls.sendRefundOtp(target.providerReference, options)),
        ])
        .catch(async (error: unknown) => {
          // The provider may know something that we do not: that the money was already given back.
          if (error instanceof DomainError && error.code === DESK_ERRORS.DMT_REFUSED.code)
            await bringInquiryForward(knex, [transactionId], deps.clock.now());
          throw error;
        });
      const otpId = deps.ids.uuid();
      await execute(
        knex,
        'insert into dmt_refund_otps (id, transaction_id, provider_ref, created_at) values (?, ?, ?, ?)',
        [otpId, transactionId, sent!.otpRef, deps.clock.now()],
      );
      return { otpId };
    },
    async refund(userId, transactionId, { otp, otpId }) {
      const target = await findRefundable(deps, userId, transactionId);
      const sent = await findOtp(knex, transactionId, otpId);
      const { ourReference, providerReference, attemptNo } = target;
      const calls = callsOf(deps, target);
      const options = optionsOf(deps, target, transactionId);
      const people = await peopleOf(deps, userId, transactionId, target);
      const tried = await deps.otpTries.take('dmt_refund', people, { otp: sent.id });
      const askedAt = deps.clock.now();
      await promiseInquiry(knex, transactionId, addMs(askedAt, options.timeouts.totalMs), askedAt);
      const answer = await calls
        .refund({ ourReference, providerReference }, otp, sent.ref, options)
        .catch(errorAnswer);
      await deps.onPoint?.('answered');
      // A definite no concerns the one-time password, not the transaction, whose state may have changed
      // meanwhile. It is recorded as a note.
      const recorded = await deps.recorder.record({
        transactionId,
        attemptNo,
        source: 'refund',
        askedAt,
        answer: answer.kind === 'failed' ? { ...answer, kind: 'unknown' } : answer,
      });
      if (answer.kind === 'refunded') await tried.right();
      if (!answer.sent) await tried.notAsked();
      const due = recorded.due === undefined ? [] : [recorded.due];
      const isOurs = !recorded.isOfOtherAmount;
      if (isOurs && answer.kind === 'refunded') return { result: 'refunded', due };
      if (recorded.row.outcome === 'refunded') throw alreadyRefunded();
      if (isOurs && answer.kind === 'failed') throw refused(answer);
      await bringInquiryForward(knex, [transactionId], deps.clock.now());
      return { result: 'pending', due };
    },
  };
}

function refused({ rawReason, rawStatus }: ProviderOutcome): DomainError {
  const code = shownCode(rawReason ?? rawStatus);
  return new DomainError(REFUND_ERRORS.REFUND_REFUSED, {
    detail: `the provider refused it (${code}); check the one-time password, or have a new one sent`,
  });
}

/** Copies nothing from the error, which may contain the one-time password. */
function errorAnswer(): ProviderOutcome {
  return { kind: 'unknown', sent: true, rawStatus: '<error>' };
}

function alreadyRefunded(): DomainError {
  return new DomainError(REFUND_ERRORS.ALREADY_REFUNDED, {
    detail: 'the money is back in the wallet, or on its way there; look at the transaction',
  });
}

type Found = Omit<Target, 'ourReference' | 'providerReference'> & {
  ourReference: string | null;
  providerReference: string | null;
};

async function findTarget(knex: Knex, userId: UserId, transactionId: TransactionId): Promise<Found> {
  const [found] = await rows<Found>(
    knex,
    `
    select t.service, t.provider, t.state, t.outcome, t.attempt_no as "attemptNo", a.our_reference as "ourReference",
      coalesce(t.provider_reference, a.provider_reference) as "providerReference"
    from transactions t
      left join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
    where t.id = ? and t.user_id = ?`,
    [transactionId, userId],
  );
  if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  return found;
}

function refundableService(
  { providers, refundable }: Pick<RefundDependencies, 'providers' | 'refundable'>,
  { service, provider }: Found,
): ServiceName {
  const isOffered = !providers.has(provider) || providers.get(provider).refunds !== undefined;
  if (!refundable.includes(service) || !isOffered) throw notRefundable();
  return service;
}

/** Throws DomainError PROVIDER_UNAVAILABLE if the provider that holds the money is not configured. */
function callsOf({ providers }: RefundDependencies, { provider }: Target): RefundCalls {
  const calls = providers.has(provider) ? providers.get(provider).refunds : undefined;
  if (calls === undefined)
    throw new DomainError('PROVIDER_UNAVAILABLE', { detail: `the provider ${provider} is not set up here` });
  return calls;
}

function optionsOf({ policies }: RefundDependencies, { provider }: Target, transactionId: TransactionId) {
  return { timeouts: timeoutsOf(policies.provider(provider)), transactionId };
}

/**
 * The known outcome refund_pending is enough, even if it is not posted yet: settle posts the effects in their
 * order.
 */
async function findRefundable(
  deps: RefundDependencies,
  userId: UserId,
  transactionId: TransactionId,
): Promise<Target> {
  const found = await findTarget(deps.knex, userId, transactionId);
  refundableService(deps, found);
  if (found.outcome === 'refunded') throw alreadyRefunded();
  const { ourReference, providerReference } = found;
  if (
    found.outcome !== 'refund_pending' ||
    found.state === 'in_review' ||
    ourReference === null ||
    providerReference === null
  )
    throw notRefundable();
  return { ...found, ourReference, providerReference };
}

function notRefundable(): DomainError {
  return new DomainError(REFUND_ERRORS.NOT_REFUNDABLE, {
    detail:
      'only a transfer, bill or recharge that failed after the provider took the money is refunded this way; look at the transaction',
  });
}

/** The person whose consent it is, whatever the service: the phone that the password goes to. */
async function peopleOf(
  { digest, mobileOf }: RefundDependencies,
  userId: UserId,
  transactionId: TransactionId,
  { service }: Target,
): Promise<OtpPeople> {
  const mobile = await mobileOf(service, transactionId);
  return { phones: phoneDigests(digest, mobile ?? transactionId), caller: userId, subject: transactionId };
}

async function findOtp(
  knex: Knex,
  transactionId: TransactionId,
  otpId: string | undefined,
): Promise<{ id: string; ref: string }> {
  const [found] = await rows<{ id: string; ref: string }>(
    knex,
    'select id, provider_ref as ref from dmt_refund_otps where transaction_id = ? and id = coalesce(?::uuid, id) order by id desc limit 1',
    [transactionId, otpId ?? null],
  );
  if (found === undefined)
    throw new DomainError(REFUND_ERRORS.REFUND_OTP_MISSING, {
      detail: 'have a one-time password sent to the customer for this refund first',
    });
  return found;
}
