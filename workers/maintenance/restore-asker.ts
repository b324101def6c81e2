import type { RestoreAsker } from '../../domain/restore/ask';
import type { Restores } from '../../domain/restore/restores';
import { queuedWork } from '../../jobs/due';
import type { Log } from '../../platform/logger';
import type { Metrics } from '../../platform/metrics';
import type { Wake } from '../../platform/wake';

export interface RestoreAskerDependencies {
  restores: Pick<Restores, 'status'>;
  restoreAsker: RestoreAsker;
  metrics: Metrics;
  log: Log;
  wake: Wake;
}

/** Each is at least one call to the provider. */
const CLAIM = 20;

/**
 * One round while a restore is open: asks the providers about transactions that the restored books may be
 * behind with. Returns true when a claim was full.
 */
export async function askAfterRestore(deps: RestoreAskerDependencies): Promise<boolean> {
  const { open, toAsk } = await deps.restores.status();
  deps.metrics.restoreOpen.set(open === undefined ? 0 : 1);
  deps.metrics.restoreToAsk.set(toAsk.reduce((sum, { count }) => sum + count, 0));
  if (open === undefined) return false;
  const { asked, due, errors } = await deps.restoreAsker.ask(CLAIM);
  await deps.wake(due.map(queuedWork));
  if (errors.length > 0)
    deps.log.warn(
      { failed: errors.length, error: errors[0] },
      'questions of the restore are asked again later',
    );
  return asked === CLAIM;
}
