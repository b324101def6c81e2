import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Due } from '../lifecycle/due';
import type { Policies } from '../policies/policies';

/**
 * Claims transactions whose inquiry is due: pushes the next one by the provider's cadence (±20 %, so that a burst does not come back as a burst),
 * raises the drive number, commits; the caller then queues them. It comes back by itself until an answer is recorded, so a lost job loses no inquiry;
 * recording a definite answer about a transaction that is final ends it, or sets the day on which a success is asked about again (record-outcome.ts).
 */
export async function claimDuePolls(
  deps: { knex: Knex; clock: Clock; policies: Policies },
  options: { limit: number; provider: string },
): Promise<Due[]> {
  const now = deps.clock.now();
  const policy = deps.policies.provider(options.provider);
  const claimed = await rows<{ id: string; driveNo: number }>(
    deps.knex,
    `
    with due as (
      select id from transactions where next_poll_at <= :now and provider = :provider and posted_count = effect_count
      order by next_poll_at limit :limit for no key update skip locked)
    update transactions t set drive_no = t.drive_no + 1, poll_no = least(t.poll_no + 1, 30000),
      next_poll_at = :now::timestamptz
        + make_interval(secs => (:pauses::float8[])[least(t.poll_no + 2, :count)] * (0.8 + 0.4 * random()))
    from due d where t.id = d.id returning t.id, t.drive_no as "driveNo"`,
    {
      now,
      provider: options.provider,
      limit: options.limit,
      pauses: policy.pollScheduleMs.map((ms) => ms / 1000),
      count: policy.pollScheduleMs.length,
    },
  );
  return claimed.map((c) => ({ job: 'poll', lane: options.provider, id: c.id, driveNo: c.driveNo }));
}
