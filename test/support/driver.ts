/** The queue's part without a queue: runs what is due, from a list of wake-ups or from the rows alone. */
import { claimOverdueCallbacks, claimOverdueTransactions } from '../../domain/driving/redrive';
import { claimDuePolls } from '../../domain/driving/poll-claim';
import type { Due } from '../../domain/lifecycle/due';
import { PROVIDER } from './scripted-connector';
import type { DomainProcess } from './world';

export interface Report {
  due: Due[];
  errors: Error[];
}

/** Runs one job, as its processor would. */
export async function runJob(p: DomainProcess, job: Due['job'], ids: readonly string[]): Promise<Report> {
  switch (job) {
    case 'hold':
      return p.holds.hold(ids);
    case 'send':
      return p.sender.send(ids);
    case 'settle':
      return p.settler.settle(ids);
    case 'poll':
      return p.poller.poll(ids);
    case 'callback':
      return p.callbackProcessor.process(ids);
  }
}

/** Runs wake-ups and those that come of them, until none is left. Errors of rows are thrown. */
export async function runDue(p: DomainProcess, due: readonly Due[]): Promise<void> {
  let next = [...due];
  while (next.length > 0) {
    const report = await runJob(p, next[0]!.job, [next[0]!.id]);
    if (report.errors.length > 0) throw report.errors[0]!;
    next = [...next.slice(1), ...report.due];
  }
}

export const lanesOf = (providers: readonly string[]): { job: string; provider?: string }[] => [
  { job: 'hold' },
  { job: 'settle' },
  ...providers.map((provider) => ({ job: 'send', provider })),
];
export const LANES = lanesOf([PROVIDER]);

/** What the loops would queue at this moment, of every provider that the process knows. */
export async function claimAll(p: DomainProcess, limit = 500): Promise<Due[]> {
  const providers = p.providers.names();
  const transactions = await claimOverdueTransactions(p, { limit, only: lanesOf(providers) });
  const callbacks = await claimOverdueCallbacks(p, { limit, providers });
  const polls: Due[] = [];
  for (const provider of providers) polls.push(...(await claimDuePolls(p, { limit, provider })));
  return [...transactions.due, ...callbacks.due, ...polls];
}

/** Takes a fresh payout to the provider. */
export async function dispatched(p: DomainProcess, id: string): Promise<void> {
  await runJob(p, 'hold', [id]);
  await runJob(p, 'send', [id]);
}
