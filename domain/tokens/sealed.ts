import { sealedColumn } from '../../platform/encryption';

/** The seed of a signing key. */
export const TOKEN_KEY = sealedColumn('token_keys', 'private_sealed');
