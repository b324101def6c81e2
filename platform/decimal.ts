import type { Paise } from './money';

/**
 * Rupee decimals of providers that speak rupees (`"110.0"`, `110.5`) to paise and back, by text alone: no
 * float arithmetic and, but for shares, no rounding. More than two decimals are accepted only when the rest is
 * zeros; anything else is a RangeError, because a rounded amount is a wrong amount.
 */
const RUPEES = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;

type Fraction = 'refused' | 'rounded';

/**
 * `"110.5"` → `11050n`. Throws RangeError for exponents, signs other than `-`, separators, blanks, and
 * fractions of a paisa.
 */
export function paiseFromRupees(text: string): Paise {
  return parse(text, 'refused');
}

/**
 * The same for a share that a provider computes with more decimals than money has, such as TDS (`"0.024"` → `2n`):
 * to the nearest paisa, half a paisa away from zero. Never for an amount that is paid.
 */
export function nearestPaiseFromRupees(text: string): Paise {
  return parse(text, 'rounded');
}

function parse(text: string, ofPaisa: Fraction): Paise {
  const match = RUPEES.exec(text);
  if (match === null) throw new RangeError('not a decimal amount in rupees');
  const [, sign, whole, fraction = ''] = match;
  const rest = fraction.slice(2);
  if (ofPaisa === 'refused' && /[^0]/.test(rest))
    throw new RangeError('the amount has a fraction of a paisa');
  const roundedUp = ofPaisa === 'rounded' && /^[5-9]/.test(rest) ? 1n : 0n;
  const paise = BigInt(whole!) * 100n + BigInt(fraction.slice(0, 2).padEnd(2, '0')) + roundedUp;
  return sign === '-' ? -paise : paise;
}

/**
 * The same for a JSON number. Its shortest decimal text is what the provider wrote as long as it has at most
 * 15 significant digits (IEEE 754 doubles keep those exactly); more is refused.
 */
export function paiseFromRupeeNumber(value: number): Paise {
  return parse(textOfNumber(value), 'refused');
}

/** `nearestPaiseFromRupees` of a JSON number. */
export function nearestPaiseFromRupeeNumber(value: number): Paise {
  return parse(textOfNumber(value), 'rounded');
}

function textOfNumber(value: number): string {
  const text = String(value);
  if (
    !Number.isFinite(value) ||
    Object.is(value, -0) ||
    text.replaceAll(/[-.]/g, '').replace(/^0+/, '').length > 15
  )
    throw new RangeError('not a decimal amount in rupees');
  return text;
}

/** `11050n` → `"110.50"`. */
export function rupeesFromPaise(amountPaise: Paise): string {
  const abs = amountPaise < 0n ? -amountPaise : amountPaise;
  return `${amountPaise < 0n ? '-' : ''}${abs / 100n}.${(abs % 100n).toString().padStart(2, '0')}`;
}
