import {
  allocate,
  formatRupees,
  MAX_AMOUNT_PAISE,
  paiseFromJson,
  paiseToJson,
  percentOf,
  taxWithin,
} from './money';

describe('percentages', () => {
  test.each([
    [500n, 1_800n, 'half-up', 90n],
    [300n, 1_800n, 'half-up', 54n],
    [25n, 1_800n, 'half-up', 5n], // 4.5
    [25n, 1_800n, 'down', 4n],
    [25n, 1_800n, 'up', 5n],
    [24n, 1_800n, 'half-up', 4n], // 4.32
    [24n, 1_800n, 'up', 5n],
    [0n, 1_800n, 'up', 0n],
    [1n, 0n, 'up', 0n],
  ] as const)('%s at %s bps, %s, is %s', (amount, bps, rounding, expected) => {
    expect(percentOf(amount, bps, rounding)).toBe(expected);
  });

  test('the tax inside 10.00 at 18 % is 1.53', () => {
    expect(taxWithin(1_000n, 1_800n, 'half-up')).toBe(153n);
    expect(taxWithin(1_000n, 1_800n, 'down')).toBe(152n);
  });

  test('nothing negative', () => {
    expect(() => percentOf(-1n, 1n, 'up')).toThrow(RangeError);
    expect(() => percentOf(1n, -1n, 'up')).toThrow(RangeError);
    expect(() => taxWithin(-1n, 1n, 'up')).toThrow(RangeError);
  });
});

describe('splitting', () => {
  test('the largest remainders get the odd paise, ties the first', () => {
    expect(allocate(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(allocate(5n, [1n, 1n])).toEqual([3n, 2n]);
    expect(allocate(10n, [70n, 20n, 10n])).toEqual([7n, 2n, 1n]);
    expect(allocate(11n, [80n, 10n, 5n])).toEqual([9n, 1n, 1n]); // 9.26, 1.16, 0.58
    expect(allocate(0n, [1n, 2n])).toEqual([0n, 0n]);
    expect(allocate(7n, [0n, 1n])).toEqual([0n, 7n]);
  });

  test('refuses what has no answer', () => {
    expect(() => allocate(1n, [])).toThrow(RangeError);
    expect(() => allocate(1n, [0n])).toThrow(RangeError);
    expect(() => allocate(1n, [2n, -1n])).toThrow(RangeError);
    expect(() => allocate(-1n, [1n])).toThrow(RangeError);
  });
});

describe('JSON', () => {
  test('safe integers go out and come in, nothing else does', () => {
    expect(paiseToJson(MAX_AMOUNT_PAISE)).toBe(1_000_000_000_000);
    expect(paiseToJson(BigInt(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => paiseToJson(BigInt(Number.MAX_SAFE_INTEGER) + 1n)).toThrow(RangeError);
    expect(() => paiseToJson(-(2n ** 63n))).toThrow(RangeError);
    expect(paiseFromJson(150_000)).toBe(150_000n);
    for (const bad of [0.1, 1e16, Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53])
      expect(() => paiseFromJson(bad)).toThrow(RangeError);
  });
});

test.each([
  [0n, '₹0.00'],
  [5n, '₹0.05'],
  [100n, '₹1.00'],
  [99_999n, '₹999.99'],
  [100_000n, '₹1,000.00'],
  [9_999_999n, '₹99,999.99'],
  [12_345_670n, '₹1,23,456.70'],
  [1_234_567_890n, '₹1,23,45,678.90'],
  [MAX_AMOUNT_PAISE, '₹10,00,00,00,000.00'],
  [-5n, '-₹0.05'],
  [-12_345_670n, '-₹1,23,456.70'],
])('%s paise are shown as %s', (paise, text) => {
  expect(formatRupees(paise)).toBe(text);
});
