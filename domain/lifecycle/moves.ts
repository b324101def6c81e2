import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import {
  insertAll,
  int2,
  int4,
  selectOf,
  table,
  text,
  timestamptz,
  updateAll,
  uuid,
  type ColumnsOf,
} from '../../platform/sql';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { mayMove, type State } from './lifecycle';

/**
 * The only place that moves a transaction's state. Protocol: lock the rows in the order of their ids, decide
 * on the values read under the lock, write rows and events with one statement each. An unexpected row count
 * rolls everything back.
 */

/**
 * The result of all effects recorded so far. `late_success`: the provider succeeded after we had called it
 * failed.
 */
export type KnownOutcome =
  | 'succeeded'
  | 'failed'
  | 'reversed'
  | 'late_success'
  | 'refund_pending'
  | 'refunded';

/** A transaction as read under its row lock; decisions use nothing else. */
export interface LockedTransaction {
  id: TransactionId;
  state: State;
  /** By which it goes; it changes only while nothing is under way (`changeRoad`). */
  provider: string;
  /** Fixed at acceptance; an answer with another amount is not believed. */
  amountPaise: Paise;
  /** What is passed on to the provider on top of the amount. */
  chargePaise: Paise;
  attemptNo: number;
  sendBefore: Date | null;
  /** The known outcome, posted or not; null while there is none. */
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
  /**
   * When the inquiry at `nextPollAt` was requested (after a contradiction or a hint); null if the cadence set
   * it.
   */
  askedForAt: Date | null;
  /** The latest attempt that the provider has mentioned, however vaguely: it was sent. */
  spokenOfAttempt: number | null;
  statusReason: string | null;
  /**
   * When an unsigned callback said that the money came back; null if none did or an inquiry has answered it
   * since.
   */
  reversalToldAt: Date | null;
  providerReference: string | null;
  utr: string | null;
  expiresAt: Date;
  /** A success recorded after this goes to manual review: the terminal that waited for it has gone. */
  answerBefore: Date | null;
  finishedAt: Date | null;
}

/** A change to a locked row. With `to` it is a move and writes an event; without `to` the state stays. */
export interface TransactionChange {
  to?: State;
  actor: string;
  /** A stable code (`hold_posted`, `LEDGER_INSUFFICIENT_FUNDS`). */
  reason: string;
  journalId?: string;
  set: Partial<
    Omit<
      LockedTransaction,
      'id' | 'state' | 'provider' | 'amountPaise' | 'chargePaise' | 'moveCount' | 'expiresAt' | 'answerBefore'
    >
  >;
}

export interface TransactionEvent {
  transactionId: TransactionId;
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

/**
 * Applies a change to a row in memory; pure. Throws DomainError TRANSACTION_MOVE_REFUSED when the lifecycle
 * has no such move.
 */
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

const COLUMNS = selectOf({
  id: 'id',
  state: 'state',
  provider: 'provider',
  amountPaise: 'amount_paise',
  chargePaise: 'charge_paise',
  attemptNo: 'attempt_no',
  sendBefore: 'send_before',
  outcome: 'outcome',
  outcomeAt: 'outcome_at',
  outcomeCount: 'outcome_count',
  effectCount: 'effect_count',
  postedCount: 'posted_count',
  moveCount: 'move_count',
  driveNo: 'drive_no',
  drives: 'drives',
  dueAt: 'due_at',
  nextPollAt: 'next_poll_at',
  pollNo: 'poll_no',
  askedForAt: 'asked_for_at',
  spokenOfAttempt: 'spoken_of_attempt',
  statusReason: 'status_reason',
  reversalToldAt: 'reversal_told_at',
  providerReference: 'provider_reference',
  utr: 'utr',
  expiresAt: 'expires_at',
  answerBefore: 'answer_before',
  finishedAt: 'finished_at',
} satisfies ColumnsOf<LockedTransaction>);

/** The columns that a change may write. */
const TRANSACTIONS = table<LockedTransaction>('transactions', {
  id: uuid((t) => t.id),
  state: text((t) => t.state),
  attempt_no: int2((t) => t.attemptNo),
  send_before: timestamptz((t) => t.sendBefore),
  outcome: text((t) => t.outcome),
  outcome_at: timestamptz((t) => t.outcomeAt),
  outcome_count: int4((t) => t.outcomeCount),
  effect_count: int2((t) => t.effectCount),
  posted_count: int2((t) => t.postedCount),
  move_count: int2((t) => t.moveCount),
  drive_no: int4((t) => t.driveNo),
  drives: int2((t) => t.drives),
  due_at: timestamptz((t) => t.dueAt),
  next_poll_at: timestamptz((t) => t.nextPollAt),
  poll_no: int2((t) => t.pollNo),
  asked_for_at: timestamptz((t) => t.askedForAt),
  spoken_of_attempt: int2((t) => t.spokenOfAttempt),
  status_reason: text((t) => t.statusReason),
  reversal_told_at: timestamptz((t) => t.reversalToldAt),
  provider_reference: text((t) => t.providerReference),
  utr: text((t) => t.utr),
  finished_at: timestamptz((t) => t.finishedAt),
});

const EVENTS = table<TransactionEvent>('transaction_events', {
  transaction_id: uuid((e) => e.transactionId),
  seq: int2((e) => e.seq),
  from_state: text((e) => e.from),
  to_state: text((e) => e.to),
  actor: text((e) => e.actor),
  reason: text((e) => e.reason),
  journal_id: uuid((e) => e.journalId),
});

/** Locks the rows in the order of their ids and reads them. Unknown ids are missing from the result. */
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
  const changed = results.map(({ row }) => row);
  const events = results.flatMap(({ event }) => event ?? []);
  await updateAll(trx, TRANSACTIONS, changed, { key: 'id', shared: { updated_at: at } });
  await insertAll(trx, EVENTS, events, { at });
}
