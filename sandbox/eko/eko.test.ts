/** Small parts of the sandbox's Eko: known signatures, formats of amounts and times, charges, OTPs. */
import * as fc from 'fast-check';
import { exactPercent, paiseFromField, shortRupees } from './amounts';
import { secretKeyOf } from './auth';
import { billPaise, operatorOf, operatorsOf } from './bbps-catalogue';
import { billCharges, settlementCharges, transferCharges, withdrawalCharges } from './fees';
import { createOtps, verdictOf } from './otps';
import { aepsDateTime, bankReference, isoDateTime, istDate, istDateTime, istMonth } from './times';

it.each([
  ['TEST_ACCESS_KEY_DO_NOT_USE', 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='],
  ['test-access-key-123', '88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo='],
])('signs like the golden vector of %s', (accessKey, expected) => {
  expect(secretKeyOf(accessKey, '1700000000000')).toBe(expected);
});

describe('amounts', () => {
  it.each([
    [0n, '0.0'],
    [11_000n, '110.0'],
    [153n, '1.53'],
    [110_50n, '110.5'],
    [-5n, '-0.05'],
    [1_013_118n, '10131.18'],
    [999_999_999n, '9999999.99'],
    [1_000_000_000n, '1.0E7'],
    [220_834_002_375n, '2.20834002375E9'],
    [222_263_731_286n, '2.22263731286E9'],
  ])('%d paise are %s', (paise, text) => {
    expect(shortRupees(paise)).toBe(text);
  });

  it('are the text of a double for every amount', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 14n), (paise) => {
        expect(Math.round(Number(shortRupees(paise)) * 100)).toBe(Number(paise));
      }),
    );
  });

  it('TDS of a bill keeps its decimals', () => {
    expect(exactPercent(120n, 2n)).toBe('0.024');
    expect(exactPercent(1_490n, 2n)).toBe('0.298');
  });

  it.each([
    [100, 10_000n],
    ['100.50', 10_050n],
    [0.1, 10n],
    ['1e3', undefined],
    [1.005, undefined],
    [{}, undefined],
    [null, undefined],
    [Number.NaN, undefined],
  ])('%j in a field is %p', (value, paise) => {
    expect(paiseFromField(value)).toBe(paise);
  });
});

it('writes times in four ways, and dates by the clock of India', () => {
  const atMs = Date.UTC(2026, 9, 31, 18, 30, 44, 96); // midnight in India
  expect([istDate(atMs - 45_000), istDate(atMs), istMonth(atMs)]).toEqual([
    '2026-10-31',
    '2026-11-01',
    '2026-11',
  ]);
  expect([istDateTime(atMs), aepsDateTime(atMs), isoDateTime(atMs), bankReference(7, atMs)]).toEqual([
    '2026-11-01 00:00:44',
    '01-11-26 00:00:44',
    '2026-10-31T18:30:44.096Z',
    '630500000007',
  ]);
});

describe('charges', () => {
  it('of a transfer are 1 %, ₹10 at least, and no commission is above the net charge', () => {
    expect(transferCharges(10_000n)).toEqual({
      feePaise: 1_000n,
      taxPaise: 153n,
      commissionPaise: 287n,
      tdsPaise: 6n,
    });
    expect(transferCharges(200_000n)).toEqual({
      feePaise: 2_000n,
      taxPaise: 305n,
      commissionPaise: 1_135n,
      tdsPaise: 23n,
    });
    fc.assert(
      fc.property(fc.bigInt(100n, 500_000n), (paise) => {
        const { feePaise, taxPaise, commissionPaise, tdsPaise } = transferCharges(paise);
        expect(
          feePaise >= 1_000n && commissionPaise < feePaise - taxPaise && tdsPaise <= commissionPaise,
        ).toBe(true);
      }),
    );
  });

  it('of the other services are those of the price list', () => {
    expect(withdrawalCharges(300_000n)).toMatchObject({
      feePaise: 0n,
      commissionPaise: 1_200n,
      tdsPaise: 24n,
    });
    expect(withdrawalCharges(1_000_000n).commissionPaise).toBe(1_300n);
    expect(withdrawalCharges(10_000n).commissionPaise).toBe(0n);
    expect(settlementCharges(1_000_000n)).toMatchObject({ feePaise: 590n, taxPaise: 90n });
    expect(settlementCharges(2_500_001n)).toMatchObject({ feePaise: 1_180n, taxPaise: 180n });
    expect(billCharges('utility', 287_000n)).toMatchObject({ commissionPaise: 120n, tdsPaise: 2n });
    expect(billCharges('utility', 1_000_000n).commissionPaise).toBe(5_200n);
    expect(billCharges('prepaid_large', 29_900n)).toMatchObject({ commissionPaise: 299n, tdsPaise: 6n });
  });
});

it('every operator has a regular expression that compiles, and a bill that stands still', () => {
  for (const operator of operatorsOf(null, null)) {
    for (const param of operator.params) expect(new RegExp(param.regex)).toBeInstanceOf(RegExp);
    expect(billPaise(operator, '3287820071')).toBe(billPaise(operatorOf(operator.id)!, '3287820071'));
  }
  expect(billPaise(operatorOf(53)!, '3287820071')).not.toBe(billPaise(operatorOf(53)!, '3287820072'));
});

it('an OTP is good for its purpose and subject, once, while it is young', () => {
  const otps = createOtps(() => 42);
  const challenge = otps.add({
    t: 'otp',
    n: 0,
    at: 1_000,
    purpose: 'transfer',
    mobile: '9000000000',
    subject: 'a',
  });
  const settings = { otp: null, otpTtlMs: 500 };
  const given = { purpose: 'transfer', subject: 'a', otp: otps.digits(challenge), nowMs: 1_500 } as const;
  expect(verdictOf(otps, otps.find(challenge.ref), given, settings)).toBe('good');
  expect(verdictOf(otps, challenge, { ...given, subject: 'b' }, settings)).toBe('wrong');
  expect(verdictOf(otps, challenge, { ...given, purpose: 'refund' }, settings)).toBe('wrong');
  expect(verdictOf(otps, challenge, { ...given, otp: 'x' }, settings)).toBe('wrong');
  expect(verdictOf(otps, challenge, { ...given, nowMs: 1_501 }, settings)).toBe('expired');
  expect(verdictOf(otps, challenge, { ...given, otp: '0000' }, { ...settings, otp: '0000' })).toBe('good');
  otps.use(0);
  expect(verdictOf(otps, challenge, given, settings)).toBe('used');
  expect(verdictOf(otps, undefined, given, settings)).toBe('wrong');
});
