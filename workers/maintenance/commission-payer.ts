import type { InstantCommission } from '../../domain/commissions/instant';

export interface CommissionPayerDependencies {
  commissions: { instant: InstantCommission };
}

/** One round: commission that is paid as it is earned. */
export async function payInstantCommission({ commissions }: CommissionPayerDependencies): Promise<boolean> {
  await commissions.instant.pay();
  return false;
}
