import * as fc from 'fast-check';
import { codesOf, linesOf, numberOf } from './code-lines';

const code = fc.oneof(
  fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, '0')),
  fc.integer({ min: 0, max: 400 }).map((n) => `AG${String(n).padStart(4, '0')}`),
  fc.integer({ min: 0, max: 36 ** 6 - 1 }).map((n) => n.toString(36).toUpperCase().padStart(6, '0')),
);

test('whatever is written is read again, once each and in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(code, { maxLength: 300 }), (codes) => {
      expect([...codesOf(linesOf(codes))]).toEqual(codes.map(numberOf).toSorted((a, b) => a - b));
    }),
  );
});

test('a line is short and begins with a whole code', () => {
  fc.assert(
    fc.property(fc.uniqueArray(code, { minLength: 1, maxLength: 500 }), (codes) => {
      for (const line of linesOf(codes)) {
        expect(line.length).toBeLessThanOrEqual(100);
        expect(line).toMatch(/^[A-Z0-9]{6}(?:$| |-)/);
      }
    }),
  );
});

test('runs, what differs, and codes with letters', () => {
  expect(linesOf(['000060', '000053', '000058'])).toEqual(['000053 8 60']);
  expect(linesOf(['000009', '000010', '000011', '000012'])).toEqual(['000009-12']);
  expect(linesOf(['AG0099', 'AG0100', 'AG0101', 'AG0103'])).toEqual(['AG0099-101 3']);
  expect(linesOf(['000001', '000002', '0000SC'])).toEqual(['000001 2 SC']);
  expect(linesOf(['000009', '00000A', '000010'])).toEqual(['000009 A 10']);
  expect(linesOf([])).toEqual([]);
});

test('the last code there is has no other after it', () => {
  expect([...codesOf(linesOf(['999998', '999999', 'ZZZZZZ']))]).toEqual([
    numberOf('999998'),
    numberOf('999999'),
    2 ** 31 + 29_298_687,
  ]);
});
