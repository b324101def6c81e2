import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, isConnectionError, isRetryableError, rows } from '../../platform/database';
import { DomainError } from '../../platform/errors';
import { createGather } from '../../platform/gather';
import { derivedUuid, shortReference, type Ids } from '../../platform/ids';
import type { Beneficiaries, SealedBeneficiary } from '../beneficiaries/beneficiaries';
import type { Policies } from '../policies/policies';
import type { Due } from '../transactions/due';
import { isExpired, type Holds } from '../transactions/hold';
import { applyChange, lockTransactionsForUpdate, writeChanges, type LockedTransaction } from '../transactions/moves';
import type { OutcomeRecorder } from '../transactions/record-outcome';
import { checkedAnswer } from './answers';
import { acknowledgeAttempts, insertAttempts, type Acknowledgement, type Attempt } from './attempts';
import type { PayoutConnector, PayoutInstruction, PreparedRequest, ProviderBeneficiaryRefs, ProviderOutcome, ProviderRegistry } from './provider-port';

/**
 * Sending. Contact and fund account first; then, for each transaction:
 *   begin   one database transaction: held -> dispatched, attempt row {our reference, body hash, send_before}, next_poll_at;
 *   call    the provider, with no database transaction open and only while now < send_before;
 *   record  the answer, in a database transaction of its own.
 * A job that loses the compare-and-set ends; a process that was frozen between begin and call finds send_before passed and does not send.
 */
export interface Sender { send(ids: readonly string[]): Promise<SendReport> }
export interface SendReport { due: Due[]; finished: string[]; errors: Error[] }

export interface SenderDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry;
  beneficiaries: Beneficiaries;
  recorder: OutcomeRecorder;
  holds: Holds;
  /** Told at named points; for tests that freeze or kill the process there. */
  onPoint?(point: 'before_begin' | 'begun' | 'answered'): Promise<void> | void;
}

const RETRY_MS = 2_000;
const MIN_POSTPONE_MS = 100;

interface HeldPayout {
  id: string;
  provider: string;
  amountPaise: bigint;
  currency: 'INR';
  attemptNo: number;
  expiresAt: Date;
  mode: PayoutInstruction['mode'];
  narration: string | null;
  beneficiary: SealedBeneficiary;
  refs: ProviderBeneficiaryRefs | null;
}

interface Begin { payout: HeldPayout; instruction: PayoutInstruction; prepared: PreparedRequest }
interface Begun { attempt: Attempt; row: LockedTransaction }
/** Gathered: transactions that are sent together are written together. */
interface Steps { begin(b: Begin): Promise<Begun | undefined>; acknowledge(a: Acknowledgement): Promise<void> }

export function createSender(deps: SenderDependencies): Sender {
  const steps: Steps = {
    begin: createGather((begins) => beginGathered(deps, begins), { maxBatch: 200, maxRunning: 2 }),
    acknowledge: createGather(async (list) => {
      await acknowledgeAttempts(deps.knex, list);
      return list.map(() => undefined);
    }, { maxBatch: 500 }),
  };
  // No more are begun than the provider is called at once: one that is begun and waits in line for its call would be asked about before it is sent.
  const lanes = new Map<string, BulkheadPolicy>();
  const laneOf = (provider: string): BulkheadPolicy => {
    const lane = lanes.get(provider) ?? bulkhead(deps.policies.provider(provider).maxInFlight, Infinity);
    lanes.set(provider, lane);
    return lane;
  };
  return {
    async send(ids) {
      const report: SendReport = { due: [], finished: [], errors: [] };
      await Promise.all((await readHeld(deps.knex, ids)).map(async (payout) => {
        try {
          await laneOf(payout.provider).execute(() => sendOne(deps, steps, payout, report));
        } catch (error) {
          report.errors.push(error instanceof Error ? error : new Error('send failed', { cause: error }));
        }
      }));
      return report;
    },
  };
}

async function sendOne(deps: SenderDependencies, steps: Steps, payout: HeldPayout, report: SendReport): Promise<void> {
  if (isExpired(payout, deps.clock.now())) {
    if (await deps.holds.release(payout.id, 'TRANSACTION_EXPIRED', 'send')) report.finished.push(payout.id);
    return;
  }
  const connector = deps.providers.payout(payout.provider);
  const admission = await connector.admit();
  if (!admission.ok) return postpone(deps, payout.id, admission.retryAfterMs);
  const registered = await registeredRefs(deps, connector, payout);
  if (!registered.ok) {
    // No payout exists. A definite refusal of the beneficiary ends it; anything else is tried again by the row.
    if (registered.outcome.kind !== 'failed') return postpone(deps, payout.id, registered.outcome.retryAfterMs ?? RETRY_MS);
    if (await deps.holds.release(payout.id, registered.outcome.rawReason ?? 'PROVIDER_REJECTED', 'send')) report.finished.push(payout.id);
    return;
  }
  await deps.onPoint?.('before_begin');
  const instruction = instructionOf(deps, payout, registered.refs);
  const prepared = await prepare(deps, connector, payout, instruction, report);
  if (prepared === undefined) return;
  const begun = await steps.begin({ payout, instruction, prepared });
  if (begun === undefined) return;
  await deps.onPoint?.('begun');
  const askedAt = deps.clock.now();
  const policy = deps.policies.provider(payout.provider);
  const { sendBefore } = begun.attempt;
  const limits = { sendBefore, admitted: true, timeouts: { connectMs: policy.connectTimeoutMs, totalMs: policy.totalTimeoutMs } };
  const answer = checkedAnswer(askedAt < sendBefore ? await connector.sendPayout(instruction, prepared, limits) : notSent('<send_before passed>'), payout.amountPaise);
  await deps.onPoint?.('answered');
  if (answer.kind === 'pending') {
    return steps.acknowledge({ transactionId: payout.id, attemptNo: begun.attempt.attemptNo, reason: answer.rawReason ?? answer.rawStatus, providerReference: answer.providerReference ?? null, at: deps.clock.now() });
  }
  const recorded = await deps.recorder.record({
    transactionId: payout.id, attemptNo: begun.attempt.attemptNo, source: 'dispatch', askedAt, answer,
    sendBefore, nextPollAt: addMs(deps.clock.now(), policy.pollScheduleMs[0]!),
  });
  if (recorded.due !== undefined) report.due.push(recorded.due);
}

function notSent(rawStatus: string): ProviderOutcome { return { kind: 'unknown', sent: false, rawStatus }; }

/** The transaction stays held, and is driven again then. Waiting for the provider is no fruitless drive: it ends with the transaction's expiry. */
async function postpone(deps: SenderDependencies, id: string, afterMs: number): Promise<void> {
  await execute(deps.knex, 'update transactions set due_at = ?, drives = 0 where id = ? and state = \'held\'', [addMs(deps.clock.now(), Math.max(afterMs, MIN_POSTPONE_MS)), id]);
}

/** What the provider's contract cannot express was never sent: the hold is released. */
async function prepare(deps: SenderDependencies, connector: PayoutConnector, payout: HeldPayout, instruction: PayoutInstruction, report: SendReport): Promise<PreparedRequest | undefined> {
  try {
    return connector.preparePayout(instruction);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (await deps.holds.release(payout.id, error.code, 'send')) report.finished.push(payout.id);
    return undefined;
  }
}

type Registered = { ok: true; refs: ProviderBeneficiaryRefs } | { ok: false; outcome: ProviderOutcome };

async function registeredRefs(deps: SenderDependencies, connector: PayoutConnector, payout: HeldPayout): Promise<Registered> {
  if (payout.refs !== null) return { ok: true, refs: payout.refs };
  const registered = await connector.registerBeneficiary(deps.beneficiaries.open(payout.beneficiary));
  if (!registered.ok) return registered;
  return { ok: true, refs: await deps.beneficiaries.saveProviderRefs(deps.knex, payout.beneficiary.id, connector.name, registered.refs) };
}

function instructionOf(deps: SenderDependencies, payout: HeldPayout, refs: ProviderBeneficiaryRefs): PayoutInstruction {
  return {
    ourReference: shortReference(deps.clock.now()),
    // One key for each attempt: the same instruction, whoever sends it, is one payout at the provider.
    idempotencyKey: derivedUuid(payout.id, `attempt|${payout.attemptNo + 1}`),
    amountPaise: payout.amountPaise, currency: payout.currency, mode: payout.mode, narration: payout.narration, refs,
  };
}

async function beginGathered(deps: SenderDependencies, begins: Begin[], tries = 1): Promise<(Begun | undefined | Error)[]> {
  try {
    return await deps.knex.transaction((trx) => beginBatch(trx, deps, begins));
  } catch (error) {
    if (isConnectionError(error)) return begins.map(() => new DomainError('SERVICE_UNAVAILABLE', { cause: error }));
    if (isRetryableError(error) && tries < 4) return beginGathered(deps, begins, tries + 1);
    if (begins.length === 1) return [error as Error];
    const alone: (Begun | undefined | Error)[] = [];
    for (const b of begins) alone.push(...await beginGathered(deps, [b]));
    return alone;
  }
}

async function beginBatch(trx: Knex.Transaction, deps: SenderDependencies, begins: readonly Begin[]): Promise<(Begun | undefined)[]> {
  const locked = await lockTransactionsForUpdate(trx, [...new Set(begins.map((b) => b.payout.id))]);
  const now = deps.clock.now();
  const taken = new Set<string>();
  const results = begins.map(({ payout, instruction, prepared }): Begun | undefined => {
    const row = locked.get(payout.id);
    // An expired one is left to its row: the next drive gives it back.
    if (row === undefined || row.state !== 'held' || row.attemptNo !== payout.attemptNo || isExpired(row, now) || taken.has(payout.id)) return undefined;
    taken.add(payout.id);
    const policy = deps.policies.provider(payout.provider);
    const sendBefore = addMs(now, policy.sendWindowMs);
    const attemptNo = row.attemptNo + 1;
    const set = { attemptNo, sendBefore, dueAt: null, drives: 0, driveNo: row.driveNo + 1, pollNo: 0, nextPollAt: addMs(now, policy.pollScheduleMs[0]!), statusReason: null };
    const { row: after } = applyChange(row, { to: 'dispatched', actor: 'send', reason: 'sending', set });
    return {
      row: after,
      attempt: { transactionId: payout.id, attemptNo, provider: payout.provider, ourReference: instruction.ourReference, idempotencyKey: instruction.idempotencyKey, refs: instruction.refs, bodyHash: prepared.bodyHash, sendBefore, sendCount: 1, createdAt: now },
    };
  });
  const begun = results.filter((r): r is Begun => r !== undefined);
  await writeChanges(trx, begun.map((b) => ({ row: b.row, event: { transactionId: b.row.id, seq: b.row.moveCount, from: 'held', to: 'dispatched', actor: 'send', reason: `attempt_${b.attempt.attemptNo}`, journalId: null } })), now);
  await insertAttempts(trx, begun.map((b) => b.attempt));
  return results;
}

async function readHeld(knex: Knex, ids: readonly string[]): Promise<HeldPayout[]> {
  const found = await rows<Omit<HeldPayout, 'beneficiary'> & { beneficiaryId: string; kind: 'bank' | 'vpa'; nameSealed: string; accountSealed: string; ifsc: string | null }>(knex, `
    select t.id, t.provider, t.amount_paise as "amountPaise", t.currency, t.attempt_no as "attemptNo", t.expires_at as "expiresAt", p.mode, p.narration,
      b.id as "beneficiaryId", b.kind, b.name_sealed as "nameSealed", b.account_sealed as "accountSealed", b.ifsc, pb.refs
    from transactions t join payouts p on p.transaction_id = t.id join beneficiaries b on b.id = p.beneficiary_id
      left join provider_beneficiaries pb on pb.beneficiary_id = b.id and pb.provider = t.provider
    where t.id = any(?::uuid[]) and t.state = 'held'`, [ids]);
  return found.map(({ beneficiaryId, kind, nameSealed, accountSealed, ifsc, ...p }) => ({ ...p, beneficiary: { id: beneficiaryId, kind, nameSealed, accountSealed, ifsc, fingerprint: Buffer.alloc(0), hint: '' } }));
}
