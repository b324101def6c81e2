import type { TransactionId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { FullLine, type Admittance } from '../../platform/fair-line';
import { DomainError } from '../errors/errors';
import { aloneAfter, createGather } from '../../platform/gather';
import type { Ids } from '../../platform/ids';
import type { Policies } from '../policies/policies';
import { timeoutsOf } from '../policies/timeouts';
import { FAILED_FOR_FUNDS, nextTryAt, type FailedForFunds } from '../driving/provider-funds';
import { beginAttempt, changeRoad, postponeSends } from '../lifecycle/drives';
import type { Due } from '../lifecycle/due';
import { IS_OWNER_DISABLED, isExpired, type Holds } from '../posting/hold';
import { applyChange, lockTransactionsForUpdate, writeChanges, type ChangeResult } from '../lifecycle/moves';
import type { OutcomeRecorder } from '../lifecycle/record-outcome';
import type { State } from '../lifecycle/lifecycle';
import type { ServiceName } from '../provider/service-name';
import { isOfOtherAmount } from '../provider/answers';
import {
  acknowledgeAttempts,
  insertAttempts,
  namesOfAttempt,
  type Acknowledgement,
  type Attempt,
} from './attempts';
import type { DispatchCalls, InstructionBase, PreparedRequest } from '../provider/calls';
import type { ProviderOutcome } from '../provider/outcome';
import type { ProviderRegistry } from '../provider/provider';
import type { ReasonCode } from '../provider/reasons';
import type { Roads } from '../routing/roads';
import type { Looked, SendGate } from './gate';
import { HELD_ROAD, roadAgain, type HeldRoad } from './road';
import { createRetryLine, type RetryLine } from './retry-line';
import { createSendLines, type SendLines } from './send-lines';
import type { DispatchRegistry, Instruct, Instructed } from './service-dispatch';
import { createSetupFaults, type SetupFaults } from './setup-faults';

/**
 * Sending. First the service makes its instruction (a payout's contact and fund account are made known to the
 * provider); then, for each transaction:
 *   begin   one database transaction: held -> dispatched, next_poll_at, and the attempt's row with our
 *           reference, body hash and send_before;
 *   call    the provider, with no database transaction open and only while now < send_before;
 *   record  the answer, in a database transaction of its own.
 * A job that loses the compare-and-set ends. A process that was frozen between begin and call finds
 * send_before passed, and does not send.
 *
 * Before it begins, a transaction stands in its provider's line, which is fair between users (send-lines.ts). Here too
 * it may change its road (domain/routing): it is held, so nothing of it is under way with anybody.
 */
export interface Sender {
  send(ids: readonly string[]): Promise<SendReport>;
}
export interface SendReport {
  due: Due[];
  finished: string[];
  errors: Error[];
}

export interface SenderDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry;
  dispatches: DispatchRegistry;
  recorder: OutcomeRecorder;
  holds: Holds;
  roads: Pick<Roads, 'again'>;
  /** Without it nothing is stopped. */
  gate?: SendGate;
  /** Services whose callbacks are looked up at the attempt (CallbackProcessorDependencies). */
  namingOurReference?: readonly ServiceName[];
  /** A turn of the provider's rate that comes within this is waited for; for tests whose clock stands still. */
  turnWithinMs?: number;
  /** Called at named points, for tests that freeze or kill the process there. */
  onPoint?(point: 'before_begin' | 'begun' | 'answered'): Promise<void> | void;
}

const RETRY_MS = 2_000;
/** How often somebody looks whether a stop still stands. */
const STOPPED_MS = 10_000;

interface HeldTransaction extends FailedForFunds, HeldRoad {
  id: TransactionId;
  userId: UserId;
  service: ServiceName;
  amountPaise: bigint;
  currency: 'INR';
  attemptNo: number;
  expiresAt: Date;
  isOwnerDisabled: boolean;
}

interface AttemptToBegin {
  held: HeldTransaction;
  instruction: InstructionBase;
  refs: Record<string, string>;
  prepared: PreparedRequest;
}
interface BegunAttempt {
  attempt: Attempt;
  change: ChangeResult;
}
/** What the sends of one process share: two gathered writes, the retry line, and what is known of our set-up. */
interface Steps {
  begin(attempt: AttemptToBegin): Promise<BegunAttempt | undefined>;
  acknowledge(acknowledgement: Acknowledgement): Promise<void>;
  postpone(send: { id: string; until: Date }): Promise<void>;
  lines: SendLines;
  retryLine: RetryLine;
  setupFaults: SetupFaults;
}

export function createSender(deps: SenderDependencies): Sender {
  const steps: Steps = {
    lines: createSendLines(deps),
    retryLine: createRetryLine(deps),
    postpone: createGather(
      async (list) => {
        await postponeSends(deps.knex, list);
        return list.map(() => undefined);
      },
      { maxBatch: 500 },
    ),
    setupFaults: createSetupFaults(deps),
    begin: createGather((begins) => deps.knex.transaction((trx) => beginBatch(trx, deps, begins)), {
      maxBatch: 200,
      maxRunning: 2,
      onBatchError: aloneAfter({ unconfirmed: (cause) => new DomainError('SERVICE_UNAVAILABLE', { cause }) }),
    }),
    acknowledge: createGather(
      async (list) => {
        await acknowledgeAttempts(deps.knex, list);
        return list.map(() => undefined);
      },
      { maxBatch: 500 },
    ),
  };
  return {
    async send(ids) {
      const report: SendReport = { due: [], finished: [], errors: [] };
      const [read, looked] = await Promise.all([readHeld(deps, ids), deps.gate?.look(ids)]);
      const free = looked === undefined ? read : await passing(deps.gate!, looked, read, report);
      await Promise.all(
        free.map(async ({ held, instruct }) => {
          try {
            await sendOne(deps, steps, { held, instruct }, report);
          } catch (error) {
            report.errors.push(error instanceof Error ? error : new Error('send failed', { cause: error }));
          }
        }),
      );
      return report;
    },
  };
}

/** What the gate lets pass; the rest is taken into review, or left to a later drive. */
async function passing<T extends { held: HeldTransaction }>(
  gate: SendGate,
  { stops, unknown }: Looked,
  read: readonly T[],
  report: SendReport,
): Promise<T[]> {
  if (stops.length > 0) await gate.stop(stops);
  report.errors.push(...unknown.values());
  const stopped = new Set(stops.map(({ transactionId }) => transactionId));
  return read.filter(({ held }) => !stopped.has(held.id) && !unknown.has(held.id));
}

async function sendOne(
  deps: SenderDependencies,
  steps: Steps,
  { held, instruct }: { held: HeldTransaction; instruct: Instruct },
  report: SendReport,
): Promise<void> {
  if (isTooLate(held, held, deps.clock.now()))
    return releaseHold(
      deps,
      held,
      deps.dispatches[held.service]?.expiredReason ?? 'TRANSACTION_EXPIRED',
      report,
    );
  if (held.isOwnerDisabled) return releaseHold(deps, held, 'USER_DISABLED' satisfies ReasonCode, report);
  // AEPS: the API calls the provider while the customer waits. If such a transaction is held again, nothing was
  // sent, and it cannot be sent now because the biometric data was never stored. The hold is released.
  if (isSentByCaller(deps, held))
    return releaseHold(deps, held, 'TRANSACTION_NOT_SENT' satisfies ReasonCode, report);
  const road = roadAgain(deps, held, instruct);
  if (road.kind === 'stopped')
    return steps.postpone({ id: held.id, until: addMs(deps.clock.now(), STOPPED_MS) });
  if (road.kind === 'move') {
    const { id, provider: from, attemptNo } = held;
    return changeRoad(deps.knex, { id, from, to: road.to, attemptNo, why: road.why, now: deps.clock.now() });
  }
  const againAt = nextTryAt(deps, held);
  if (againAt !== undefined) return steps.postpone({ id: held.id, until: againAt });
  const connector = deps.providers.get(held.provider);
  const calls = deps.dispatches[held.service]?.sending?.calls(connector);
  if (calls === undefined)
    throw new DomainError('PROVIDER_UNKNOWN', { detail: `${held.provider} does not send ${held.service}` });
  // The turns of all its calls are taken together: a send that begins is not stopped half way by the rate limit.
  const admit = (): Promise<Admittance> =>
    connector.admit(held.service, 1 + (instruct.calls?.(connector) ?? 0));
  try {
    await steps.lines
      .of(held.provider)
      .run(held.userId, () => sendAdmitted(deps, steps, { held, instruct, calls, connector }, report), admit);
  } catch (error) {
    if (!(error instanceof FullLine)) throw error;
    await postpone(steps, held, error.retryAfterMs);
  }
}

interface AdmittedSend {
  held: HeldTransaction;
  instruct: Instruct;
  calls: DispatchCalls;
  connector: ReturnType<ProviderRegistry['get']>;
}

async function sendAdmitted(
  deps: SenderDependencies,
  steps: Steps,
  { held, instruct, calls, connector }: AdmittedSend,
  report: SendReport,
): Promise<void> {
  const instructed = await instruct(baseOf(held), connector);
  if (!instructed.ok) {
    // Nothing exists at the provider. A definite refusal ends the transaction; otherwise it stays held and is
    // driven again later.
    await steps.setupFaults.heard(held.provider, held.service, instructed.outcome);
    return instructed.outcome.kind === 'failed'
      ? releaseHold(deps, held, instructed.outcome.rawReason ?? 'PROVIDER_REJECTED', report)
      : postpone(steps, held, instructed.outcome.retryAfterMs ?? RETRY_MS);
  }
  await deps.onPoint?.('before_begin');
  const prepared = await prepare(deps, { held, calls, instruction: instructed.instruction }, report);
  if (prepared === undefined) return;
  await sendPrepared(deps, steps, { held, calls, instructed, prepared }, report);
}

interface PreparedSend {
  held: HeldTransaction;
  calls: DispatchCalls;
  instructed: Extract<Instructed, { ok: true }>;
  prepared: PreparedRequest;
}

/** Begin, call, record. */
async function sendPrepared(
  deps: SenderDependencies,
  steps: Steps,
  { held, calls, instructed, prepared }: PreparedSend,
  report: SendReport,
): Promise<void> {
  const { instruction, refs } = instructed;
  const begun = await steps.begin({ held, instruction, refs, prepared });
  if (begun === undefined) return;
  await deps.onPoint?.('begun');
  const askedAt = deps.clock.now();
  const policy = deps.policies.provider(held.provider);
  const { sendBefore, attemptNo } = begun.attempt;
  const limits = {
    sendBefore,
    admitted: true,
    transactionId: held.id,
    timeouts: timeoutsOf(policy),
  };
  const answer =
    askedAt < sendBefore ? await calls.send(instruction, prepared, limits) : notSent('<send_before passed>');
  await deps.onPoint?.('answered');
  await steps.setupFaults.heard(held.provider, held.service, answer);
  if (answer.refusesRefs === true) await instructed.forget?.();
  if (answer.kind === 'pending' && !isOfOtherAmount(answer, held.amountPaise)) {
    return steps.acknowledge({
      transactionId: held.id,
      attemptNo,
      reason: answer.rawReason ?? answer.rawStatus,
      providerReference: answer.providerReference ?? null,
      at: deps.clock.now(),
    });
  }
  const recorded = await deps.recorder.record({
    transactionId: held.id,
    attemptNo,
    source: 'dispatch',
    askedAt,
    answer,
    sendBefore,
    nextPollAt: addMs(deps.clock.now(), policy.pollScheduleMs[0]!),
  });
  if (recorded.due !== undefined) report.due.push(recorded.due);
  if (recorded.row.providerReference !== null && deps.namingOurReference?.includes(held.service) === true)
    await steps.acknowledge({
      transactionId: held.id,
      attemptNo,
      reason: answer.rawStatus,
      providerReference: recorded.row.providerReference,
      at: deps.clock.now(),
    });
}

/** True for a service that calls its provider during the request, not from a queue. */
function isSentByCaller(deps: SenderDependencies, held: HeldTransaction): boolean {
  const dispatch = deps.dispatches[held.service];
  return dispatch !== undefined && dispatch.sending === undefined;
}

/**
 * True if it waited too long and was never sent. One that the provider has failed for our balance waits until
 * there is money: it is not the customer's failure, and people are told by a case.
 */
function isTooLate(row: { expiresAt: Date }, { wasShort }: FailedForFunds, now: Date): boolean {
  return !wasShort && isExpired(row, now);
}

/** Releases the hold of a transaction that was never sent. */
async function releaseHold(
  deps: SenderDependencies,
  held: HeldTransaction,
  reason: string,
  report: SendReport,
): Promise<void> {
  if (await deps.holds.release(held.id, reason, 'send')) report.finished.push(held.id);
}

function notSent(rawStatus: string): ProviderOutcome {
  return { kind: 'unknown', sent: false, rawStatus };
}

/** The transaction stays held and is driven again when the provider should accept it. */
async function postpone(steps: Steps, { id, provider }: HeldTransaction, afterMs: number): Promise<void> {
  await steps.postpone({ id, until: steps.retryLine.next(provider, afterMs) });
}

/** An instruction that the provider's contract cannot express is never sent: the hold is released. */
async function prepare(
  deps: SenderDependencies,
  { held, calls, instruction }: Pick<PreparedSend, 'held' | 'calls'> & { instruction: InstructionBase },
  report: SendReport,
): Promise<PreparedRequest | undefined> {
  try {
    return calls.prepare(instruction);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await releaseHold(deps, held, error.code, report);
    return undefined;
  }
}

function baseOf({ id, attemptNo, amountPaise, currency }: HeldTransaction): InstructionBase {
  return { ...namesOfAttempt(id, attemptNo + 1), amountPaise, currency };
}

async function beginBatch(
  trx: Knex.Transaction,
  deps: SenderDependencies,
  begins: readonly AttemptToBegin[],
): Promise<(BegunAttempt | undefined)[]> {
  const locked = await lockTransactionsForUpdate(trx, [...new Set(begins.map((b) => b.held.id))]);
  const now = deps.clock.now();
  const taken = new Set<string>();
  const results = begins.map(({ held, instruction, refs, prepared }): BegunAttempt | undefined => {
    const row = locked.get(held.id);
    // An expired transaction is skipped here; its next drive releases the hold.
    if (
      row === undefined ||
      row.state !== 'held' ||
      row.attemptNo !== held.attemptNo ||
      row.provider !== held.provider ||
      isTooLate(row, held, now) ||
      taken.has(held.id)
    )
      return undefined;
    taken.add(held.id);
    const policy = deps.policies.provider(held.provider);
    const sendBefore = addMs(now, policy.sendWindowMs);
    const nextPollAt = addMs(now, policy.pollScheduleMs[0]!);
    const change = applyChange(row, beginAttempt(row, { actor: 'send', sendBefore, nextPollAt }));
    return {
      change,
      attempt: {
        transactionId: held.id,
        attemptNo: change.row.attemptNo,
        provider: held.provider,
        route: held.route,
        ourReference: instruction.ourReference,
        idempotencyKey: instruction.idempotencyKey,
        refs,
        bodyHash: prepared.bodyHash,
        sendBefore,
        sendCount: 1,
        createdAt: now,
      },
    };
  });
  const begun = results.filter((r): r is BegunAttempt => r !== undefined);
  await writeChanges(
    trx,
    begun.map(({ change }) => change),
    now,
  );
  await insertAttempts(
    trx,
    begun.map((b) => b.attempt),
  );
  return results;
}

/**
 * The held transactions among the ids, each with the function that makes its instruction; without those whose
 * provider has to be asked first, after a restore. If a service has no instruction for a held transaction,
 * that is a bug of ours: sending it fails with INTERNAL_ERROR, and it is driven again later.
 */
async function readHeld(
  deps: SenderDependencies,
  ids: readonly string[],
): Promise<{ held: HeldTransaction; instruct: Instruct }[]> {
  // By the ids alone: a condition on the state invites a plan that reads the index of all open transactions.
  const found = (
    await rows<HeldTransaction & { state: State; restoreId: string | null }>(
      deps.knex,
      `
      select t.id, t.user_id as "userId", t.service, t.amount_paise as "amountPaise", t.currency, t.attempt_no as "attemptNo",
        t.expires_at as "expiresAt", t.state, t.restore_id as "restoreId", ${IS_OWNER_DISABLED} as "isOwnerDisabled",
        ${HELD_ROAD},
        ${FAILED_FOR_FUNDS}
      from transactions t where t.id = any(?::uuid[])`,
      [ids],
    )
  ).filter((t) => t.state === 'held' && t.restoreId === null);
  const services = [...new Set(found.map((held) => held.service))];
  const parts = await Promise.all(
    services.map(async (service) => {
      const ofService = found.filter((held) => held.service === service);
      const instructs = await deps.dispatches[service]?.sending?.read(
        deps.knex,
        ofService.map((held) => held.id),
      );
      return ofService.map((held) => ({
        held,
        instruct:
          instructs?.get(held.id) ??
          (() =>
            Promise.reject(new DomainError('INTERNAL_ERROR', { detail: `a ${service} cannot be sent` }))),
      }));
    }),
  );
  return parts.flat();
}
