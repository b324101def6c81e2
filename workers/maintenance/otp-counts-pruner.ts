import { deleteOldOtpCounts } from '../../domain/otp/counts';

export type OtpCountsPrunerDependencies = Parameters<typeof deleteOldOtpCounts>[0];

const BATCH = 1_000;

/** One round: deletes counts of one-time passwords whose window is over. Returns true when there may be more. */
export async function pruneOtpCounts(deps: OtpCountsPrunerDependencies): Promise<boolean> {
  return (await deleteOldOtpCounts(deps, { limit: BATCH })) === BATCH;
}
