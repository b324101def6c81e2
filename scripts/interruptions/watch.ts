/** Looks on: how far work is overdue, and how much is unfinished. Samples are missing while the database is away. */
import type { Knex } from 'knex';
import { rows } from '../../platform/database';

export interface Sample {
  at: number;
  /** How long the most overdue row has been due, ms; 0 when none is. */
  overdueMs: number;
}

export interface Watch {
  /** The longest that a row was seen overdue, ms. */
  longestOverdueMs(): number;
  /** From `since` to the last sample in which a row was overdue by more than `toleranceMs`; 0 when there was none. */
  overdueUntilMs(since: number, toleranceMs: number): number;
  stop(): Promise<void>;
}

const EVERY_MS = 250;

/** A row is overdue when a loop should have queued it by now: work of a transaction or a callback, or an inquiry. */
const OVERDUE = `select coalesce(max(age), 0)::float8 as seconds from (
  select extract(epoch from clock_timestamp() - min(due_at)) as age from transactions where due_at < clock_timestamp()
  union all select extract(epoch from clock_timestamp() - min(next_poll_at)) from transactions where next_poll_at < clock_timestamp() and posted_count = effect_count
  union all select extract(epoch from clock_timestamp() - min(due_at)) from callbacks where due_at < clock_timestamp()) a`;

export function startWatch(knex: Knex): Watch {
  const samples: Sample[] = [];
  const state = { stopped: false };
  const running = (async () => {
    while (!state.stopped) {
      try {
        const [found] = await rows<{ seconds: number }>(knex, OVERDUE);
        samples.push({ at: Date.now(), overdueMs: found!.seconds * 1_000 });
      } catch { /* the database is away: it is looked at again */ }
      await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
    }
  })();
  return {
    longestOverdueMs: () => samples.reduce((longest, sample) => Math.max(longest, sample.overdueMs), 0),
    overdueUntilMs: (since, toleranceMs) => samples.reduce((last, s) => (s.at > since && s.overdueMs > toleranceMs ? s.at - since : last), 0),
    async stop() { state.stopped = true; await running; },
  };
}

/** What is not finished, in words and numbers; all 0 when the platform is at rest. */
export interface Unfinished {
  /** Transactions that neither ended nor are a case. */
  open: number;
  /** Transactions that have not ended, but are an open case. */
  cases: number;
  /** Recorded outcomes that are not posted. */
  unposted: number;
  /** Stored callbacks that are not processed. */
  callbacks: number;
}

export async function readUnfinished(knex: Knex): Promise<Unfinished> {
  const [found] = await rows<Unfinished>(knex, `
    with open as (
      select t.id, exists (select 1 from ops_cases c where c.transaction_id = t.id and c.closed_at is null) as is_case
      from transactions t where t.state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review'))
    select (select count(*) from open where not is_case)::int as open, (select count(*) from open where is_case)::int as cases,
      (select count(*) from transactions where posted_count < effect_count)::int as unposted, (select count(*) from callbacks where state = 'received')::int as callbacks`);
  return found!;
}
