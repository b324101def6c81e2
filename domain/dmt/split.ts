import type { Paise } from '../../platform/money';

/**
 * Splits an amount into parts of at most `maxPaise`, the largest first: 12,000 at 5,000 is 5,000, 5,000,
 * 2,000. The parts add up to the amount. Throws RangeError unless both are above zero.
 */
export function splitAmount(amountPaise: Paise, maxPaise: Paise): Paise[] {
  if (amountPaise <= 0n || maxPaise <= 0n) throw new RangeError('splitAmount takes amounts above zero');
  const whole = amountPaise / maxPaise;
  const rest = amountPaise % maxPaise;
  return [...Array.from({ length: Number(whole) }, () => maxPaise), ...(rest === 0n ? [] : [rest])];
}
