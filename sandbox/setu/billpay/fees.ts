import type { Biller, FeeSlab } from './catalogue';

const GST_PERCENT = 18n;
const MILLIONTHS = 1_000_000n;

/**
 * The customer convenience fee in paise: `(flat + amount × percent / 100) × 1.18`, from the slab that
 * contains the amount. The contract does not say how to round, so both the fee rounded down and the fee
 * rounded up are accepted.
 */
export function convenienceFee(
  biller: Biller,
  amountPaise: bigint,
): { lowestPaise: bigint; highestPaise: bigint } {
  const slab = biller.slabs?.find((s) => amountPaise >= s.minPaise && amountPaise <= s.maxPaise);
  if (slab === undefined) return { lowestPaise: 0n, highestPaise: 0n };
  const numerator = (slab.flatPaise * MILLIONTHS + amountPaise * millionthsOf(slab)) * (100n + GST_PERCENT);
  const denominator = MILLIONTHS * 100n;
  return { lowestPaise: numerator / denominator, highestPaise: (numerator + denominator - 1n) / denominator };
}

/** The percentage in millionths of the amount: 0.5 % is 5,000. */
const millionthsOf = ({ percent }: FeeSlab): bigint => BigInt(Math.round(percent * 10_000));
