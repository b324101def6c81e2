import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Due } from '../lifecycle/due';
import { claimDueInquiries } from '../lifecycle/inquiries';
import type { Policies } from '../policies/policies';

/**
 * Claims transactions whose inquiry is due; the caller queues them after the commit. An inquiry comes back by itself
 * until an answer is recorded, so a lost job loses none. Recording a definite answer about a final transaction ends it,
 * or sets the day on which a success is asked about again (record-outcome.ts).
 */
export async function claimDuePolls(
  deps: { knex: Knex; clock: Clock; policies: Policies },
  { limit, provider }: { limit: number; provider: string },
): Promise<Due[]> {
  const claimed = await claimDueInquiries(deps.knex, {
    provider,
    limit,
    cadenceMs: deps.policies.provider(provider).pollScheduleMs,
    now: deps.clock.now(),
  });
  return claimed.map(({ id, driveNo }) => ({ job: 'poll', lane: provider, id, driveNo }));
}
