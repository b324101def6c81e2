import { shareOf } from './rules';

const RULE = { minimumPaise: 10_000n, maximumPaise: 20_000_000n };
/** By the amount that is paid: fee and tax of the first slab that it is in. */
const slabs =
  (...list: readonly (readonly [upTo: bigint, feePaise: bigint, taxPaise: bigint])[]) =>
  (paise: bigint) => {
    const [, feePaise, taxPaise] = list.find(([upTo]) => paise <= upTo)!;
    return { feePaise, taxPaise };
  };

test.each([
  ['all of it, less fee and tax', 1_000_590n, slabs([2_500_000n, 500n, 90n]), [1_000_000n, 500n, 90n]],
  [
    'never more than the most',
    50_000_000n,
    slabs([25_000_000n, 1_000n, 180n], [10n ** 12n, 9_999n, 0n]),
    [20_000_000n, 1_000n, 180n],
  ],
  [
    'into a cheaper slab: what is not paid stays',
    2_500_500n,
    slabs([2_500_000n, 500n, 90n], [10n ** 12n, 1_000n, 180n]),
    [2_499_320n, 500n, 90n],
  ],
  // a wallet that would be asked for more than it has stopped the batch of all others
  [
    'into a dearer slab: never more than is there',
    100_300n,
    slabs([100_000n, 1_000n, 0n], [10n ** 12n, 500n, 0n]),
    [99_300n, 1_000n, 0n],
  ],
])('%s', (_what, available, price, [amountPaise, feePaise, taxPaise]) => {
  expect(shareOf(available, RULE, price)).toEqual({ amountPaise, feePaise, taxPaise });
});

test('nothing below the least, and nothing where the price takes all', () => {
  expect(shareOf(9_999n, RULE, slabs([10n ** 12n, 0n, 0n]))).toBeUndefined();
  expect(shareOf(10_000n, RULE, slabs([10n ** 12n, 9_000n, 1_000n]))).toBeUndefined();
});
