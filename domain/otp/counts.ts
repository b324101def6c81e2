import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute } from '../../platform/database';

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
    const deleted = await execute(
      knex,
      `delete from ${table} where key in (
        select key from ${table} where window_ends_at <= :now order by window_ends_at limit :limit
        for update skip locked)`,
      { now: clock.now(), limit },
    );
    most = Math.max(most, deleted);
  }
  return most;
}
