import type { Retention } from '../../domain/privacy/retention';
import type { Log } from '../../platform/logger';

export interface RetentionDependencies {
  retention: Retention;
  log: Log;
}

const BATCH = 500;

/** One round: a step of each part that is past its time. Returns true when there may be more. */
export async function erasePastTime({ retention, log }: RetentionDependencies): Promise<boolean> {
  const erased = await retention.step(BATCH);
  if (erased.length > 0) log.info({ erased }, 'what was kept long enough is erased');
  return erased.some((part) => part.erased === BATCH);
}
