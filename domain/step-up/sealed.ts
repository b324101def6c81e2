import { sealedColumn } from '../../platform/encryption';

/** The argon2id hash of a PIN. */
export const TRANSACTION_PIN = sealedColumn('transaction_pins', 'pin_sealed', 'user_id');
