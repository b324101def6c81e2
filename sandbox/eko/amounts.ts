/**
 * Paise as Eko's texts in rupees. The samples show two styles: two decimals (`"100.00"`), and the shortest
 * text of a double (`"110.0"`, `"1.53"`, from ten million on `"2.20834002375E9"`).
 */
import { paiseFromRupeeNumber, paiseFromRupees } from '../../platform/decimal';

const EXPONENT_FROM_PAISE = 1_000_000_000n; // ₹1 crore: from here on a double is written with an exponent

/** `11000n` → `"110.0"`, `153n` → `"1.53"`, `220834002375n` → `"2.20834002375E9"`. */
export function shortRupees(amountPaise: bigint): string {
  const sign = amountPaise < 0n ? '-' : '';
  const abs = amountPaise < 0n ? -amountPaise : amountPaise;
  if (abs >= EXPONENT_FROM_PAISE) {
    const digits = abs.toString();
    return `${sign}${digits[0]}.${digits.slice(1).replace(/0+$/, '') || '0'}E${digits.length - 3}`;
  }
  return sign + withFraction(abs / 100n, (abs % 100n).toString().padStart(2, '0'));
}

/**
 * A percentage of an amount with all its decimals, as Eko writes the TDS of a bill: 2 % of 1.20 is `"0.024"`.
 */
export function exactPercent(amountPaise: bigint, percent: bigint): string {
  const tenThousandths = amountPaise * percent; // of a rupee
  return withFraction(tenThousandths / 10_000n, (tenThousandths % 10_000n).toString().padStart(4, '0'));
}

const withFraction = (whole: bigint, fraction: string): string =>
  `${whole}.${fraction.replace(/0+$/, '') || '0'}`;

/** Reads rupees from a JSON number or a text; undefined when the value is not an amount. */
export function paiseFromField(value: unknown): bigint | undefined {
  try {
    if (typeof value === 'number') return paiseFromRupeeNumber(value);
    return typeof value === 'string' ? paiseFromRupees(value) : undefined;
  } catch {
    return undefined;
  }
}
