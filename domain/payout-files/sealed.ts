import { sealedColumn } from '../../platform/encryption';

/** What a line of a file of payouts says, until it is paid, refused or dropped. */
export const PAYOUT_FILE_LINE = sealedColumn('payout_file_lines', 'given_sealed');
