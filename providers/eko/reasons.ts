import type { ReasonTable } from '../../domain/provider/reasons';

/**
 * The words of `reasonWord`, and the `status` numbers whose meaning is documented: 97, 132, 319 and 463 list
 * `invalid_params`; 208 is an amount that is not the bill's.
 */
export const EKO_REASONS: ReasonTable = {
  otp_wrong: 'OTP_WRONG',
  otp_expired: 'OTP_EXPIRED',
  otp_consumed: 'OTP_USED',
  otp_required: 'OTP_REQUIRED',
  monthly_limit_exhausted: 'CUSTOMER_LIMIT_REACHED',
  insufficient_balance: 'PROVIDER_FUNDS_SHORT',
  biometrics_not_matched: 'BIOMETRICS_NOT_MATCHED',
  bank_ekyc_required: 'BANK_EKYC_REQUIRED',
  '97': 'DETAILS_REFUSED',
  '132': 'DETAILS_REFUSED',
  '319': 'DETAILS_REFUSED',
  '463': 'DETAILS_REFUSED',
  '208': 'BILL_CHANGED',
};
