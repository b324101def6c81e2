import type { KycErasure } from '../../domain/kyc/erasure';
import type { Retention } from '../../domain/privacy/retention';
import type { Log } from '../../platform/logger';

export interface RetentionDependencies {
  retention: Retention;
  kycErasure: KycErasure;
  log: Log;
}

const BATCH = 500;
/** Each is a call to the storage. */
const DOCUMENTS = 100;

/**
 * One round: a step of each part that is past its time, and documents whose key is destroyed leave the storage. Returns
 * true when there may be more.
 */
export async function erasePastTime({ retention, kycErasure, log }: RetentionDependencies): Promise<boolean> {
  const erased = await retention.step(BATCH);
  if (erased.length > 0) log.info({ erased }, 'what was kept long enough is erased');
  const { gone, errors } = await kycErasure.sweep(DOCUMENTS);
  if (errors.length > 0)
    log.warn(
      { failed: errors.length, error: errors[0] },
      'documents that have no key any more are left in the storage to a later round',
    );
  return gone === DOCUMENTS || erased.some((part) => part.erased === BATCH);
}
