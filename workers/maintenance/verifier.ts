import type { Verifier } from '../../domain/verification/verifier';
import type { Log } from '../../platform/logger';
import type { Metrics } from '../../platform/metrics';

export interface VerifierLoopDependencies {
  verifier: Verifier;
  metrics: Metrics;
  log: Log;
}

/** One round: the next step of verification, when its time has come. The step says itself when the next one may be. */
export async function verifyStep({ verifier, metrics, log }: VerifierLoopDependencies): Promise<boolean> {
  const done = await verifier.step();
  if (done === undefined) return false;
  metrics.verifierRows.inc({ walk: done.walk }, done.rows);
  metrics.verifierBusy.inc({ walk: done.walk }, done.busyMs / 1_000);
  if (done.violations > 0)
    log.error({ walk: done.walk, violations: done.violations }, 'the verifier found what does not hold');
  if (done.endedPass !== undefined)
    log.debug({ pass: done.endedPass }, 'the verifier has seen everything once');
  return false;
}
