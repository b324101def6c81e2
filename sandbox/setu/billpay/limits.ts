import type { Biller } from './catalogue';
import { MODES } from './instruments';
import { CHANNELS } from './requests';

/** A payment is ₹1 to ₹9,99,999, in cash up to ₹49,999. */
const MIN_PAISE = 100n;
const MAX_PAISE = 99_999_900n;
const MAX_CASH_PAISE = 4_999_900n;

export interface Limit {
  minPaise: bigint;
  maxPaise: bigint;
}

/** The limits of a payment mode; undefined when the biller does not accept the mode. */
export function limitOf(biller: Biller, mode: string): Limit | undefined {
  if (biller.without?.includes(mode) === true) return undefined;
  return { minPaise: MIN_PAISE, maxPaise: mode === 'Cash' ? MAX_CASH_PAISE : MAX_PAISE };
}

export const modesOf = (biller: Biller): string[] =>
  MODES.filter((mode) => limitOf(biller, mode) !== undefined);
export const channelsOf = (biller: Biller): string[] =>
  CHANNELS.filter((channel) => biller.without?.includes(channel) !== true);
export const CHANNEL_LIMIT: Limit = { minPaise: MIN_PAISE, maxPaise: MAX_PAISE };
