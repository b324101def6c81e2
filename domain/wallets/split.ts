import type { Paise } from '../../platform/money';

/** The parts of a price, or of a line; in paise. */
export interface Split {
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
}

const NOTHING: Split = { amountPaise: 0n, feePaise: 0n, taxPaise: 0n, chargePaise: 0n };
/** Reversals bring a price back part by part: the code of the line says which. */
const PART_OF: Readonly<Record<string, keyof Split>> = {
  principal_reversed: 'amountPaise',
  fee_reversed: 'feePaise',
  gst_reversed: 'taxPaise',
  charge_reversed: 'chargePaise',
};

/**
 * A line of a wallet in the parts of its transaction's price; they always add up to the line. Null where they
 * would not: a line that a person posted, for one.
 */
export function splitOf(line: { code: string; amountPaise: Paise }, price: Split): Split | null {
  const { amountPaise, feePaise, taxPaise, chargePaise } = price;
  const part = PART_OF[line.code];
  if (part !== undefined) return { ...NOTHING, [part]: line.amountPaise };
  if (line.amountPaise === amountPaise + feePaise + taxPaise + chargePaise) return price;
  // A wallet that is paid gets the amount less our charge.
  if (line.amountPaise === amountPaise - feePaise - taxPaise)
    return { amountPaise, feePaise: -feePaise, taxPaise: -taxPaise, chargePaise: 0n };
  return null;
}
