import { sealedColumn } from '../../platform/encryption';

/** A number or address that somebody wants to be reached at, until it is confirmed. */
export const NEW_CONTACT = sealedColumn('sign_in_codes', 'address_sealed');
