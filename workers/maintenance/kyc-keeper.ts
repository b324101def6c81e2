import type { KycKeeper } from '../../domain/kyc/keeper';
import type { Log } from '../../platform/logger';

export interface KycKeeperDependencies {
  kycKeeper: KycKeeper;
  log: Log;
}

/** Each is compared with thousands of names: some milliseconds. */
const CLAIM = 50;

/** One round: compares those who wait, and after a newer list everybody. Returns true when there are more. */
export async function keepKyc({ kycKeeper, log }: KycKeeperDependencies): Promise<boolean> {
  const { screened, errors } = await kycKeeper.screen(CLAIM);
  if (errors.length > 0)
    log.warn(
      { failed: errors.length, error: errors[0] },
      'KYC records that could not be compared with the list are left to a later round',
    );
  return screened === CLAIM;
}
