/**
 * Money is a whole number of paise as bigint. Percentages are basis points (1 bps = 0.01 %) with a named
 * rounding.
 */
export type Paise = bigint;
export type Rounding = 'half-up' | 'down' | 'up';

const BPS = 10_000n;

/**
 * The largest amount that is accepted from outside: 10^12 paise (₹1,000 crore), well inside JSON's safe
 * integers.
 */
export const MAX_AMOUNT_PAISE = 1_000_000_000_000n;

/** `amount × bps / 10,000`, rounded as named. Throws RangeError on a negative amount or rate. */
export function percentOf(amountPaise: Paise, bps: bigint, rounding: Rounding): Paise {
  if (amountPaise < 0n || bps < 0n) throw new RangeError('percentOf takes no negative numbers');
  return divide(amountPaise * bps, BPS, rounding);
}

/** The tax inside a tax-inclusive amount: `amount × bps / (10,000 + bps)`. 10.00 at 18 % holds 1.53. */
export function taxWithin(grossPaise: Paise, bps: bigint, rounding: Rounding): Paise {
  if (grossPaise < 0n || bps < 0n) throw new RangeError('taxWithin takes no negative numbers');
  return divide(grossPaise * bps, BPS + bps, rounding);
}

function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n || rounding === 'down') return quotient;
  if (rounding === 'up') return quotient + 1n;
  return rest * 2n >= denominator ? quotient + 1n : quotient;
}

export const least = (a: Paise, b: Paise): Paise => (a < b ? a : b);

/**
 * Splits an amount by weights so that the parts always sum to the whole (largest remainder, ties to the
 * first).
 */
export function allocate(amountPaise: Paise, weights: readonly bigint[]): Paise[] {
  const total = weights.reduce((sum, w) => sum + w, 0n);
  if (amountPaise < 0n || total <= 0n || weights.some((w) => w < 0n))
    throw new RangeError('allocate needs a non-negative amount and weights that sum above zero');
  const parts = weights.map((w) => (amountPaise * w) / total);
  const remainders = weights.map((w, i) => ({ i, rest: (amountPaise * w) % total }));
  let left = amountPaise - parts.reduce((sum, p) => sum + p, 0n);
  remainders.sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1));
  for (const { i } of remainders) {
    if (left === 0n) break;
    parts[i]! += 1n;
    left -= 1n;
  }
  return parts;
}

/**
 * A JSON integer for the outside. Throws RangeError beyond the safe range: a wrong number must never leave.
 */
export function paiseToJson(amountPaise: Paise): number {
  const n = Number(amountPaise);
  if (!Number.isSafeInteger(n)) throw new RangeError('amount is outside the safe range of JSON integers');
  return n;
}

/** Paise from a JSON integer. Throws RangeError on a fraction or an unsafe number. */
export function paiseFromJson(value: number): Paise {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    throw new RangeError('amount is not a safe integer');
  return BigInt(value);
}

/** `₹1,23,456.70`, with Indian grouping. For screens and tables, never for arithmetic. */
export function formatRupees(amountPaise: Paise): string {
  const abs = amountPaise < 0n ? -amountPaise : amountPaise;
  const rupees = (abs / 100n).toString();
  const head = rupees.length > 3 ? `${rupees.slice(0, -3).replaceAll(/\B(?=(\d{2})+$)/g, ',')},` : '';
  return `${amountPaise < 0n ? '-' : ''}₹${head}${rupees.slice(-3)}.${(abs % 100n).toString().padStart(2, '0')}`;
}
