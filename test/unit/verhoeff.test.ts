import * as fc from 'fast-check';
import { hasVerhoeffCheck, isAadhaar } from '../../platform/verhoeff';

describe('Aadhaar numbers', () => {
  it.each(['234567890124', '999941057058', '999971658847', '999933119405'])('%s is one', (text) => { expect(isAadhaar(text)).toBe(true); });
  it.each(['234567890123', '134567890124', '034567890124', '23456789012', '2345678901240', '2345 6789 0124', '２３４５６７８９０１２４', '', 'abcdefghijkl', '234567890124\n'])('%j is none', (text) => { expect(isAadhaar(text)).toBe(false); });

  it('one wrong digit, or two neighbours swapped, are found', () => {
    fc.assert(fc.property(fc.stringMatching(/^[2-9]\d{10}$/), fc.nat(11), fc.integer({ min: 1, max: 9 }), fc.nat(10), (head, place, by, swap) => {
      const good = Array.from({ length: 10 }, (_, d) => `${head}${d}`).filter(hasVerhoeffCheck);
      expect(good).toHaveLength(1);
      const digits = Array.from(good[0]!, Number);
      expect(hasVerhoeffCheck(digits.with(place, (digits[place]! + by) % 10).join(''))).toBe(false);
      const swapped = digits.with(swap, digits[swap + 1]!).with(swap + 1, digits[swap]!).join('');
      expect(hasVerhoeffCheck(swapped)).toBe(swapped === good[0]);
    }));
  });
});
