import { sealedColumn } from '../../platform/encryption';

/** The customer's mobile number. */
export const CUSTOMER_MOBILE = sealedColumn('aeps_withdrawals', 'mobile_sealed', 'transaction_id');
