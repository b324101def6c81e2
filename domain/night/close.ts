import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { NotYet, type NightContext, type NightStep } from './step';

/**
 * Closes the day: after it nothing of the day can be written any more. Who writes a row of the day has begun its
 * database transaction before the night was opened; the step waits until all of those have ended. Transactions that are
 * known to be of another database of the server write nothing of ours.
 */
export function createCloseStep({ knex }: { knex: Knex }): NightStep {
  return { kind: 'close', dependsOn: [], run: (context) => close(knex, context) };
}

const SOON_MS = 1_000;

async function close(knex: Knex, { date }: NightContext): Promise<undefined> {
  await execute(
    knex,
    `update nights set horizon = pg_snapshot_xmax(pg_current_snapshot())
    where business_date = ?::date and horizon is null`,
    [date],
  );
  const [night] = await rows<{ isOver: boolean }>(knex, IS_OVER, [date]);
  if (night?.isOver !== true) throw new NotYet('what was being written when the day ended', SOON_MS);
  await execute(
    knex,
    'update nights set closed_at = clock_timestamp() where business_date = ?::date and closed_at is null',
    [date],
  );
  return undefined;
}

/** One that has ended since the snapshot has no session any more; it counts as ours until the next look. */
const IS_OVER = `
  select not exists (
    select from pg_snapshot_xip(pg_current_snapshot()) as running(id)
    where running.id < n.horizon
      and not exists (select from pg_stat_activity a where a.backend_xid = running.id::xid
        and a.datid <> (select oid from pg_database where datname = current_database()))
      and not exists (select from pg_prepared_xacts p where p.transaction = running.id::xid
        and p.database <> current_database())) as "isOver"
  from nights n where n.business_date = ?::date`;
