import * as fc from 'fast-check';
import { matchNames, nameWords } from './names';

/** The line below which a person looks: policies/20261130_kyc.ts. */
const LINE = 75;

describe('the same holder', () => {
  it.each([
    ['RAVI KUMAR S', 'S Ravi Kumar'],
    ['Ravi Kumar Sharma', 'RAVI KUMAR S'],
    ['Ravi Kumar', 'R KUMAR RAVI'],
    ['Ravi Kumar', 'Mr. RAVI  KUMAR'],
    ['Lakshmi Devi', 'SMT LAKSHMI DEVI'],
    ['Gupta Traders', 'M/S GUPTA TRADERS'],
    ['Gupta Traders', 'M/S. Gupta Traders'],
    ['Sri Balaji Traders Private Limited', 'SRI BALAJI TRADERS PVT LTD'],
    ['Subramaniam Venkataraman Iyer', 'SUBRAMANIAM VENKATAR'], // cut at twenty
    ['Venkatesh', 'VENKATESHA'],
    ['Mohammed Irfan', 'MOHAMMAD IRFAN'],
    ['José Fernandes', 'JOSE FERNANDES'],
    ['Ravikumar', 'RAVI KUMAR'],
    ["D'Souza Maria", 'DSOUZA MARIA'],
  ])('%s is %s', (given, found) => {
    expect(matchNames(given, found).score).toBeGreaterThanOrEqual(LINE);
  });
});

describe('another, or one that a person must look at', () => {
  it.each([
    ['Ravi Kumar', 'Rani Kumari'],
    ['Ravi Kumar', 'Ravi Sharma'],
    ['Ravi Kumar', 'Kumar'],
    ['Gupta Traders', 'Gupta Medicals'],
    ['Private Limited', 'Sharma Private Limited'],
    ['R K', 'Ravi Kumar'],
    ['Ravi Kumar', ''],
    ['', ''],
    ['...', '---'],
  ])('%s is not %s', (given, found) => {
    expect(matchNames(given, found).score).toBeLessThan(LINE);
  });
});

it('a name is itself, in any order, case and script', () => {
  const word = fc
    .stringMatching(/^[A-Z][a-z]{3,9}$/)
    .filter((w) => nameWords(`${w} x`).includes(w.toLowerCase()));
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 4 }), (words) => {
      expect(matchNames(words.join(' '), words.toReversed().join(' ').toUpperCase()).score).toBe(100);
    }),
  );
  expect(matchNames('रवि कुमार', 'रवि कुमार').score).toBe(100);
  expect(nameWords('रवि कुमार')).toEqual(['रवि', 'कुमार']);
});

it('the score is a whole number from 0 to 100 for any two texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      const { score } = matchNames(a, b);
      expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
    }),
  );
});
