import type { Night } from '../../domain/night/night';
import type { NightReader } from '../../domain/night/read';
import type { BreakMeter } from '../../domain/reconciliation/measures';
import { queuedWork } from '../../jobs/due';
import { businessDate, startOfBusinessDate, type Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import type { Metrics } from '../../platform/metrics';
import type { Wake } from '../../platform/wake';

export interface NightLoopDependencies {
  breakMeter: BreakMeter;
  night: Night;
  nights: Pick<NightReader, 'measures'>;
  clock: Clock;
  metrics: Metrics;
  wake: Wake;
  log: Log;
}

const DAY_S = 86_400;

/** One round: opens the nights of days that have ended, the oldest first, and queues the steps that can begin. */
export async function driveNights(deps: NightLoopDependencies): Promise<boolean> {
  const { night, wake, log } = deps;
  const opened = await night.open();
  if (opened > 0) log.info({ nights: opened }, 'nights were opened');
  await wake((await night.due()).map(queuedWork));
  return false;
}

/** One round: sets the numbers about nights, breaks and safeguarding that others read. */
export async function measureNights(deps: NightLoopDependencies): Promise<boolean> {
  const { nights, clock, metrics } = deps;
  const now = clock.now();
  const found = await nights.measures();
  metrics.nightUndone.set(found.undone);
  metrics.nightFailed.set(found.failed);
  // without a night there are no books yet, and nothing is late
  metrics.nightDoneUntil.set(secondsOf(startOfBusinessDate(found.firstUndone ?? businessDate(now))));
  metrics.nightWaiting.reset();
  for (const { step, provider, since } of found.waiting)
    metrics.nightWaiting.set(
      { step, provider: provider ?? '' },
      secondsOf(now) - secondsOf(startOfBusinessDate(since)) - DAY_S,
    );
  metrics.sealUnsigned.set(found.unsignedDays);
  metrics.safeguardingShortfall.set(Number(found.shortfallPaise));
  const until = startOfBusinessDate(`${(found.holidayYear ?? 2000) + 1}-01-01`);
  metrics.holidaysLeft.set(Math.max(0, (secondsOf(until) - secondsOf(now)) / DAY_S));
  await measureReconciliation(deps, now);
  metrics.nightMeasuredAt.set(secondsOf(now));
  return false;
}

const secondsOf = (at: Date): number => at.getTime() / 1_000;

async function measureReconciliation(
  { breakMeter, metrics }: Pick<NightLoopDependencies, 'breakMeter' | 'metrics'>,
  now: Date,
): Promise<void> {
  const { breaks, suspense } = await breakMeter.measure(now);
  const { breaksOpen, breaksOldest, breaksSuspense, suspenseOldest } = metrics;
  for (const gauge of [breaksOpen, breaksOldest, breaksSuspense, suspenseOldest]) gauge.reset();
  const oldest = new Map<string, number>();
  for (const { source, kind, age, count, oldestS } of breaks) {
    breaksOpen.set({ source, kind, age }, count);
    oldest.set(source, Math.max(oldestS, oldest.get(source) ?? 0));
  }
  for (const [source, seconds] of oldest) breaksOldest.set({ source }, seconds);
  for (const { source, paise, oldestS } of suspense) {
    breaksSuspense.set({ source }, Number(paise));
    suspenseOldest.set({ source }, oldestS);
  }
}
