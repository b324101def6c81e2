import type { OtpExpiry } from '../../domain/dmt/otp-expiry';
import type { Log } from '../../platform/logger';

export interface OtpEraserDependencies {
  otpExpiry: OtpExpiry;
  log: Log;
  announce(ids: readonly string[]): void;
}

const CLAIM = 200;

/**
 * One round: erases one-time passwords that were not used in time and gives their transactions up. Returns
 * true when the claim was full.
 */
export async function eraseOtps(deps: OtpEraserDependencies): Promise<boolean> {
  const { erased, finished, errors } = await deps.otpExpiry.expire(CLAIM);
  deps.announce(finished);
  if (errors.length > 0)
    deps.log.warn(
      { failed: errors.length, error: errors[0] },
      'transactions without a one-time password are left to their re-drive',
    );
  return erased === CLAIM;
}
