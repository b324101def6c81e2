import { measure } from '../../domain/driving/measures';
import { allQueues } from '../../jobs';
import type { Metrics } from '../../platform/metrics';
import type { Verifier } from '../../domain/verification/verifier';
import type { RedriverDependencies } from './redriver';

export type MeasureDependencies = Pick<RedriverDependencies, 'knex' | 'clock' | 'queues' | 'providers'> & {
  metrics: Metrics;
  verifier: Pick<Verifier, 'status'>;
};

/** One round: measures database and queues, and sets the numbers that others read. */
export async function measureAll(deps: MeasureDependencies): Promise<boolean> {
  const { metrics } = deps;
  const found = await measure(deps);
  for (const gauge of [
    metrics.pending,
    metrics.oldestPending,
    metrics.overdue,
    metrics.undone,
    metrics.oldestUndone,
    metrics.openCases,
    metrics.oldestCase,
    metrics.toReconfirm,
  ])
    gauge.reset();
  const oldest = createOldest();
  for (const { service, state, age, count, oldestS } of found.pending) {
    metrics.pending.set({ service, state, age }, count);
    metrics.oldestPending.set({ service, state }, oldest(`${service} ${state}`, oldestS));
  }
  for (const { service, count } of found.overdue) metrics.overdue.set({ service }, count);
  for (const { job, count, oldestS } of found.undone) {
    metrics.undone.set({ job }, count);
    metrics.oldestUndone.set({ job }, oldestS);
  }
  for (const { kind, age, count, oldestS } of found.cases) {
    metrics.openCases.set({ kind, age }, count);
    metrics.oldestCase.set({ kind }, oldest(`case ${kind}`, oldestS));
  }
  for (const { reason, count } of found.reconfirm) metrics.toReconfirm.set({ reason }, count);
  for (const { provider, paise } of found.floats) metrics.float.set({ provider }, Number(paise));
  const verifier = await deps.verifier.status();
  metrics.verifierLag.set(verifier.lagS);
  metrics.verifierFindings.set(verifier.findings);
  if (verifier.lastViolations !== null) metrics.verifierLast.set(Number(verifier.lastViolations));
  metrics.auditUnsigned.set(verifier.unsignedS);
  metrics.measuredAt.set(deps.clock.now().getTime() / 1_000);
  await measureQueues(deps);
  return false;
}

/** The largest of the values that were met under a name. */
function createOldest(): (name: string, value: number) => number {
  const largest = new Map<string, number>();
  return (name, value) => {
    const now = Math.max(value, largest.get(name) ?? 0);
    largest.set(name, now);
    return now;
  };
}

async function measureQueues({ queues, providers, metrics }: MeasureDependencies): Promise<void> {
  for (const queue of allQueues(providers)) {
    const [counts, ageMs] = await Promise.all([queues.counts(queue), queues.oldestWaitingAgeMs(queue)]);
    for (const [state, count] of Object.entries(counts)) metrics.queueJobs.set({ queue, state }, count);
    metrics.queueOldest.set({ queue }, (ageMs ?? 0) / 1_000);
  }
}
