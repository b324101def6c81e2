import { sealedColumn } from '../../platform/encryption';

/** The key of the file of a report. */
export const REPORT_KEY = sealedColumn('reports', 'key_sealed');
