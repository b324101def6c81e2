import * as fc from 'fast-check';
import { wholeStatus } from './transfer';
import { splitAmount } from './split';
import { PUBLIC_STATUSES } from '../lifecycle/lifecycle';

describe('splitting an amount', () => {
  test('parts sum to the whole, each within the limit, the largest first, and no more of them than needed', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10_000_000n),
        fc.bigInt(1n, 1_000_000n).filter((max) => max > 1_000n),
        (amount, max) => {
          const parts = splitAmount(amount, max);
          expect(parts.reduce((sum, p) => sum + p, 0n)).toBe(amount);
          expect(parts.every((p) => p > 0n && p <= max)).toBe(true);
          expect(parts).toEqual(parts.toSorted((a, b) => (a > b ? -1 : 1)));
          expect(BigInt(parts.length)).toBe((amount + max - 1n) / max);
        },
      ),
    );
  });

  test.each([
    [1_200_000n, [500_000n, 500_000n, 200_000n]],
    [500_000n, [500_000n]],
    [500_001n, [500_000n, 1n]],
    [1n, [1n]],
    [1_000_000n, [500_000n, 500_000n]],
  ])('%s paise at 5,000 rupees', (amount, parts) => {
    expect(splitAmount(amount, 500_000n)).toEqual(parts);
  });

  test('nothing, or less, cannot be split', () => {
    for (const [amount, max] of [
      [0n, 1n],
      [-1n, 1n],
      [1n, 0n],
    ] as const)
      expect(() => splitAmount(amount, max)).toThrow(RangeError);
  });
});

describe('the status of the whole', () => {
  test('is pending while a part is, that of all where they agree, PARTIAL only where something arrived', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PUBLIC_STATUSES), { minLength: 1, maxLength: 6 }), (parts) => {
        const whole = wholeStatus(parts);
        const kinds = new Set(parts);
        expect(whole === 'PENDING').toBe(kinds.has('PENDING'));
        expect(whole === 'SUCCESS').toBe(kinds.has('SUCCESS') && kinds.size === 1);
        expect(whole === 'PARTIAL').toBe(kinds.has('SUCCESS') && kinds.size > 1 && !kinds.has('PENDING'));
        expect([...kinds, 'PARTIAL', 'FAILED']).toContain(whole);
        expect(kinds.size > 1 || whole === parts[0]).toBe(true);
      }),
    );
  });
});
