import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import { recordAudit } from '../audit/audit';
import type { UserId } from '../ids/ids';
import type { NightDesk } from './desk';

/**
 * Asks for the night of a day, and has its steps that wait or failed tried at once. A step that is done stays done.
 * Throws DomainError NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER.
 */
export async function runAgain(
  { knex, clock, desk }: { knex: Knex; clock: Clock; desk: NightDesk },
  day: string,
  by: UserId,
): Promise<void> {
  await desk.ask(day);
  await knex.transaction(async (trx) => {
    const steps = await execute(
      trx,
      `update nightly_runs set due_at = clock_timestamp()
      where business_date = ?::date and state in ('waiting', 'failed') and lease_until is null`,
      [day],
    );
    await recordAudit(trx, {
      ...{ at: clock.now(), actor: by, action: 'night.run', subject: `night:${day}`, outcome: 'succeeded' },
      detail: { steps: String(steps) },
    });
  });
}
