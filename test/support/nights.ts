/** The night without a queue: does what is due, until nothing is. */
import type { Night } from '../../domain/night/night';
import { createNight } from '../../domain/night/night';
import type { NightStep } from '../../domain/night/step';
import { execute, rows } from '../../platform/database';
import { until } from './until';
import type { DomainProcess, World } from './world';

export interface RunShown {
  date: string;
  kind: string;
  provider: string | null;
  state: string;
  rows: bigint;
  attempts: number;
  why: string | null;
}

/** A night of a process with steps of a test. */
export const nightOf = (
  p: Pick<DomainProcess, 'knex' | 'clock' | 'ids'>,
  steps: readonly NightStep[],
  providers: readonly string[] = ['razorpayx', 'eko'],
): Night => createNight({ ...p, profile: 'production', steps, providers: { names: () => providers } });

/** Opens what has ended and does every step that can begin, in turn, until all are done. */
export async function doNights(world: Pick<World, 'knex'>, night: Night): Promise<void> {
  await night.open();
  await until(async () => {
    for (const { id } of await night.due()) await night.run(id);
    await execute(
      world.knex,
      `update nightly_runs set due_at = clock_timestamp() where state in ('waiting', 'failed')`,
    );
    const [left] = await rows<{ n: number }>(
      world.knex,
      `select count(*)::int as n from nightly_runs where state <> 'done'`,
    );
    return left!.n === 0;
  });
}

/** As if the time of what was queued, and of the leases of those who died, had passed. */
export async function letTimePass(world: Pick<World, 'knex'>): Promise<void> {
  await execute(
    world.knex,
    `update nightly_runs set due_at = clock_timestamp() - interval '1 second',
      lease_until = lease_until - interval '1 hour' where state <> 'done'`,
  );
}

export const runsOf = (world: Pick<World, 'knex'>): Promise<RunShown[]> =>
  rows<RunShown>(
    world.knex,
    `select business_date::text as date, kind, provider, state, rows_done as rows, attempt_no as attempts, why
    from nightly_runs order by business_date, kind, provider`,
  );
