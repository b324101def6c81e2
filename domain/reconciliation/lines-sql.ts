import type { Source } from './sources';
import type { Staging } from './staging';

/** A file that is being put to the rows of its source. */
export interface Merging {
  source: Source;
  staging: Staging;
  fileNo: number;
  /** Lines of the file that are about money of ours. */
  total: number;
}

/** What a line says, beside its part and kind. */
export const VALUES = `happened_on, provider_reference, our_reference, utr, settlement_utr, amount_paise, fee_paise,
  commission_paise, tds_paise, balance_paise, is_credit, status_word`;
export const STAGED_VALUES = VALUES.replaceAll(/\b[a-z]\w*/g, 's.$&');

/** What a corrected file may say otherwise. */
export const SAID = ['part', 'kind', ...VALUES.split(/,\s*/)] as const;
export const saidOf = (alias: string): string => SAID.map((name) => `${alias}.${name}`).join(', ');
