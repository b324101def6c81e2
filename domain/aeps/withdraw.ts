import type { UserId } from '../ids/ids';
import type { OffersAeps } from './port';
import { addMs } from '../../platform/clock';
import { defined } from '../../platform/defined';
import { isDigestOf, type KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import { isOfOtherAmount } from '../provider/answers';
import { refuseUnfit } from '../captures/fitness';
import { acknowledgeAttempts } from '../dispatch/attempts';
import type { Roads } from '../routing/roads';
import type { ProviderRegistry } from '../provider/provider';
import { findByKey } from '../intake/accepted-rows';
import type { Due } from '../lifecycle/due';
import type { Holds } from '../posting/hold';
import type { OutcomeRecorder } from '../lifecycle/record-outcome';
import type { Settler } from '../posting/settle';
import { begin, keyReused, type BeginDependencies, type Begun } from './begin';
import { admit, providerOf, recordable, shownPaise, type AepsProvider } from './calls';
import type { Biometrics, WithdrawalAnswer } from './port';
import { insertOtpInPlace } from './otp-rows';
import type { WithdrawalReader, WithdrawalView } from './read';
import { customerOf, customerRefOf, hashOrder, positionOf, type AepsOrder } from './request';
import { otpFactsOf } from './withdrawal-otps';

/**
 * A withdrawal, while the terminal waits:
 *   begin   one database transaction (begin.ts): request, transaction, attempt, limits; from here on the
 *           row is dispatched and polled;
 *   call    the provider, once, with no database transaction open; never again, whatever happens;
 *   record  what it said, and settle at once: the wallet is credited when the success was recorded before
 *           answer_before, else it goes to suspense and review.
 * The same key again finds the row and shows it as it is now: no second call can come of it. A process that
 * dies on the way leaves the row to polling.
 */
export interface WithdrawalResult {
  view: WithdrawalView;
  /** The provider's data about the customer; for this answer only, stored nowhere. */
  shownOnce: { customerBalance: number | null; maskedAadhaar: string | null };
  replayed: boolean;
  due: Due[];
  finished: string[];
  /**
   * The error that occurred after the transaction had begun; the transaction goes on without this request.
   */
  error?: Error;
}

export interface Withdrawals {
  /**
   * Resolves with the transaction as it stands when the provider has answered or the terminal has waited long
   * enough. Throws what `begin` throws, and DomainError AEPS_AADHAAR_PAY_UNAVAILABLE, CAPTURE_UNFIT,
   * PROVIDER_UNAVAILABLE.
   */
  run(
    userId: UserId,
    idempotencyKey: string,
    order: AepsOrder,
    biometrics: Biometrics,
  ): Promise<WithdrawalResult>;
}

export interface WithdrawalDependencies extends BeginDependencies {
  digest: KeyedDigest;
  roads: Pick<Roads, 'requireOpen'>;
  providers: ProviderRegistry<OffersAeps>;
  recorder: OutcomeRecorder;
  holds: Holds;
  settler: Settler;
  reader: WithdrawalReader;
  /** Called at named points, for tests that freeze or kill the process there. */
  onPoint?(point: 'begun' | 'answered' | 'recorded' | 'settled'): Promise<void> | void;
}

const NOTHING = { customerBalance: null, maskedAadhaar: null } as const;
/** Four digits at most. */
const MASKED = /^[Xx*]{4}[ -]?[Xx*]{4}[ -]?\d{4}$/;

type Progress = Pick<WithdrawalResult, 'shownOnce' | 'due' | 'finished'>;

export function createWithdrawals(deps: WithdrawalDependencies): Withdrawals {
  return {
    async run(userId, idempotencyKey, order, biometrics) {
      positionOf(order.terminal.latlong);
      const hashes = hashOrder(deps.digest, order);
      const first = await findByKey(deps.knex, userId, idempotencyKey);
      if (first !== undefined && !isDigestOf(first.hash, hashes)) throw keyReused();
      if (first !== undefined) return replay(deps, userId, first.id);
      // A code of a bank is taken in any case, and a stop has it in capitals.
      const subject = order.customer.bank.toUpperCase();
      deps.roads.requireOpen({ service: 'aeps', subject }, deps.provider);
      const provider = providerOf(deps.providers, deps.provider);
      if (order.kind === 'merchant_payment' && provider.calls.aadhaarPay === undefined)
        throw new DomainError(AEPS_ERRORS.AEPS_AADHAAR_PAY_UNAVAILABLE, {
          detail: 'take the payment in another way',
        });
      const capture = deps.captures.digestOf(biometrics.pid);
      refuseUnfit(biometrics.pid, deps.aepsPolicies.at(deps.clock.now()).captureFor(order.customer.bank));
      await admit(provider.connector);
      const begun = await begin(deps, {
        userId,
        key: idempotencyKey,
        hashes,
        customer: customerOf(deps.digest, order.customer.mobile, deps.clock.now()),
        customerRefAt: (at) => customerRefOf(deps.digest, biometrics.aadhaar, at),
        capture,
        order,
      });
      if (begun.kind === 'replay') return replay(deps, userId, begun.id);
      const progress: Progress = { shownOnce: NOTHING, due: [], finished: [] };
      const error = await finish(deps, { userId, provider, begun, order, biometrics }, progress).then(
        () => undefined,
        toError,
      );
      const view = await deps.reader.get(userId, begun.id);
      // Customer details are returned only with a success.
      return {
        view,
        ...progress,
        shownOnce: view.status === 'SUCCESS' ? progress.shownOnce : NOTHING,
        replayed: false,
        ...(error === undefined ? {} : { error }),
      };
    },
  };
}

async function replay(deps: WithdrawalDependencies, userId: UserId, id: string): Promise<WithdrawalResult> {
  return {
    view: await deps.reader.get(userId, id),
    shownOnce: NOTHING,
    replayed: true,
    due: [],
    finished: [],
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a withdrawal failed on the way', { cause: error });
}

/** One withdrawal on its way to the provider. */
interface Call {
  userId: UserId;
  provider: AepsProvider;
  begun: Begun;
  order: AepsOrder;
  biometrics: Biometrics;
}

/** Call, record, settle. If it throws, the row is left to polling or to its re-drive. */
async function finish(deps: WithdrawalDependencies, call: Call, progress: Progress): Promise<void> {
  const { order, biometrics } = call;
  const { id, attempt } = call.begun;
  await deps.onPoint?.('begun');
  const askedAt = deps.clock.now();
  const given = await callOnce(deps, call, askedAt);
  await deps.onPoint?.('answered');
  progress.shownOnce = {
    customerBalance: shownPaise(given.customerBalancePaise),
    maskedAadhaar: MASKED.exec(given.maskedAadhaar ?? '')?.[0] ?? null,
  };
  const answer = recordable(given, [biometrics.aadhaar, biometrics.pid, order.customer.mobile]);
  if (answer.kind === 'pending' && !isOfOtherAmount(answer, order.amountPaise)) {
    await acknowledgeAttempts(deps.knex, [
      {
        transactionId: id,
        attemptNo: attempt.attemptNo,
        reason: answer.rawReason ?? answer.rawStatus,
        providerReference: answer.providerReference ?? null,
        at: deps.clock.now(),
      },
    ]);
    return;
  }
  const nextPollAt = addMs(deps.clock.now(), deps.policies.provider(deps.provider).pollScheduleMs[0]!);
  const recorded = await deps.recorder.record({
    transactionId: id,
    attemptNo: attempt.attemptNo,
    source: 'dispatch',
    askedAt,
    answer,
    sendBefore: attempt.sendBefore,
    nextPollAt,
  });
  if (recorded.due !== undefined) progress.due.push(recorded.due);
  await deps.onPoint?.('recorded');
  // Certainly not sent, and the fingerprint is gone: the transaction ends, and a new capture is needed.
  if (
    recorded.row.state === 'held' &&
    (await deps.holds.release(id, answer.rawReason ?? 'TRANSACTION_NOT_SENT', 'api'))
  )
    progress.finished.push(id);
  const settled = await deps.settler.settle([id]);
  progress.finished.push(...settled.finished);
  if (settled.errors.length > 0) throw settled.errors[0]!;
  progress.due = settled.due;
  await deps.onPoint?.('settled');
  await keepOtpInPlace(deps, call, given);
}

/** The provider withdrew nothing and sent the customer a one-time password: the next try goes with it. */
async function keepOtpInPlace(
  { knex, clock, ids, digest, provider, aepsPolicies }: WithdrawalDependencies,
  { userId, begun, order, biometrics }: Call,
  { kind, otpRequestRef }: WithdrawalAnswer,
): Promise<void> {
  if (kind !== 'failed' || otpRequestRef === undefined) return;
  const now = clock.now();
  const facts = otpFactsOf(digest, { userId, order, aadhaar: biometrics.aadhaar }, now);
  await insertOtpInPlace(
    knex,
    { ...facts, id: ids.uuid(), provider, createdAt: now },
    {
      inPlaceOf: begun.id,
      providerReference: otpRequestRef,
      expiresAt: addMs(now, aepsPolicies.at(now).withdrawalOtp.lifeMs),
    },
  );
}

/**
 * The one call. A process that was frozen for too long does not make it. Nothing of an error thrown by a
 * connector is kept, because it may quote the call's inputs.
 */
async function callOnce(
  deps: WithdrawalDependencies,
  { provider, begun, order, biometrics }: Call,
  askedAt: Date,
): Promise<WithdrawalAnswer> {
  const { id, attempt, userCode, answerBefore, otpRequestRef } = begun;
  if (askedAt >= attempt.sendBefore)
    return { kind: 'unknown', sent: false, rawStatus: '<send_before passed>' };
  const { answerMarginMs } = deps.aepsPolicies.at(askedAt);
  const timeouts = {
    connectMs: deps.policies.provider(deps.provider).connectTimeoutMs,
    totalMs: Math.max(1, answerBefore.getTime() - askedAt.getTime() - answerMarginMs),
  };
  const request = {
    ourReference: attempt.ourReference,
    terminal: { userCode, latlong: order.terminal.latlong },
    customerMobile: order.customer.mobile,
    bankCode: order.customer.bank,
    biometrics,
    amountPaise: order.amountPaise,
  };
  const options = { sendBefore: attempt.sendBefore, admitted: true, transactionId: id, timeouts };
  try {
    return order.kind === 'merchant_payment'
      ? await provider.calls.aadhaarPay!(request, options)
      : await provider.calls.withdraw({ ...request, ...defined({ otpRequestRef }) }, options);
  } catch {
    return { kind: 'unknown', sent: true, rawStatus: '<connector failed>' };
  }
}
