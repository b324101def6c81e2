import { claimDuePolls } from '../../domain/driving/poll-claim';
import { queueName } from '../../jobs';
import { queuedWork } from '../../jobs/due';
import type { KillPoints } from '../../platform/kill-points';
import type { Queues } from '../../platform/queue';
import type { Wake } from '../../platform/wake';
import { BACKLOG_MS } from './redriver';

export type PollClaimerDependencies = Parameters<typeof claimDuePolls>[0] & {
  queues: Queues;
  wake: Wake;
  killPoints?: Pick<KillPoints, 'hit'>;
  providers: readonly string[];
};

const CLAIM = 500;
const BUSY_MS = 500;

/**
 * One round: claims the inquiries that are due, provider by provider, and queues them. Returns true when a
 * claim was full.
 */
export async function claimPolls(deps: PollClaimerDependencies): Promise<boolean> {
  let full = false;
  for (const provider of deps.providers) {
    const ageMs = await deps.queues.oldestWaitingAgeMs(queueName('poll', provider));
    if ((ageMs ?? 0) > BACKLOG_MS || (await isBusy(deps, provider))) continue;
    const due = await claimDuePolls(deps, { limit: CLAIM, provider });
    if (due.length > 0) deps.killPoints?.hit('poll.claimed');
    await deps.wake(due.map(queuedWork));
    full ||= due.length === CLAIM;
  }
  return full;
}

/**
 * True if work of this provider waits: callbacks that may hold the very answers, or sends that leave no time
 * to read them. Inquiries would make the wait longer, so they hold back, unless the queue does not move at
 * all.
 */
async function isBusy(deps: PollClaimerDependencies, provider: string): Promise<boolean> {
  const ages = await Promise.all(
    [queueName('callback', provider), queueName('send', provider)].map((queue) =>
      deps.queues.oldestWaitingAgeMs(queue),
    ),
  );
  return ages.some((ageMs) => ageMs !== undefined && ageMs > BUSY_MS && ageMs <= BACKLOG_MS);
}
