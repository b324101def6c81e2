import { claimDuePolls } from '../../domain/driving/poll-claim';
import { queueName } from '../../jobs';
import { queuedWork } from '../../jobs/due';
import type { KillPoints } from '../../platform/kill-points';
import type { Queues } from '../../platform/queue';
import type { Wake } from '../../platform/wake';
import { BACKLOG_MS } from './redriver';

export type PollClaimerDependencies = Parameters<typeof claimDuePolls>[0] & { queues: Queues; wake: Wake; killPoints?: Pick<KillPoints, 'hit'>; providers: readonly string[] };

const CLAIM = 500;
const ANSWERS_WAIT_MS = 500;

/** One round: claims the inquiries that are due, provider by provider, and queues them. Returns true when a claim was full. */
export async function claimPolls(deps: PollClaimerDependencies): Promise<boolean> {
  let full = false;
  for (const provider of deps.providers) {
    const ageMs = await deps.queues.oldestWaitingAgeMs(queueName('poll', provider));
    if ((ageMs ?? 0) > BACKLOG_MS || await answersAreWaiting(deps, provider)) continue;
    const due = await claimDuePolls(deps, { limit: CLAIM, provider });
    if (due.length > 0) deps.killPoints?.hit('poll.claimed');
    await deps.wake(due.map(queuedWork));
    full ||= due.length === CLAIM;
  }
  return full;
}

/**
 * Callbacks of this provider wait to be read: most inquiries would ask for what stands in them, and make the wait longer. Callbacks that do not move at all
 * keep no inquiry back.
 */
async function answersAreWaiting(deps: PollClaimerDependencies, provider: string): Promise<boolean> {
  const ageMs = await deps.queues.oldestWaitingAgeMs(queueName('callback', provider)) ?? 0;
  return ageMs > ANSWERS_WAIT_MS && ageMs <= BACKLOG_MS;
}
