import { sealedColumn } from '../../platform/encryption';

/** A file to our bank names the accounts that it pays. */
export const SETTLEMENT_FILE = sealedColumn('settlement_files', 'content_sealed');
