import { sealedColumn } from '../../platform/encryption';

/** The mobile number that is recharged. */
export const RECHARGED_MOBILE = sealedColumn('recharges', 'mobile_sealed', 'transaction_id');
