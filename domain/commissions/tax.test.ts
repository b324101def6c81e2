/** Tax on commission: the rate on the year's total, whatever the parts are. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  depositBy,
  mirrorOf,
  NO_YEAR,
  taxOn,
  taxYear,
  type Mirrored,
  type TaxRule,
  type TaxYear,
} from './tax';

const FIRST: TaxRule = { bps: 200, thresholdPaise: 2_000_000n, fromFirstRupee: true };
const THRESHOLD: TaxRule = { ...FIRST, fromFirstRupee: false };
/** One credit after the other. */
function taxes(credits: readonly bigint[], rule: TaxRule, from: TaxYear = NO_YEAR): bigint[] {
  let year = from;
  return credits.map((credit) => {
    const found = taxOn(year, [credit], rule);
    ({ year } = found);
    return found.taxed[0]!.tdsPaise;
  });
}

test('of the first rupee: the worked postings of commissions', () => {
  for (const [credit, tds] of [
    [800n, 16n],
    [100n, 2n],
    [50n, 1n],
    [80n, 2n],
    [900n, 18n],
    [200n, 4n],
  ] as const)
    expect(taxes([credit], FIRST)).toEqual([tds]);
});

test('on the threshold: 8,000 three times is 0, 0 and 480.00; the next 1,000 is 20.00; another year begins anew', () => {
  expect(taxes([800_000n, 800_000n, 800_000n, 100_000n], THRESHOLD)).toEqual([0n, 0n, 48_000n, 2_000n]);
  expect(taxes([2_000_000n, 1n], THRESHOLD)).toEqual([0n, 40_000n]);
  expect(taxes([1_999_999n], THRESHOLD)).toEqual([0n]);
});

const payout = (grossPaise: bigint, basePaise: bigint, tdsPaise: bigint): Mirrored => ({
  ...{ grossPaise, basePaise, tdsPaise, backGrossPaise: 0n, backBasePaise: 0n, backTdsPaise: 0n },
});
/** One share after the other. */
function backs(of: Mirrored, shares: readonly bigint[]): (readonly [bigint, bigint])[] {
  let rest = of;
  return shares.map((share) => {
    const { basePaise, tdsPaise } = mirrorOf(rest, share);
    rest = {
      ...rest,
      backGrossPaise: rest.backGrossPaise + share,
      backBasePaise: rest.backBasePaise + basePaise,
      backTdsPaise: rest.backTdsPaise + tdsPaise,
    };
    return [basePaise, tdsPaise] as const;
  });
}

test('what is taken back takes the tax of its payout with it: also what that has caught up, or did not tax', () => {
  expect(backs(payout(800n, 800n, 16n), [800n])).toEqual([[800n, 16n]]);
  expect(backs(payout(75n, 75n, 2n), [25n, 25n, 25n]).map(([, tds]) => tds)).toEqual([1n, 0n, 1n]);
  expect(backs(payout(800_000n, 2_400_000n, 48_000n), [800_000n])).toEqual([[2_400_000n, 48_000n]]);
  expect(backs(payout(800_000n, 0n, 0n), [300_000n])).toEqual([[0n, 0n]]);
});

test('whatever comes back in which parts, it is never more than the payout, and all of it is all of its tax', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 1n, max: 5_000n }), { minLength: 1, maxLength: 20 }),
      fc.bigInt({ min: 0n, max: 2_000n }),
      (shares, bps) => {
        const gross = shares.reduce((a, b) => a + b, 0n);
        const tds = (gross * bps + 5_000n) / 10_000n;
        let [base, taken] = [0n, 0n];
        const back = backs(payout(gross, gross, tds), shares);
        for (const [ofBase, ofTds] of back) [base, taken] = [base + ofBase, taken + ofTds];
        expect([base, taken, back.some(([, ofTds]) => ofTds < 0n)]).toEqual([gross, tds, false]);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('credits of any size and order come to the rate on their sum, rounded once', () => {
  expect(() =>
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -900n, max: 1_000n }), { minLength: 1, maxLength: 40 }),
        (credits) => {
          const sum = credits.reduce((a, b) => a + b, 0n);
          const tds = taxes(credits, FIRST).reduce((a, b) => a + b, 0n);
          const twice = 2n * (tds * 10_000n - sum * 200n);
          assert.ok(twice > -10_000n && twice <= 10_000n, `${tds} of ${sum}`);
          const together = taxOn(NO_YEAR, credits, FIRST);
          assert.equal(together.year.tdsPaise, tds);
          assert.deepEqual(
            together.taxed.map((one) => one.tdsPaise),
            taxes(credits, FIRST),
          );
        },
      ),
      { numRuns: 2_000 },
    ),
  ).not.toThrow();
});

test('years begin on 1 April; March is deposited by 30 April, other months by the 7th', () => {
  expect(['2026-03-31', '2026-04-01', '2028-02-29'].map(taxYear)).toEqual([2025, 2026, 2027]);
  expect(['2026-03-31', '2026-04-01', '2026-12-31', '2026-09-30'].map(depositBy)).toEqual([
    '2026-04-30',
    '2026-05-07',
    '2027-01-07',
    '2026-10-07',
  ]);
});
