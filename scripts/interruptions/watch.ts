/**
 * Looks on: how far work is overdue, and how much is unfinished. Samples are missing while the database is
 * away.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';

export interface Sample {
  at: number;
  /** How long the most overdue row of each kind of work has been due, ms; kinds without one are missing. */
  overdueMs: Record<string, number>;
  /** Of all processes to the database. */
  connections: number;
}

export interface Watch {
  samples: readonly Sample[];
  mostConnections(): number;
  /** The longest that a row was seen overdue, ms. */
  longestOverdueMs(): number;
  /**
   * From `since` to the last sample in which a row was overdue by more than `toleranceMs`; 0 when there was
   * none.
   */
  overdueUntilMs(since: number, toleranceMs: number): number;
  stop(): Promise<void>;
}

const EVERY_MS = 250;

/**
 * A row is overdue when a loop should have queued it by now: work of a transaction or a callback, or an
 * inquiry. One that is to be asked about again may carry an older time than that at which this was decided.
 */
const OVERDUE = `select kind, extract(epoch from clock_timestamp() - due)::float8 * 1000 as ms from (
  select due_job as kind, min(due_at) as due from transactions
    where due_from < clock_timestamp() and due_at < clock_timestamp() group by 1
  union all select 'poll', min(greatest(next_poll_at, updated_at)) from transactions
    where poll_from < clock_timestamp() and next_poll_at < clock_timestamp() and posted_count = effect_count
  union all select 'callback', min(due_at) from callbacks where due_at < clock_timestamp()) a where due is not null`;

const CONNECTIONS = `select count(*)::int as connections from pg_stat_activity where backend_type = 'client backend'`;

export function startWatch(knex: Knex): Watch {
  const samples: Sample[] = [];
  const state = { stopped: false };
  const running = (async () => {
    while (!state.stopped) {
      try {
        const found = await rows<{ kind: string; ms: number }>(knex, OVERDUE);
        const [open] = await rows<{ connections: number }>(knex, CONNECTIONS);
        samples.push({
          at: Date.now(),
          connections: open!.connections,
          overdueMs: Object.fromEntries(found.map((row) => [row.kind, Math.round(row.ms)])),
        });
      } catch {
        /* the database is away: it is looked at again */
      }
      await pause(EVERY_MS);
    }
  })();
  return {
    samples,
    mostConnections: () => Math.max(0, ...samples.map(({ connections }) => connections)),
    longestOverdueMs: () => samples.reduce((longest, sample) => Math.max(longest, worst(sample)), 0),
    overdueUntilMs: (since, toleranceMs) =>
      samples.reduce((last, s) => (s.at > since && worst(s) > toleranceMs ? s.at - since : last), 0),
    async stop() {
      state.stopped = true;
      await running;
    },
  };
}

function worst(sample: Sample): number {
  return Math.max(0, ...Object.values(sample.overdueMs));
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
  const [found] = await rows<Unfinished>(
    knex,
    `
    with open as (
      select t.id, exists (select 1 from ops_cases c where c.transaction_id = t.id and c.closed_at is null) as is_case
      from transactions t where t.ended_as is null)
    select (select count(*) from open where not is_case)::int as open,
      (select count(*) from open where is_case)::int as cases,
      (select count(*) from transactions where posted_count < effect_count)::int as unposted,
      (select count(*) from callbacks where state = 'received')::int as callbacks`,
  );
  return found!;
}
