import { claimOverdueCallbacks, claimOverdueTransactions } from '../../domain/driving/redrive';
import { queueName } from '../../jobs';
import { queuedWork } from '../../jobs/due';
import type { KillPoints } from '../../platform/kill-points';
import type { Metrics } from '../../platform/metrics';
import type { Queues } from '../../platform/queue';
import type { Wake } from '../../platform/wake';

export type RedriverDependencies = Parameters<typeof claimOverdueTransactions>[0] & {
  queues: Queues;
  wake: Wake;
  metrics: Metrics;
  killPoints?: Pick<KillPoints, 'hit'>;
  providers: readonly string[];
};

/**
 * A queue whose oldest job has waited longer has a backlog: driving its rows again would only multiply it.
 */
export const BACKLOG_MS = 10_000;
const CLAIM = 500;

/** One round: queues overdue transactions and callbacks again. Returns true when a claim was full. */
export async function redrive(deps: RedriverDependencies): Promise<boolean> {
  const lanes = [
    { job: 'hold', queue: queueName('hold') },
    { job: 'settle', queue: queueName('settle') },
    ...deps.providers.map((provider) => ({ job: 'send', provider, queue: queueName('send', provider) })),
  ];
  const open = await withoutBacklog(deps, lanes);
  const transactions = await claimOverdueTransactions(deps, { limit: CLAIM, only: open });
  const openCallbacks = await withoutBacklog(
    deps,
    deps.providers.map((provider) => ({ provider, queue: queueName('callback', provider) })),
  );
  const callbacks = await claimOverdueCallbacks(deps, {
    limit: CLAIM,
    providers: openCallbacks.map((c) => c.provider),
  });
  const due = [...transactions.due, ...callbacks.due];
  for (const d of due) deps.metrics.redriven.inc({ job: d.job });
  if (due.length > 0) deps.killPoints?.hit('redrive.claimed');
  await deps.wake(due.map(queuedWork));
  return transactions.due.length === CLAIM || callbacks.due.length === CLAIM;
}

async function withoutBacklog<T extends { queue: string }>(
  deps: RedriverDependencies,
  lanes: readonly T[],
): Promise<T[]> {
  // in turn: together they would take a connection each
  const ages: (number | undefined)[] = [];
  for (const { queue } of lanes) ages.push(await deps.queues.oldestWaitingAgeMs(queue));
  return lanes.filter((lane, i) => {
    const isOpen = (ages[i] ?? 0) <= BACKLOG_MS;
    if (!isOpen) deps.metrics.loopPaused.inc({ queue: lane.queue });
    return isOpen;
  });
}
