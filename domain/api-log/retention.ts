import type { Knex } from 'knex';
import { deleteOver, type Outdated } from '../../platform/claim';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';

const DAY_MS = 86_400_000;

/**
 * Deletes lines that are past their time (`api_log_policies`; CERT-In requires 180 days or more), the oldest
 * first, at most `limit`. Returns their number. The database itself refuses to delete a younger line. Safe in
 * several processes at once.
 */
export async function deleteOldCalls(
  deps: { knex: Knex; clock: Clock },
  options: { limit: number },
): Promise<number> {
  const [policy] = await rows<{ days: number | null }>(deps.knex, 'select api_log_keep_days() as days');
  if (policy === undefined || policy.days === null) return 0;
  // A minute for clocks that differ: the database compares with its own.
  const cutoff = addMs(deps.clock.now(), -policy.days * DAY_MS - 60_000);
  return deleteOver(deps.knex, OLD_CALLS, { cutoff: firstUuidAt(cutoff), limit: options.limit });
}

const OLD_CALLS: Outdated = { table: 'api_calls', key: 'id', over: 'id < :cutoff', orderBy: 'id' };
