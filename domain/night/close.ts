import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { NotYet, type NightContext, type NightStep } from './step';

/**
 * Closes the day: after it nothing of the day can be written any more. Who writes a row of the day has begun its
 * database transaction before the night was opened; the step waits until all of those have ended.
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
  const [night] = await rows<{ isOver: boolean }>(
    knex,
    `select horizon <= pg_snapshot_xmin(pg_current_snapshot()) as "isOver" from nights where business_date = ?::date`,
    [date],
  );
  if (night?.isOver !== true) throw new NotYet('what was being written when the day ended', SOON_MS);
  await execute(
    knex,
    'update nights set closed_at = clock_timestamp() where business_date = ?::date and closed_at is null',
    [date],
  );
  return undefined;
}
