import type { ComplaintKeeper } from '../../domain/bbps/complaint-keeper';
import type { Log } from '../../platform/logger';

export interface ComplaintKeeperDependencies {
  bbps: { complaintKeeper: ComplaintKeeper };
  log: Log;
}

/**
 * Each of them is a call to the provider: few at a time, so that bills are not kept waiting behind tickets.
 */
const CLAIM = 20;

/**
 * One round: follows the complaints that are due, and the refunds that their tickets have promised. Returns
 * true when a claim was full.
 */
export async function keepComplaints({ bbps, log }: ComplaintKeeperDependencies): Promise<boolean> {
  const [followed, refunds] = [
    await bbps.complaintKeeper.follow(CLAIM),
    await bbps.complaintKeeper.followRefunds(CLAIM),
  ];
  if (followed.errors.length > 0)
    log.warn(
      { failed: followed.errors.length, error: followed.errors[0] },
      'complaints that could not be followed are left to the next round',
    );
  return followed.claimed === CLAIM || refunds.claimed === CLAIM;
}
