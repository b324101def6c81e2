import * as fc from 'fast-check';
import {
  nearestPaiseFromRupeeNumber,
  nearestPaiseFromRupees,
  paiseFromRupeeNumber,
  paiseFromRupees,
  rupeesFromPaise,
} from './decimal';

describe('rupees and paise', () => {
  it.each([
    ['0', 0n],
    ['110.0', 11_000n],
    ['110.5', 11_050n],
    ['0.01', 1n],
    ['-3.54', -354n],
    ['2870.000', 287_000n],
    ['100000000000000.99', 10_000_000_000_000_099n],
  ])('%s', (text, paise) => {
    expect(paiseFromRupees(text)).toBe(paise);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '+1',
    '1,000',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1.005',
    '1.0001',
    '१',
    '--1',
    '1234567890123456',
    '2.20834002375E9', // how Eko prints a balance of 220 crore
    'Rs. 1,500.00',
    '1500.00 Dr',
    '1500.00Cr',
    '(1500.00)',
  ])('refuses %p', (text) => {
    expect(() => paiseFromRupees(text)).toThrow(RangeError);
  });

  it.each([
    ['0.024', 2n],
    ['0.025', 3n],
    ['0.0249999999', 2n],
    ['1.995', 200n],
    ['-0.025', -3n],
    ['0.02', 2n],
    ['7', 700n],
  ])('a share to the nearest paisa: %s', (text, paise) => {
    expect(nearestPaiseFromRupees(text)).toBe(paise);
    expect(nearestPaiseFromRupeeNumber(Number(text))).toBe(paise);
    expect(() => nearestPaiseFromRupees(`${text}x`)).toThrow(RangeError);
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), (paise) => {
        expect(paiseFromRupees(rupeesFromPaise(paise))).toBe(paise);
      }),
    );
  });

  it('reads JSON numbers by their text: every amount up to 10 crore crore paise survives the double', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 14n }), (paise) => {
        expect(paiseFromRupeeNumber(JSON.parse(rupeesFromPaise(paise)) as number)).toBe(paise);
      }),
    );
    expect(paiseFromRupeeNumber(1.1)).toBe(110n);
    expect(paiseFromRupeeNumber(19.99)).toBe(1_999n);
  });

  it.each([0.1 + 0.2, 1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, -0, 1.005, 9_007_199_254_740_992])(
    'refuses the number %p',
    (value) => {
      expect(() => paiseFromRupeeNumber(value)).toThrow(RangeError);
    },
  );
});
