/** What may be saved as a rule: no gap, no overlap, and no amount at which more is shared than is paid. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { faultsOf, shareOf, type Income, type Slab } from './rule-check';
import { slabsFromText, slabsToText } from './slab-text';

const DMT: readonly Income[] = [
  { fromPaise: 1n, toPaise: 100_000n, flatPaise: 287n, bps: 0, costPaise: 0n, payer: 'eko' },
  { fromPaise: 100_001n, toPaise: 200_000n, flatPaise: 1_135n, bps: 0, costPaise: 0n, payer: 'eko' },
];
const faults = (typed: string, incomes: readonly (readonly Income[])[] = [DMT]): string[] =>
  faultsOf(slabsFromText(typed), incomes).map(({ field, reason }) => `${field}: ${reason}`);

test('slabs that follow one another and leave us a margin are saved', () => {
  expect(faults('100-100000:retailer=200,distributor=50;100001-200000:retailer=800,distributor=100')).toEqual(
    [],
  );
  expect(faults('%1-200000:retailer=7000bp,distributor=3000bp')).toEqual([]);
  expect(faults('')).toEqual([]);
});

test.each([
  ['100-99999:retailer=1;100001-200000:retailer=1', 'slabs[1].from: there is a gap'],
  ['100-100000:retailer=1;100000-200000:retailer=1', 'slabs[1].from: it overlaps'],
  ['100001-200000:retailer=1;100-100000:retailer=1', 'slabs[1].from: it overlaps'],
  ['0-100:retailer=1', 'slabs[0].from: it begins at one paisa'],
  ['200-100:retailer=1', 'slabs[0].to: it ends before it begins'],
  ['1-100:retailer=1,retailer=2', 'slabs[0].shares[1].level: retailer stands here twice'],
  ['%1-100:retailer=8000bp,distributor=2001bp', 'slabs[0].shares: they come to 10001 basis points'],
  ['%1-100:retailer=5', 'slabs[0].shares[0].flat: a share of the commission'],
])('%s is refused with its field and reason', (typed, said) => {
  expect(faults(typed)[0]).toContain(said);
});

test('a margin below zero is refused, with the amount: at an edge of ours, of the price list, and where a cap ends', () => {
  expect(faults('100-100000:retailer=288')).toEqual([
    'slabs[0].shares: at 1.00 rupees the shares come to 2.88, and eko pays 2.87',
  ]);
  expect(faults('50000-150000:retailer=300')[0]).toContain('at 500.00 rupees');
  expect(faults('1-300000:retailer=200')[0]).toContain(
    'at 2000.01 rupees the shares come to 2.00, and eko pays 0.00',
  );
  // 1 % up to 400 against 0.5 % flat of it: both ends are fine, the middle is not
  const income: Income = {
    fromPaise: 1n,
    toPaise: 100_000n,
    flatPaise: 0n,
    bps: 50,
    costPaise: 0n,
    payer: 'eko',
  };
  expect(faults('1-100000:retailer=100bp<400', [[{ ...income, flatPaise: 1n }]])[0]).toContain(
    'at 400.00 rupees',
  );
  expect(faults('1-100:retailer=1', [])[0]).toContain('nobody pays 0.00');
});

test('of our own fee no more is shared than the provider leaves of it, by sums and by parts of the whole', () => {
  const fee = { fromPaise: 1n, bps: 0, payer: "the fee less the provider's" };
  const list = [
    { ...fee, toPaise: 100_000n, flatPaise: 300n, costPaise: 300n },
    { ...fee, fromPaise: 100_001n, toPaise: 200_000n, flatPaise: 501n, costPaise: 300n },
  ];
  expect(faults('%100001-200000:retailer=4000bp', [list])).toEqual([]);
  expect(faults('%100001-200000:retailer=4000bp,distributor=13bp', [list])).toEqual([
    "slabs[0].shares: at 1000.01 rupees the shares come to 2.02, and the fee less the provider's pays 2.01",
  ]);
  expect(faults('%1-200000:retailer=1bp', [list])[0]).toContain('at 0.01 rupees');
  expect(faults('%1-100000:', [list])).toEqual([]);
  expect(faults('100001-200000:retailer=201', [list])).toEqual([]);
  expect(faults('100001-200000:retailer=202', [list])[0]).toContain('pays 2.01');
});

const share = fc.record({
  level: fc.constant('retailer' as const),
  flatPaise: fc.bigInt({ min: 0n, max: 300n }),
  bps: fc.integer({ min: 0, max: 150 }),
  capPaise: fc.option(fc.bigInt({ min: 1n, max: 500n })),
});

test('what is saved never loses a paisa at any amount', () => {
  let saved = 0;
  expect(() =>
    fc.assert(
      fc.property(
        share,
        fc.record({ flat: fc.bigInt({ min: 0n, max: 300n }), bps: fc.integer({ min: 0, max: 150 }) }),
        fc.bigInt({ min: 1n, max: 60_000n }),
        fc.array(fc.bigInt({ min: 1n, max: 60_000n }), { minLength: 20, maxLength: 20 }),
        (one, { flat, bps }, end, amounts) => {
          const slab: Slab = { fromPaise: 1n, toPaise: 60_000n, basis: 'amount', shares: [one] };
          const incomes: Income[] = [
            { fromPaise: 1n, toPaise: end, flatPaise: flat, bps, costPaise: 0n, payer: 'eko' },
            {
              fromPaise: end + 1n,
              toPaise: 90_000n,
              flatPaise: flat + 100n,
              bps,
              costPaise: 0n,
              payer: 'eko',
            },
          ];
          if (faultsOf([slab], [incomes]).length > 0) return;
          saved += 1;
          for (const amount of [...amounts, 1n, end, end + 1n, 60_000n]) {
            const paid = (amount > 60_000n ? 60_000n : amount) > end ? flat + 100n : flat;
            const income = paid + (2n * amount * BigInt(bps) + 10_000n) / 20_000n;
            assert.ok(shareOf(one, amount) <= income, `at ${amount}`);
          }
        },
      ),
      { numRuns: 1_000 },
    ),
  ).not.toThrow();
  expect(saved).toBeGreaterThan(50);
});

test('slabs are the same after a round through their text', () => {
  const typed = '100-100000:retailer=200,distributor=2+40bp<900;100001-500000:retailer=40bp<1300';
  expect(slabsToText(slabsFromText(typed))).toBe(typed);
  expect(slabsToText(slabsFromText('%1-5:retailer=7000bp'))).toBe('%1-5:retailer=7000bp');
  for (const bad of [
    '1-2',
    'x',
    '1-2:nobody=4',
    '1-2:retailer=-1',
    '1-2:retailer=1.5',
    '1-2:retailer=99999999999999',
  ])
    expect(() => slabsFromText(bad)).toThrow(expect.objectContaining({ code: 'COMMISSION_RULE_INVALID' }));
});
