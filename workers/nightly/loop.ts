import type { Night } from '../../domain/night/night';
import { queuedWork } from '../../jobs/due';
import type { NightReader } from '../../domain/night/read';
import { startOfBusinessDate, type Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import type { Metrics } from '../../platform/metrics';
import type { Wake } from '../../platform/wake';

export interface NightLoopDependencies {
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
  await measure(deps);
  return false;
}

async function measure({ nights, clock, metrics }: NightLoopDependencies): Promise<void> {
  const { undone, failed, oldestS, shortfallPaise, holidayYear } = await nights.measures();
  metrics.nightUndone.set(undone);
  metrics.nightFailed.set(failed);
  metrics.nightOldest.set(undone === 0 ? 0 : oldestS);
  metrics.safeguardingShortfall.set(Number(shortfallPaise));
  const until = startOfBusinessDate(`${(holidayYear ?? 2000) + 1}-01-01`).getTime();
  metrics.holidaysLeft.set(Math.max(0, (until - clock.now().getTime()) / 1_000 / DAY_S));
}
