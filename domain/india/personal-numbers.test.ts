import * as fc from 'fast-check';
import { personalNumberIn } from './personal-numbers';

const AADHAAR = '999941057058';

describe('Aadhaar', () => {
  it.each([
    AADHAAR,
    '999941057059', // a wrong check digit: see the rule
    '9999 4105 7058',
    'till/9999-4105-7058',
    '9999.4105.7058',
    '9999 - 4105 - 7058',
    `ref-${AADHAAR}`,
    `ref${AADHAAR}x`,
    '1-9999_4105_7058',
    '９９９９４１０５７０５８',
    '9999\u00a04105\u00a07058',
    '9999\u20114105\u20117058',
    '9999\u20134105\u20137058',
    '99994105\u200b7058',
    `rrn ${AADHAAR}1 ${AADHAAR}`,
    '203313057058', // no such month
    '291332057058',
  ])('%s', (text) => {
    expect(personalNumberIn(text)).toBe('aadhaar');
  });

  it('in every written form of any number', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[5-9][0-9]{11}$/),
        fc.constantFrom('', ' ', '-', '.', '/'),
        (digits, sign) => {
          const text = [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)].join(sign);
          expect(personalNumberIn(`order ${text} of today`)).toBe('aadhaar');
        },
      ),
    );
  });
});

describe('a card', () => {
  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4222222222222',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '30569309025904',
    '3530111333300000',
    '6011111111111117',
    '6074820000000007',
    '5085000000000001',
    '8171999927660000',
    '6200000000000000003',
    'paid by 4111.1111.1111.1111 today',
  ])('%s', (text) => {
    expect(personalNumberIn(text)).toBe('card');
  });
});

describe('PAN', () => {
  it.each(['ABCPE1234F', 'abcpe1234f', 'pan ABCPE1234F.', 'x-AAACB1234C-1'])('%s', (text) => {
    expect(personalNumberIn(text)).toBe('pan');
  });
});

describe('nothing of the kind', () => {
  it.each([
    '',
    'order-1001',
    'INV/2026-27/0042',
    '20261129000142', // a day and a running number
    '202611290001',
    'ord-202611290001',
    '2026-1129-0001',
    '20261129-0001-0002',
    '261129235959', // a day and a time
    '29112026235959',
    '291126235959',
    '1732873512345', // milliseconds
    '1732873512345678',
    '1732873512',
    '000000000123',
    '0999941057058', // what the answer tells to write
    '04111111111111111',
    'RRN 633312345678',
    'utr-633312345678',
    'UTR633312345678',
    '9876543210',
    '999941057', // 9 digits
    '99994105705',
    '9999410570581',
    '20261125999941057058',
    'a1b2c3d4-0000-4000-8000-999941057058',
    '9f8e7d6c5b4a9999410570580',
    'HDFC0000053',
    '27ABCPE1234F1Z5', // a GSTIN is public
    'ABCDE1234F', // no holder of the kind D
    'Flat 12, 4th Floor, Plot 4105',
    '01JD9Z8K4T5QW3R7N2XVB6M1YC',
  ])('%s', (text) => {
    expect(personalNumberIn(text)).toBeUndefined();
  });

  it('a UUID, an id of hex digits, a running number after a date, a number with a 0 before it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.stringMatching(/^[0-9a-f]{8,20}[a-f][0-9a-f]{8,20}$/), (uuid, hex) => {
        expect([uuid, `ref-${uuid}`, hex].map(personalNumberIn)).toEqual([undefined, undefined, undefined]);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{4}$/), fc.stringMatching(/^0[0-9]{11,18}$/), (n, padded) => {
        expect([`20261129${n}`, padded].map(personalNumberIn)).toEqual([undefined, undefined]);
      }),
    );
  });

  it('takes no time over long texts', () => {
    const started = performance.now();
    for (const part of ['9', '4 ', '9999-', '9999 4105 ', 'ABCPE1234', 'rrn ', 'a1', '4111-1111-1111-'])
      personalNumberIn(part.repeat(Math.ceil(40_000 / part.length)));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
