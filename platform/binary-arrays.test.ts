import { binaryArray, UnfitValueError, type BinaryType } from './binary-arrays';

describe('binaryArray', () => {
  it('is what PostgreSQL describes: dimensions, whether there are nulls, type, length, first index, values', () => {
    expect(binaryArray('int2', [1, null]).toString('hex')).toBe(
      ['00000001', '00000001', '00000015', '00000002', '00000001', '000000020001', 'ffffffff'].join(''),
    );
  });

  it.each<[BinaryType, unknown]>([
    ['uuid', '01234567-89ab-cdef-0123-456789abcde'],
    ['uuid', '01234567-89ab-cdef-0123-456789abcdeg'],
    ['uuid', '01234567-89ab-cdef-0123-456789abcde\u{1F600}'],
    ['int2', 1.5],
    ['int2', 40_000],
    ['int4', Number.NaN],
    ['int4', -2_147_483_649],
    ['int8', 2n ** 63n],
    ['date', '2026-11-31'],
    ['date', '2026-11-30x'],
    ['date', '29-11-2026'],
    ['timestamptz', new Date(Number.NaN)],
  ])('refuses what is no %s', (type, value) => {
    expect(() => binaryArray(type, [value])).toThrow(UnfitValueError);
  });
});
