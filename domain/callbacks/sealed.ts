import { sealedColumn } from '../../platform/encryption';

/** The raw bytes of a callback, as they came. */
export const CALLBACK_BODY = sealedColumn('callbacks', 'body_sealed');
