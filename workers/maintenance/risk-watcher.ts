import type { CountedAlarms } from '../../domain/risk/counts';
import type { RiskWatch } from '../../domain/risk/watch';
import { addMs, type Clock } from '../../platform/clock';
import type { Metrics } from '../../platform/metrics';

export interface RiskWatcherDependencies {
  riskWatch: RiskWatch & { counts(since: Date): Promise<CountedAlarms[]> };
  metrics: Metrics;
  clock: Clock;
}

/** One round: measures what was done since the last one by the rules of risk. Returns true when it is behind. */
export async function watchRisk({ riskWatch, metrics }: RiskWatcherDependencies): Promise<boolean> {
  const { opened, more } = await riskWatch.round();
  for (const [rule, count] of Object.entries(opened)) metrics.riskFindings.inc({ rule }, count);
  return more;
}

const COUNTED_MS = 30 * 86_400_000;

/** One round: counts what became of the findings of thirty days, by rule. */
export async function countRisk({ riskWatch, metrics, clock }: RiskWatcherDependencies): Promise<boolean> {
  const counted = await riskWatch.counts(addMs(clock.now(), -COUNTED_MS));
  metrics.riskVerdicts.reset();
  for (const { rule, verdict, count } of counted) metrics.riskVerdicts.set({ rule, verdict }, count);
  return false;
}
