import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { releaseUnsent } from '../lifecycle/drives';
import { applyChange, lockTransactionsForUpdate, writeChanges } from '../lifecycle/moves';
import { acceptIdentity } from './identity';

/**
 * Restore mode. A restored database is behind the world: a transaction that is accepted, held or dispatched
 * in it may have been sent and paid since. `begin` marks each of them. A marked transaction is neither sent
 * nor given up (the database refuses it) until its provider has been asked about it (ask.ts).
 */
export interface Restores {
  /**
   * `point`: what was written after it is lost. Every process is stopped meanwhile. Returns the number of
   * transactions to ask about. Throws RestoreRefused.
   */
  begin(restore: { point: Date; reason: string; by: string }): Promise<{ toAsk: number }>;
  /** The database was moved and nothing was lost. Throws RestoreRefused while a restore is open. */
  declareMove(move: { reason: string; by: string }): Promise<void>;
  status(): Promise<RestoreStatus>;
  /** Throws RestoreRefused while a transaction is still to be asked about. */
  finish(by: string): Promise<void>;
  /** A person has seen to this transaction at the provider: it goes on as usual. Throws RestoreRefused. */
  clear(transactionId: string, clearance: { reason: string; by: string }): Promise<void>;
}

export interface OpenRestore {
  id: string;
  point: Date;
  reason: string;
  begunAt: Date;
  begunBy: string;
}
export interface RestoreStatus {
  open: OpenRestore | undefined;
  /** Transactions of the open restore that are still to be asked about. */
  toAsk: { state: string; provider: string; count: number }[];
  answered: { answer: string; count: number }[];
}

export type RestoreProblem =
  | 'RESTORE_ALREADY_OPEN'
  | 'RESTORE_NOT_OPEN'
  | 'RESTORE_UNANSWERED'
  | 'RESTORE_POINT_INVALID'
  | 'RESTORE_NOTHING_TO_CLEAR';

/** The command cannot be carried out; the message says what to do. */
export class RestoreRefused extends Error {
  constructor(
    readonly code: RestoreProblem,
    message: string,
  ) {
    super(message);
  }
}

/** The open restore, if there is one. */
export async function readOpenRestore(db: Knex | Knex.Transaction): Promise<OpenRestore | undefined> {
  const [open] = await rows<OpenRestore>(
    db,
    `
    select id, point, reason, begun_at as "begunAt", begun_by as "begunBy"
    from restores where finished_at is null`,
  );
  return open;
}

interface RestoreDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
}

export function createRestores(deps: RestoreDependencies): Restores {
  const { knex } = deps;
  return {
    begin: (restore) => knex.transaction((trx) => begin(trx, deps, restore)),
    declareMove: (move) => knex.transaction((trx) => declareMove(trx, deps, move)),
    status: () => readStatus(knex),
    finish: (by) => knex.transaction((trx) => finish(trx, by, deps.clock.now())),
    clear: (transactionId, clearance) =>
      knex.transaction((trx) => clear(trx, transactionId, clearance, deps.clock.now())),
  };
}

async function begin(
  trx: Knex.Transaction,
  deps: RestoreDependencies,
  { point, reason, by }: { point: Date; reason: string; by: string },
): Promise<{ toAsk: number }> {
  const now = deps.clock.now();
  if (!(point <= now))
    throw new RestoreRefused('RESTORE_POINT_INVALID', 'the restore point is a time in the past');
  await refuseWhileOpen(trx);
  const id = deps.ids.uuid();
  await insertOne(trx, 'restores', { id, kind: 'restore', point, reason, begun_at: now, begun_by: by });
  await holdStopped(trx, now);
  const toAsk = await markTransactions(trx, id, now);
  await acceptIdentity(trx, now);
  await audit(trx, { action: 'restore.begin', restoreId: id, by, at: now, detail: { toAsk } });
  return { toAsk };
}

async function declareMove(
  trx: Knex.Transaction,
  deps: RestoreDependencies,
  { reason, by }: { reason: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  await refuseWhileOpen(trx);
  const id = deps.ids.uuid();
  const times = { begun_at: now, begun_by: by, finished_at: now, finished_by: by };
  await insertOne(trx, 'restores', { id, kind: 'move', reason, ...times });
  await acceptIdentity(trx, now);
  await audit(trx, { action: 'restore.none', restoreId: id, by, at: now, detail: {} });
}

async function finish(trx: Knex.Transaction, by: string, now: Date): Promise<void> {
  const { id } = await requireOpen(trx);
  const [left] = await rows<{ count: number }>(
    trx,
    'select count(*)::int as count from transactions where restore_id = ?',
    [id],
  );
  if (left!.count > 0)
    throw new RestoreRefused(
      'RESTORE_UNANSWERED',
      `${left!.count} transactions are still to be asked about: let the processes run, see their cases`,
    );
  await execute(trx, 'update restores set finished_at = :now, finished_by = :by where id = :id', {
    now,
    by,
    id,
  });
  await audit(trx, { action: 'restore.finish', restoreId: id, by, at: now, detail: {} });
}

async function clear(
  trx: Knex.Transaction,
  transactionId: string,
  { reason, by }: { reason: string; by: string },
  now: Date,
): Promise<void> {
  const { id } = await requireOpen(trx);
  const answer = { restoreId: id, transactionId, answer: 'cleared', note: reason, now } as const;
  if (!(await answerQuestion(trx, answer)))
    throw new RestoreRefused(
      'RESTORE_NOTHING_TO_CLEAR',
      'this transaction does not wait for an answer of its provider',
    );
  const detail = { transaction: transactionId };
  await audit(trx, { action: 'restore.clear', restoreId: id, by, at: now, detail });
}

/**
 * Notes the answer and takes the mark away; what stays unfinished is driven, or asked about, at once. False
 * when it was answered before.
 */
export async function answerQuestion(
  trx: Knex.Transaction,
  {
    restoreId,
    transactionId,
    answer,
    note = null,
    now,
  }: {
    restoreId: string;
    transactionId: string;
    answer: 'found' | 'not_there' | 'ended' | 'cleared';
    note?: string | null;
    now: Date;
  },
): Promise<boolean> {
  const unmarked = await execute(
    trx,
    `
    update transactions set restore_id = null, updated_at = :now, drive_no = drive_no + 1, drives = 0,
      due_at = case when state in ('accepted', 'held') then :now else due_at end,
      next_poll_at = case when state = 'dispatched' and outcome is null then :now else next_poll_at end
    where id = :transactionId and restore_id = :restoreId`,
    { now, transactionId, restoreId },
  );
  if (unmarked === 0) return false;
  await execute(
    trx,
    `
    update restore_questions set answer = :answer, note = :note, answered_at = :now, ask_at = null
    where restore_id = :restoreId and transaction_id = :transactionId and answer is null`,
    { answer, note, now, restoreId, transactionId },
  );
  return true;
}

/**
 * What a person had been asked about before it was sent may have been released and paid since: it is asked about too.
 * Where its provider has nothing, it is stopped again before it is sent.
 */
async function holdStopped(trx: Knex.Transaction, now: Date): Promise<void> {
  const stopped = await rows<{ id: string }>(
    trx,
    "select id from transactions where ended_as is null and state = 'in_review' and attempt_no = 0",
  );
  const locked = await lockTransactionsForUpdate(
    trx,
    stopped.map(({ id }) => id),
  );
  const released = [...locked.values()].flatMap((row) => {
    const change = releaseUnsent(row, { actor: 'restore', reason: 'asked_after_restore', now });
    return change === undefined ? [] : [applyChange(row, change)];
  });
  await writeChanges(trx, released, now);
}

async function markTransactions(trx: Knex.Transaction, restoreId: string, now: Date): Promise<number> {
  return execute(
    trx,
    `
    with marked as (
      update transactions set restore_id = :restoreId
      where ended_as is null and (state in ('accepted', 'held') or (state = 'dispatched' and outcome is null))
      returning id)
    insert into restore_questions (restore_id, transaction_id, ask_at)
    select :restoreId::uuid, id, :now::timestamptz from marked`,
    { restoreId, now },
  );
}

async function readStatus(knex: Knex): Promise<RestoreStatus> {
  const open = await readOpenRestore(knex);
  if (open === undefined) return { open, toAsk: [], answered: [] };
  const toAsk = await rows<RestoreStatus['toAsk'][number]>(
    knex,
    `
    select state, provider, count(*)::int as count from transactions where restore_id = ?
    group by 1, 2 order by 1, 2`,
    [open.id],
  );
  const answered = await rows<RestoreStatus['answered'][number]>(
    knex,
    `
    select answer, count(*)::int as count from restore_questions where restore_id = ? and answer is not null
    group by 1 order by 1`,
    [open.id],
  );
  return { open, toAsk, answered };
}

async function refuseWhileOpen(trx: Knex.Transaction): Promise<void> {
  const open = await readOpenRestore(trx);
  if (open !== undefined)
    throw new RestoreRefused(
      'RESTORE_ALREADY_OPEN',
      `a restore to ${open.point.toISOString()} is open: finish it first`,
    );
}

async function requireOpen(trx: Knex.Transaction): Promise<OpenRestore> {
  const open = await readOpenRestore(trx);
  if (open === undefined) throw new RestoreRefused('RESTORE_NOT_OPEN', 'no restore is open');
  return open;
}

function audit(
  trx: Knex.Transaction,
  entry: {
    action: string;
    restoreId: string;
    by: string;
    at: Date;
    detail: Record<string, string | number>;
  },
): Promise<void> {
  const { action, restoreId, by, at, detail } = entry;
  return recordAudit(trx, {
    at,
    actor: by,
    action,
    subject: `restore:${restoreId}`,
    outcome: 'succeeded',
    detail,
  });
}
