import * as fc from 'fast-check';
import { hasVerhoeffCheck, holdsAadhaar, isAadhaar } from './aadhaar';

describe('Aadhaar numbers', () => {
  it.each(['234567890124', '999941057058', '999971658847', '999933119405', '200020020002'])(
    '%s is one',
    (text) => {
      expect(isAadhaar(text)).toBe(true);
    },
  );
  it.each([
    '234567890123',
    '134567890124',
    '034567890124',
    '23456789012',
    '2345678901240',
    '2345 6789 0124',
    '２３４５６７８９０１２４',
    '',
    'abcdefghijkl',
    '234567890124\n',
  ])('%j is none', (text) => {
    expect(isAadhaar(text)).toBe(false);
  });

  it('one wrong digit, or two neighbours swapped, are found', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[2-9]\d{10}$/),
        fc.nat(11),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(10),
        (head, place, by, swap) => {
          const good = Array.from({ length: 10 }, (_, d) => `${head}${d}`).filter(hasVerhoeffCheck);
          expect(good).toHaveLength(1);
          const digits = Array.from(good[0]!, Number);
          expect(hasVerhoeffCheck(digits.with(place, (digits[place]! + by) % 10).join(''))).toBe(false);
          const swapped = digits
            .with(swap, digits[swap + 1]!)
            .with(swap + 1, digits[swap]!)
            .join('');
          expect(hasVerhoeffCheck(swapped)).toBe(swapped === good[0]);
        },
      ),
    );
  });
});

describe('a text that is kept', () => {
  it.each([
    '999941057058',
    'ref-999941057058',
    'ref999941057058x',
    'till/9999-4105-7058',
    '9999.4105.7058',
    '1-9999_4105_7058',
    '1111-9999-4105-7058',
    'abc999941057058',
    '7/999941057058/2',
  ])('%s holds an Aadhaar number', (text) => {
    expect(holdsAadhaar(text)).toBe(true);
  });
  it.each([
    '',
    'till-7-000001',
    'ref-ab3f9999-4105-7058',
    '9999-4105-7058ab',
    '999941057059',
    '99994105705',
    '9999410570581',
    '20261125999941057058',
    '9999-41057058',
    '9999-4105.7058',
    '9123450000-999941057',
    'a1b2c3d4-0000-4000-8000-999941057058',
    '9f8e7d6c5b4a9999410570580',
    'order_A1B2C3D4-0000-4000-8000-999941057058',
  ])('%j holds none', (text) => {
    expect(holdsAadhaar(text)).toBe(false);
  });

  it('a UUID never does, and a hex id never does', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect([holdsAadhaar(id), holdsAadhaar(`ref-${id}`), holdsAadhaar(`ref_${id}`)]).toEqual([
          false,
          false,
          false,
        ]);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,8}[a-f][0-9]{12}[a-f][0-9a-f]{4,10}$/), (id) => {
        expect(holdsAadhaar(id)).toBe(false);
      }),
    );
  });
});
