import type { PayoutFiles } from '../../domain/payout-files/payout-files';
import { queuedWork } from '../../jobs/due';
import type { Wake } from '../../platform/wake';

export interface PayoutFileWorkDependencies {
  payoutFiles: Pick<PayoutFiles, 'work' | 'expire'>;
  wake: Wake;
}

/** One round: pays some lines of a file that was released. Returns true when there is more to do. */
export async function payFromFiles({ payoutFiles, wake }: PayoutFileWorkDependencies): Promise<boolean> {
  const { due, isMore } = await payoutFiles.work();
  await wake(due.map(queuedWork));
  return isMore;
}

/** One round: drops files that nobody released in time. Returns true when there may be more. */
export async function expirePayoutFiles({ payoutFiles }: PayoutFileWorkDependencies): Promise<boolean> {
  return (await payoutFiles.expire()) > 0;
}
