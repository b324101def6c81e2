import { sealedColumn } from '../../platform/encryption';

/** The name that the bank has of a beneficiary's account. */
export const REGISTERED_NAME = sealedColumn('account_validations', 'registered_name_sealed');
