import type { ReasonTable } from '../../domain/provider/reasons';

/** `status_details.reason` of a payout, and the `reason` or `code` of a refused call, in our words. */
export const RAZORPAYX_REASONS: ReasonTable = {
  bank_account_invalid: 'BENEFICIARY_ACCOUNT_INVALID',
  bank_account_closed: 'BENEFICIARY_ACCOUNT_INVALID',
  beneficiary_account_closed: 'BENEFICIARY_ACCOUNT_INVALID',
  bank_account_frozen: 'BENEFICIARY_ACCOUNT_BLOCKED',
  beneficiary_account_dormant: 'BENEFICIARY_ACCOUNT_BLOCKED',
  invalid_ifsc_code: 'BENEFICIARY_IFSC_INVALID',
  beneficiary_bank_rejected: 'BENEFICIARY_BANK_REFUSED',
  beneficiary_bank_failure: 'BENEFICIARY_BANK_UNAVAILABLE',
  beneficiary_bank_offline: 'BENEFICIARY_BANK_UNAVAILABLE',
  beneficiary_bank_technical_error: 'BENEFICIARY_BANK_UNAVAILABLE',
  beneficiary_psp_offline: 'BENEFICIARY_BANK_UNAVAILABLE',
  npci_beneficiary_timeout: 'BENEFICIARY_BANK_UNAVAILABLE',
  gateway_timeout: 'BENEFICIARY_BANK_UNAVAILABLE',
  gateway_technical_error: 'BENEFICIARY_BANK_UNAVAILABLE',
  imps_not_allowed: 'MODE_NOT_ALLOWED',
  transaction_limit_exceeded: 'AMOUNT_LIMIT_REACHED',
  amount_limit_exhausted: 'AMOUNT_LIMIT_REACHED',
  low_balance: 'PROVIDER_FUNDS_SHORT',
  insufficient_funds: 'PROVIDER_FUNDS_SHORT',
  input_validation_failed: 'DETAILS_REFUSED',
  BAD_REQUEST_ERROR: 'DETAILS_REFUSED',
};
