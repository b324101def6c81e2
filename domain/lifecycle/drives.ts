import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { claimDue, type Claim } from '../../platform/claim';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { driveGapMs, firstDriveAt, MAX_DRIVES, type Due } from './due';
import type { LockedTransaction, TransactionChange } from './moves';

/**
 * The writers of `due_at` and `send_before` that change no state: they decide when work on a transaction is
 * driven.
 */

/**
 * Begins the next attempt of a held transaction; from here on the provider is asked about it, under the
 * references of this attempt alone.
 */
export function beginAttempt(
  row: LockedTransaction,
  {
    actor,
    sendBefore,
    nextPollAt,
    attemptNo = row.attemptNo + 1,
  }: { actor: string; sendBefore: Date; nextPollAt: Date; attemptNo?: number },
): TransactionChange {
  return {
    to: 'dispatched',
    actor,
    reason: `attempt_${attemptNo}`,
    set: {
      attemptNo,
      sendBefore,
      dueAt: null,
      drives: 0,
      driveNo: row.driveNo + 1,
      pollNo: 0,
      nextPollAt,
      statusReason: null,
      providerReference: null,
      utr: null,
    },
  };
}

/**
 * Stops a held transaction of which nothing was ever sent: a person looks first. Undefined where that is too late. Callers
 * read that it is under review, never why: whoever is suspected must not learn it.
 */
export function stopForReview(row: LockedTransaction, reason: string): TransactionChange | undefined {
  if (row.state !== 'held' || row.attemptNo > 0) return undefined;
  return {
    to: 'in_review',
    actor: 'risk',
    reason,
    set: { dueAt: null, drives: 0, driveNo: row.driveNo + 1 },
  };
}

/**
 * Lets a transaction go that was stopped before it was ever sent; undefined for any other. It is driven at once, or at
 * `dueAt`.
 */
export function releaseUnsent(
  row: LockedTransaction,
  {
    actor,
    reason,
    now,
    dueAt = now,
  }: { actor: 'checker' | 'restore'; reason: string; now: Date; dueAt?: Date },
): TransactionChange | undefined {
  if (row.state !== 'in_review' || row.attemptNo > 0 || row.outcomeCount > 0) return undefined;
  return { to: 'held', actor, reason, set: { dueAt, drives: 0, driveNo: row.driveNo + 1 } };
}

/** The time in which it may be sent begins anew, as long as it was: people have looked meanwhile. Needs the lock. */
export async function renewExpiry(trx: Knex.Transaction, id: string, now: Date): Promise<void> {
  await execute(
    trx,
    `update transactions
     set expires_at = greatest(expires_at, :now::timestamptz + (expires_at - created_at)) where id = :id`,
    { id, now },
  );
}

/** It may be sent until then, and is given up there if it was not. Needs the lock. */
export async function extendExpiry(trx: Knex.Transaction, id: string, until: Date): Promise<void> {
  await execute(
    trx,
    'update transactions set expires_at = greatest(expires_at, :until::timestamptz) where id = :id',
    { id, until },
  );
}

/** What has waited in `held` for somebody is sent now. Needs the lock. */
export async function sendNow(trx: Knex.Transaction, id: string, now: Date): Promise<Due> {
  const [driven] = await rows<{ driveNo: number }>(
    trx,
    `update transactions set due_at = :dueAt, drives = 0, drive_no = drive_no + 1 where id = :id and state = 'held'
     returning drive_no as "driveNo"`,
    { id, dueAt: firstDriveAt(now) },
  );
  return { job: 'send', id, driveNo: driven!.driveNo };
}

/**
 * Postpones the sending of transactions that are still held. Waiting for the provider does not count as a
 * fruitless drive. It ends when the transaction expires; for one that failed for our balance, when there is money.
 */
export async function postponeSends(knex: Knex, list: readonly { id: string; until: Date }[]): Promise<void> {
  await execute(
    knex,
    `
    with n as (
      select n.id, n.until from unnest(:ids::uuid[], :untils::timestamptz[]) as n(id, until)
      join transactions t on t.id = n.id order by n.id for no key update of t)
    update transactions t set due_at = n.until, drives = 0 from n where t.id = n.id and t.state = 'held'`,
    { ids: list.map(({ id }) => id), untils: list.map(({ until }) => until.toISOString()) },
  );
}

/** How long a transaction rests after it changed its road: two processes that see roads otherwise do not throw it to and fro. */
const ROAD_CHANGE_PAUSE_MS = 1_000;

/**
 * A held transaction of which nothing is under way goes by another provider from now on, and is sent from the queue of
 * that one when it is next driven. Nothing happens if it has moved on meanwhile. The database refuses it where an attempt
 * may have moved money (`transactions_change_roads`).
 */
export async function changeRoad(
  knex: Knex,
  { id, from, to, attemptNo, why, now }: RoadChange,
): Promise<void> {
  await execute(
    knex,
    `update transactions set provider = :to, route = :why, due_at = :dueAt, drives = 0, drive_no = drive_no + 1,
      updated_at = :now
    where id = :id and state = 'held' and provider = :from and attempt_no = :attemptNo and restore_id is null`,
    { id, from, to, attemptNo, why, dueAt: addMs(now, ROAD_CHANGE_PAUSE_MS), now },
  );
}

export interface RoadChange {
  id: string;
  from: string;
  to: string;
  /** Of its last attempt; 0 before the first. */
  attemptNo: number;
  why: string;
  now: Date;
}

/** After a restore another provider turns out to have it. Needs the lock, and the question of the restore still open. */
export async function roadFound(
  trx: Knex.Transaction,
  { id, restoreId, from, to }: { id: string; restoreId: string; from: string; to: string },
): Promise<void> {
  await execute(
    trx,
    `update transactions set provider = :to, route = :why
    where id = :id and restore_id = :restoreId`,
    { id, restoreId, to, why: `found with ${to} after a restore, thought to be with ${from}` },
  );
}

/** Sets the deadline for another send of the current attempt. Needs the lock on the row. */
export async function renewSendWindow(trx: Knex.Transaction, id: string, sendBefore: Date): Promise<void> {
  await execute(trx, 'update transactions set send_before = :sendBefore where id = :id', { sendBefore, id });
}

export interface ClaimedWork {
  id: string;
  job: Due['job'];
  provider: string;
  driveNo: number;
  drives: number;
}

/**
 * Claims transactions whose work is overdue, for the jobs in `only` (a `send` names its provider), and backs
 * off.
 */
export async function claimOverdueWork(
  knex: Knex,
  { only, limit, now }: { only: readonly { job: string; provider?: string }[]; limit: number; now: Date },
): Promise<ClaimedWork[]> {
  await claimDue<{ id: string }>(knex, DUE_LATER, { now, limit: PUT_BEHIND });
  return claimDue<ClaimedWork>(knex, OVERDUE_WORK, {
    now,
    limit,
    jobs: only.map(({ job }) => job),
    providers: only.map(({ provider }) => provider ?? ''),
  });
}

/** The gaps of driveGapMs as SQL: a list whose last element repeats. `drives` is an SQL expression. */
export function driveGapSql(drives: string): string {
  return `make_interval(secs => (array[${GAPS_S.join(', ')}])[least(${drives}, ${MAX_DRIVES})])`;
}
const GAPS_S = Array.from({ length: MAX_DRIVES }, (_, index) => driveGapMs(index + 1) / 1000);

/** The most rows of one round that were found too soon. */
export const PUT_BEHIND = 2_000;

/**
 * What is due is found by `due_from`, which stays while a transaction goes its way, so that no index is written with
 * each step. What has become due later meanwhile, or has nothing to do, is put behind here; null means not at all.
 */
const DUE_LATER: Claim = {
  table: 'transactions',
  due: 'due_from <= :now and (due_at is null or due_at > :now)',
  orderBy: 'due_from',
  set: 'due_from = t.due_at',
  returning: 't.id',
};

const OVERDUE_WORK: Claim = {
  table: 'transactions',
  // After a restore a transaction waits until its provider has been asked (domain/restore).
  due: `due_from <= :now and due_at <= :now and (restore_id is null or due_job = 'settle')
        and (due_job, case when due_job = 'send' then provider else '' end)
        in (select * from unnest(:jobs::text[], :providers::text[]))`,
  orderBy: 'due_from',
  // due_from is null for the trigger transactions_are_found, which takes the new due_at
  set: `drive_no = t.drive_no + 1, drives = least(t.drives + 1, 30000), due_from = null,
      due_at = :now::timestamptz + ${driveGapSql('t.drives + 1')}`,
  returning: 't.id, t.due_job as job, t.provider, t.drive_no as "driveNo", t.drives',
};

export interface ClaimedOverdue {
  id: TransactionId;
  service: string;
  state: string;
  expectedBy: Date;
}

const PAST_TURNAROUND: Claim = {
  table: 'transactions',
  due: 'ended_as is null and overdue_at is null and expected_by < :now',
  orderBy: 'expected_by',
  set: 'overdue_at = :now',
  returning: 't.id, t.service, t.state, t.expected_by as "expectedBy"',
};

/**
 * Claims transactions that are not final after their turnaround time, the longest overdue first. Each is
 * claimed once.
 */
export async function claimPastTurnaround(
  trx: Knex.Transaction,
  { limit, now }: { limit: number; now: Date },
): Promise<ClaimedOverdue[]> {
  return claimDue<ClaimedOverdue>(trx, PAST_TURNAROUND, { now, limit });
}
