import type { Knex } from 'knex';
import { deleteOver } from '../../platform/claim';
import type { Clock } from '../../platform/clock';

/**
 * Deletes up to `limit` counts of each table whose window is over: they say nothing any more. Returns how many of
 * the table that had most.
 */
export async function deleteOldOtpCounts(
  { knex, clock }: { knex: Knex; clock: Clock },
  { limit }: { limit: number },
): Promise<number> {
  let most = 0;
  for (const table of ['otp_sends', 'otp_tries']) {
    const ended = { table, key: 'key', over: 'window_ends_at <= :now', orderBy: 'window_ends_at' };
    most = Math.max(most, await deleteOver(knex, ended, { now: clock.now(), limit }));
  }
  return most;
}
