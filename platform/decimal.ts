import type { Paise } from './money';

/**
 * Rupee decimals of providers that speak rupees (`"110.0"`, `110.5`) to paise and back, by text alone: no
 * float arithmetic, no rounding. More than two decimals are accepted only when the rest is zeros; anything
 * else is a RangeError, because a rounded amount is a wrong amount.
 */
const RUPEES = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/**
 * `"110.5"` → `11050n`. Throws RangeError for exponents, signs other than `-`, separators, blanks, and
 * fractions of a paisa.
 */
export function paiseFromRupees(text: string): Paise {
  const match = RUPEES.exec(text);
  if (match === null) throw new RangeError('not a decimal amount in rupees');
  const [, sign, whole, fraction = ''] = match;
  if (/[^0]/.test(fraction.slice(2))) throw new RangeError('the amount has a fraction of a paisa');
  const paise = BigInt(whole!) * 100n + BigInt(fraction.slice(0, 2).padEnd(2, '0'));
  return sign === '-' ? -paise : paise;
}

/**
 * The same for a JSON number. Its shortest decimal text is what the provider wrote as long as it has at most
 * 15 significant digits (IEEE 754 doubles keep those exactly); more is refused.
 */
export function paiseFromRupeeNumber(value: number): Paise {
  const text = String(value);
  if (
    !Number.isFinite(value) ||
    Object.is(value, -0) ||
    text.replaceAll(/[-.]/g, '').replace(/^0+/, '').length > 15
  )
    throw new RangeError('not a decimal amount in rupees');
  return paiseFromRupees(text);
}

/** `11050n` → `"110.50"`. */
export function rupeesFromPaise(amountPaise: Paise): string {
  const abs = amountPaise < 0n ? -amountPaise : amountPaise;
  return `${amountPaise < 0n ? '-' : ''}${abs / 100n}.${(abs % 100n).toString().padStart(2, '0')}`;
}
