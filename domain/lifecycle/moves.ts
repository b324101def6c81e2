import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { mayMove, type State } from './lifecycle';

/**
 * The only place that moves a transaction's state. Protocol: lock the rows in the order of their ids, decide on what was read under the lock,
 * write rows and events with one statement each; a row count other than the expected one rolls everything back.
 */

/** The result of all effects recorded so far. `late_success`: the provider did it after we had called it failed. */
export type KnownOutcome =
  | 'succeeded'
  | 'failed'
  | 'reversed'
  | 'late_success'
  | 'refund_pending'
  | 'refunded';

/** What a decision may look at: the mutable part of a transaction, read under its row lock. */
export interface LockedTransaction {
  id: string;
  state: State;
  attemptNo: number;
  sendBefore: Date | null;
  /** What is known, posted or not; undefined facts are null. */
  outcome: KnownOutcome | null;
  outcomeAt: Date | null;
  outcomeCount: number;
  effectCount: number;
  postedCount: number;
  moveCount: number;
  driveNo: number;
  /** Fruitless drives since the work became due. */
  drives: number;
  dueAt: Date | null;
  nextPollAt: Date | null;
  pollNo: number;
  statusReason: string | null;
  /** When a callback that is not believed said that the money came back; null when none did, or an inquiry has answered it since. */
  reversalToldAt: Date | null;
  providerReference: string | null;
  utr: string | null;
  expiresAt: Date;
  /** A success that is recorded later than this is for a person to look at: who waited for it has gone. */
  answerBefore: Date | null;
  finishedAt: Date | null;
}

/** A change to a locked row. With `to` it is a move and writes an event; without, the state stays. */
export interface TransactionChange {
  to?: State;
  actor: string;
  /** A stable code (`hold_posted`, `LEDGER_INSUFFICIENT_FUNDS`). */
  reason: string;
  journalId?: string;
  set: Partial<Omit<LockedTransaction, 'id' | 'state' | 'moveCount' | 'expiresAt' | 'answerBefore'>>;
}

export interface TransactionEvent {
  transactionId: string;
  seq: number;
  from: State;
  to: State;
  actor: string;
  reason: string;
  journalId: string | null;
}

export interface ChangeResult {
  row: LockedTransaction;
  event: TransactionEvent | undefined;
}

/** Applies a change to a row in memory; pure. Throws DomainError TRANSACTION_MOVE_REFUSED when the lifecycle has no such move. */
export function applyChange(row: LockedTransaction, change: TransactionChange): ChangeResult {
  const next: LockedTransaction = { ...row, ...change.set };
  if (change.to === undefined) return { row: next, event: undefined };
  if (!mayMove(row.state, change.to))
    throw new DomainError('TRANSACTION_MOVE_REFUSED', {
      detail: `no move from ${row.state} to ${change.to}`,
    });
  next.state = change.to;
  next.moveCount = row.moveCount + 1;
  return {
    row: next,
    event: {
      transactionId: row.id,
      seq: next.moveCount,
      from: row.state,
      to: change.to,
      actor: change.actor,
      reason: change.reason,
      journalId: change.journalId ?? null,
    },
  };
}

const COLUMNS = `id, state, attempt_no as "attemptNo", send_before as "sendBefore", outcome, outcome_at as "outcomeAt", outcome_count as "outcomeCount", effect_count as "effectCount",
  posted_count as "postedCount", move_count as "moveCount", drive_no as "driveNo", drives, due_at as "dueAt", next_poll_at as "nextPollAt", poll_no as "pollNo",
  status_reason as "statusReason", reversal_told_at as "reversalToldAt", provider_reference as "providerReference", utr, expires_at as "expiresAt", answer_before as "answerBefore", finished_at as "finishedAt"`;

/** Locks the rows in the order of their ids and reads them. Ids that do not exist are missing in the answer. */
export async function lockTransactionsForUpdate(
  trx: Knex.Transaction,
  ids: readonly string[],
): Promise<Map<string, LockedTransaction>> {
  if (ids.length === 0) return new Map();
  // The locked read returns the newest version of each row, also when it had to wait.
  const found = await rows<LockedTransaction>(
    trx,
    `select ${COLUMNS} from transactions where id = any(?::uuid[]) order by id for no key update`,
    [ids],
  );
  return new Map(found.map((row) => [row.id, row]));
}

/** Writes changed rows and their events. Throws when a row count differs from what was expected. */
export async function writeChanges(
  trx: Knex.Transaction,
  results: readonly ChangeResult[],
  at: Date,
): Promise<void> {
  if (results.length === 0) return;
  const r = results.map((x) => x.row);
  const written = await execute(
    trx,
    `
    update transactions t set state = n.state, attempt_no = n.attempt_no, send_before = n.send_before, outcome = n.outcome, outcome_at = n.outcome_at, outcome_count = n.outcome_count, effect_count = n.effect_count,
      posted_count = n.posted_count, move_count = n.move_count, drive_no = n.drive_no, drives = n.drives, due_at = n.due_at, next_poll_at = n.next_poll_at, poll_no = n.poll_no,
      status_reason = n.status_reason, reversal_told_at = n.reversal_told_at, provider_reference = n.provider_reference, utr = n.utr, finished_at = n.finished_at, updated_at = ?
    from unnest(?::uuid[], ?::text[], ?::int2[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::int4[], ?::int2[], ?::int2[], ?::int2[], ?::int4[], ?::int2[], ?::timestamptz[], ?::timestamptz[], ?::int2[],
      ?::text[], ?::timestamptz[], ?::text[], ?::text[], ?::timestamptz[])
      as n(id, state, attempt_no, send_before, outcome, outcome_at, outcome_count, effect_count, posted_count, move_count, drive_no, drives, due_at, next_poll_at, poll_no, status_reason, reversal_told_at, provider_reference, utr, finished_at)
    where t.id = n.id`,
    [
      at,
      r.map((x) => x.id),
      r.map((x) => x.state),
      r.map((x) => x.attemptNo),
      r.map((x) => x.sendBefore),
      r.map((x) => x.outcome),
      r.map((x) => x.outcomeAt),
      r.map((x) => x.outcomeCount),
      r.map((x) => x.effectCount),
      r.map((x) => x.postedCount),
      r.map((x) => x.moveCount),
      r.map((x) => x.driveNo),
      r.map((x) => x.drives),
      r.map((x) => x.dueAt),
      r.map((x) => x.nextPollAt),
      r.map((x) => x.pollNo),
      r.map((x) => x.statusReason),
      r.map((x) => x.reversalToldAt),
      r.map((x) => x.providerReference),
      r.map((x) => x.utr),
      r.map((x) => x.finishedAt),
    ],
  );
  if (written !== results.length)
    throw new Error(`${written} transactions were written where ${results.length} were expected`);
  await writeEvents(
    trx,
    results.flatMap((x) => x.event ?? []),
    at,
  );
}

async function writeEvents(
  trx: Knex.Transaction,
  events: readonly TransactionEvent[],
  at: Date,
): Promise<void> {
  if (events.length === 0) return;
  const written = await execute(
    trx,
    `
    insert into transaction_events (transaction_id, seq, from_state, to_state, actor, reason, journal_id, at)
    select e.*, ?::timestamptz from unnest(?::uuid[], ?::int2[], ?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[]) as e`,
    [
      at,
      events.map((e) => e.transactionId),
      events.map((e) => e.seq),
      events.map((e) => e.from),
      events.map((e) => e.to),
      events.map((e) => e.actor),
      events.map((e) => e.reason),
      events.map((e) => e.journalId),
    ],
  );
  if (written !== events.length)
    throw new Error(`${written} events were written where ${events.length} were expected`);
}
