import * as fc from 'fast-check';
import { paiseFromRupees } from './decimal';
import { allocate, formatRupees, paiseFromJson, paiseToJson, percentOf, taxWithin } from './money';

const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
const bps = fc.bigInt({ min: 0n, max: 20_000n });

describe('percentages', () => {
  test('each rounding is the exact value, moved by less than one paisa in its direction', () => {
    fc.assert(
      fc.property(amount, bps, (a, b) => {
        const exact = a * b; // in ten-thousandths of a paisa
        const down = percentOf(a, b, 'down') * 10_000n;
        const up = percentOf(a, b, 'up') * 10_000n;
        const near = percentOf(a, b, 'half-up') * 10_000n;
        expect(down <= exact && exact - down < 10_000n).toBe(true);
        expect(up >= exact && up - exact < 10_000n).toBe(true);
        expect(near - exact <= 5_000n && exact - near < 5_000n).toBe(true);
      }),
    );
  });

  test('the tax within what was taxed is the tax that was added, to one paisa', () => {
    fc.assert(
      fc.property(amount, bps, (net, b) => {
        const tax = percentOf(net, b, 'half-up');
        const found = taxWithin(net + tax, b, 'half-up');
        expect(found - tax <= 1n && tax - found <= 1n).toBe(true);
      }),
    );
  });

  test('more money never means less tax', () => {
    fc.assert(
      fc.property(amount, amount, bps, (a, b, rate) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(percentOf(less, rate, 'half-up') <= percentOf(more, rate, 'half-up')).toBe(true);
      }),
    );
  });
});

describe('P1 splitting loses and makes nothing', () => {
  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 })
    .filter((w) => w.some((x) => x > 0n));

  test('the parts sum to the whole, each within one paisa of its exact share, and a weight of zero gets nothing', () => {
    fc.assert(
      fc.property(amount, weights, (a, w) => {
        const parts = allocate(a, w);
        const total = w.reduce((sum, x) => sum + x, 0n);
        expect(parts.reduce((sum, x) => sum + x, 0n)).toBe(a);
        parts.forEach((part, i) => {
          const distance = part * total - a * w[i]!;
          expect(distance < total && -distance < total).toBe(true);
          expect(w[i] === 0n && part !== 0n).toBe(false);
        });
      }),
    );
  });

  test('a larger weight never gets less', () => {
    fc.assert(
      fc.property(amount, weights, (a, w) => {
        const parts = allocate(a, w);
        const less = w.some((wi, i) => w.some((wj, j) => wi > wj && parts[i]! < parts[j]!));
        expect(less).toBe(false);
      }),
    );
  });
});

test('what goes out as JSON comes in as the same', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }), (a) => {
      expect(paiseFromJson(JSON.parse(JSON.stringify(paiseToJson(a))) as number)).toBe(a);
    }),
  );
});

test('what a screen shows reads back as the same amount', () => {
  fc.assert(
    fc.property(amount, (a) => {
      expect(paiseFromRupees(formatRupees(a).replaceAll(/[₹,]/g, ''))).toBe(a);
    }),
  );
});
