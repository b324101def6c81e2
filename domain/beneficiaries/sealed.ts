import { sealedColumn } from '../../platform/encryption';

/** The sealed columns of a beneficiary. */
export const BENEFICIARY_NAME = sealedColumn('beneficiaries', 'name_sealed');
export const BENEFICIARY_ACCOUNT = sealedColumn('beneficiaries', 'account_sealed');
