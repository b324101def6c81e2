import { transactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { claimDue, type Claim } from '../../platform/claim';
import type { Ids } from '../../platform/ids';
import { openCases, type NewCase } from '../cases/cases';
import { claimOverdueWork, driveGapSql } from '../lifecycle/drives';
import { MAX_DRIVES, type Due } from '../lifecycle/due';

/**
 * Re-driving: claims rows whose work is overdue (partial index, SKIP LOCKED), pushes their time by back-off,
 * raises their drive number, commits; the caller then queues them. Losing every queued job therefore loses
 * nothing. Ten fruitless drives raise a case; driving goes on.
 */
export interface Claimed {
  due: Due[];
  exhausted: number;
}

/** Claims overdue transactions, at most `limit`. `skip` names jobs whose queue has a backlog of its own. */
export async function claimOverdueTransactions(
  deps: { knex: Knex; clock: Clock; ids: Ids },
  options: { limit: number; only: readonly { job: string; provider?: string }[] },
): Promise<Claimed> {
  if (options.only.length === 0) return { due: [], exhausted: 0 };
  const now = deps.clock.now();
  const claimed = await claimOverdueWork(deps.knex, { ...options, now });
  const exhausted = await raise(deps, claimed, 'transaction', now);
  return {
    due: claimed.map((c) => ({
      job: c.job,
      id: c.id,
      driveNo: c.driveNo,
      ...(c.job === 'send' ? { lane: c.provider } : {}),
    })),
    exhausted,
  };
}

const OVERDUE_CALLBACKS: Claim = {
  table: 'callbacks',
  due: 'due_at <= :now and provider = any(:providers::text[])',
  orderBy: 'due_at',
  set: `drive_no = t.drive_no + 1, drives = least(t.drives + 1, 30000),
      due_at = :now::timestamptz + ${driveGapSql('t.drives + 1')}`,
  returning: 't.id, t.provider as lane, t.drive_no as "driveNo", t.drives',
};

/** Claims stored callbacks that were not processed in time. */
export async function claimOverdueCallbacks(
  deps: { knex: Knex; clock: Clock; ids: Ids },
  options: { limit: number; providers: readonly string[] },
): Promise<Claimed> {
  if (options.providers.length === 0) return { due: [], exhausted: 0 };
  const now = deps.clock.now();
  const claimed = await claimDue<{ id: string; lane: string; driveNo: number; drives: number }>(
    deps.knex,
    OVERDUE_CALLBACKS,
    { now, providers: options.providers, limit: options.limit },
  );
  const exhausted = await raise(deps, claimed, 'callback', now);
  return {
    due: claimed.map((c) => ({ job: 'callback', lane: c.lane, id: c.id, driveNo: c.driveNo })),
    exhausted,
  };
}

async function raise(
  deps: { knex: Knex; ids: Ids },
  claimed: readonly { id: string; drives: number }[],
  what: 'transaction' | 'callback',
  now: Date,
): Promise<number> {
  const exhausted = claimed.filter((c) => c.drives >= MAX_DRIVES);
  const cases = exhausted.map((c): NewCase => ({
    kind: 'drives_exhausted',
    subject: `${what}:${c.id}`,
    ...(what === 'transaction' ? { transactionId: transactionId(c.id) } : {}),
    summary: `driven ${c.drives} times without effect; driving goes on`,
  }));
  await openCases(deps.knex, deps.ids, cases, now);
  return exhausted.length;
}
