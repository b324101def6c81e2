import type { Night } from '../../domain/night/night';
import { queuedWork } from '../../jobs/due';
import type { Log } from '../../platform/logger';
import type { Wake } from '../../platform/wake';

export interface NightLoopDependencies {
  night: Night;
  wake: Wake;
  log: Log;
}

/** One round: opens the nights of days that have ended, the oldest first, and queues the steps that can begin. */
export async function driveNights({ night, wake, log }: NightLoopDependencies): Promise<boolean> {
  const opened = await night.open();
  if (opened > 0) log.info({ nights: opened }, 'nights were opened');
  await wake((await night.due()).map(queuedWork));
  return false;
}
