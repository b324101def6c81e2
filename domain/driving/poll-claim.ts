import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Due } from '../transactions/due';
import type { Policies } from '../policies/policies';

/**
 * Claims transactions whose inquiry is due: pushes the next one by the provider's cadence (±20 %, so that a burst does not come back as a burst),
 * raises the drive number, commits; the caller then queues them. A success is asked about again on the days its policy names, then no more.
 */
export async function claimDuePolls(deps: { knex: Knex; clock: Clock; policies: Policies }, options: { limit: number; provider: string }): Promise<Due[]> {
  const now = deps.clock.now();
  const policy = deps.policies.provider(options.provider);
  const claimed = await rows<{ id: string; driveNo: number }>(deps.knex, `
    with due as (
      select id from transactions where next_poll_at <= ? and provider = ? and posted_count = effect_count order by next_poll_at limit ? for no key update skip locked)
    update transactions t set drive_no = t.drive_no + 1, poll_no = least(t.poll_no + 1, 30000),
      next_poll_at = case
        when t.state in ('dispatched', 'refund_pending') then ?::timestamptz + make_interval(secs => (?::float8[])[least(t.poll_no + 2, ?)] * (0.8 + 0.4 * random()))
        when t.state = 'succeeded' and t.poll_no + 2 <= ? then t.finished_at + make_interval(secs => (?::float8[])[t.poll_no + 2])
      end
    from due d where t.id = d.id returning t.id, t.drive_no as "driveNo"`,
  [now, options.provider, options.limit, now, policy.pollScheduleMs.map((ms) => ms / 1000), policy.pollScheduleMs.length,
    policy.recheckSuccessMs.length, policy.recheckSuccessMs.map((ms) => ms / 1000)]);
  return claimed.map((c) => ({ job: 'poll', lane: options.provider, id: c.id, driveNo: c.driveNo }));
}
