import { isAadhaar } from '../../platform/verhoeff';

describe('isAadhaar', () => {
  it.each(['234567890124', '999941057058', '999971658847', '999933119405'])('%s is one', (text) => { expect(isAadhaar(text)).toBe(true); });

  it.each(['234567890123', '', '23456789012', '2345678901244', '034567890124', '134567890124', '2345 6789 0124', '23456789012４', 'x34567890124', '234567890124\n'])('%j is none', (text) => { expect(isAadhaar(text)).toBe(false); });

  it('finds each wrong digit, and each two neighbours that changed places', () => {
    const good = '999941057058';
    for (let i = 0; i < good.length; i++) {
      for (let digit = 0; digit < 10; digit++) {
        const other = good.slice(0, i) + String(digit) + good.slice(i + 1);
        expect({ other, is: isAadhaar(other) }).toEqual({ other, is: other === good });
      }
      const swapped = good.slice(0, i) + (good[i + 1] ?? '') + good[i]! + good.slice(i + 2);
      expect({ swapped, is: isAadhaar(swapped) }).toEqual({ swapped, is: swapped === good });
    }
  });
});
