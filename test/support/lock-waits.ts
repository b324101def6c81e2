import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/** How many sessions of this database wait for a lock; other tests use other databases of the same server. */
export async function waitingForLocks(db: Knex): Promise<number> {
  const [found] = await rows<{ n: number }>(
    db,
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return found!.n;
}
