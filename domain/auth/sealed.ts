import { sealedColumn } from '../../platform/encryption';

/** What an authenticator of staff makes its codes of. */
export const AUTHENTICATOR_SECRET = sealedColumn('ops_authenticators', 'secret_sealed', 'user_id');
