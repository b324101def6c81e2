import { userId } from '../ids/ids';
import { chooseMode, quotePayout, type PayoutMode, type PayoutRequest } from './payout';
import { FakeClock } from '../../platform/clock';
import { fixedPolicies } from '../../test/support/fixed-policies';

const BANK = {
  name: 'Test Beneficiary',
  account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
} as const;
const VPA = { name: 'Test Beneficiary', account: { kind: 'vpa', address: 'trader@okbank' } } as const;
const request = (over: Partial<PayoutRequest> = {}): PayoutRequest => ({
  amountPaise: 150_000n,
  currency: 'INR',
  beneficiary: BANK,
  reference: 'ref-1',
  ...over,
});
const clock = new FakeClock('2026-11-01T06:30:00Z');
const policies = fixedPolicies();
const quote = (over: Partial<PayoutRequest>): ReturnType<typeof quotePayout> =>
  quotePayout(request(over), userId('user-1'), { policies, clock });
const refusal = (over: Partial<PayoutRequest>): { code: string; pointer: string } => {
  try {
    quote(over);
  } catch (error) {
    const e = error as { code: string; errors: { pointer: string }[] };
    return { code: e.code, pointer: e.errors[0]!.pointer };
  }
  throw new Error('it was not refused');
};

describe('the mode', () => {
  test.each<[string, Partial<PayoutRequest>, PayoutMode]>([
    ['a VPA goes by UPI', { beneficiary: VPA }, 'UPI'],
    ['up to five lakh by IMPS', { amountPaise: 50_000_000n }, 'IMPS'],
    ['one paisa more by NEFT', { amountPaise: 50_000_001n }, 'NEFT'],
    ['what is asked for is taken', { mode: 'RTGS', amountPaise: 20_000_000n }, 'RTGS'],
  ])('%s', (_what, over, mode) => {
    expect(chooseMode(request(over), policies, clock.now())).toBe(mode);
    expect(quote(over).mode).toBe(mode);
  });

  test('without a limit of IMPS in force, NEFT', () => {
    expect(chooseMode(request(), fixedPolicies({ amountLimit: () => undefined }), clock.now())).toBe('NEFT');
  });

  test.each<[Partial<PayoutRequest>]>([
    [{ mode: 'UPI' }],
    [{ mode: 'IMPS', beneficiary: VPA }],
    [{ mode: 'NEFT', beneficiary: VPA }],
  ])('%j does not suit', (over) => {
    expect(refusal(over)).toEqual({ code: 'PAYOUT_MODE_UNSUITABLE', pointer: '#/mode' });
  });
});

describe('the amount', () => {
  test.each<[PayoutMode, bigint, bigint]>([
    ['IMPS', 100n, 50_000_000n],
    ['NEFT', 100n, 1_000_000_000_000n],
    ['RTGS', 20_000_000n, 1_000_000_000_000n],
    ['UPI', 100n, 10_000_000n],
  ])('by %s from %s to %s paise', (mode, min, max) => {
    const beneficiary = mode === 'UPI' ? VPA : BANK;
    expect(quote({ mode, beneficiary, amountPaise: min }).mode).toBe(mode);
    expect(quote({ mode, beneficiary, amountPaise: max }).mode).toBe(mode);
    for (const amountPaise of [min - 1n, max + 1n])
      expect(refusal({ mode, beneficiary, amountPaise })).toEqual({
        code: 'PAYOUT_AMOUNT_OUT_OF_RANGE',
        pointer: '#/amount',
      });
  });

  test('the detail says the range in rupees', () => {
    expect(() => quote({ mode: 'RTGS', amountPaise: 100n })).toThrow(
      'by RTGS the amount must be from ₹2,00,000.00 to ₹10,00,00,00,000.00',
    );
  });
});

describe('price and limit', () => {
  test('fee, tax, provider fee, and the counter of the day in India', () => {
    expect(quote({})).toEqual({
      mode: 'IMPS',
      feePaise: 500n,
      taxPaise: 90n,
      providerFeePaise: 300n,
      limitKey: 'payout:user-1:2026-11-01',
      limitCapPaise: 500_000_000_000n,
    });
    const key = (at: string): string | null =>
      quotePayout(request(), userId('user-1'), { policies, clock: new FakeClock(at) }).limitKey;
    expect(key('2026-11-01T18:29:59.999Z')).toBe('payout:user-1:2026-11-01');
    expect(key('2026-11-01T18:30:00.000Z')).toBe('payout:user-1:2026-11-02');
  });

  test('without a cap there is no counter', () => {
    expect(
      quotePayout(request(), userId('user-1'), {
        policies: fixedPolicies({ periodCap: () => undefined }),
        clock,
      }),
    ).toMatchObject({ limitKey: null, limitCapPaise: null });
  });
});

describe('the bank', () => {
  const to = (ifsc: string): Partial<PayoutRequest> => ({
    beneficiary: { ...BANK, account: { ...BANK.account, ifsc } },
  });

  test('a code that has ended is refused; one that no list has had is a warning', () => {
    expect(refusal(to('BKID0AG0001'))).toEqual({ code: 'IFSC_ENDED', pointer: '#/beneficiary/ifsc' });
    for (const [ifsc, code] of [
      ['ZZZZ0000001', 'IFSC_BANK_UNKNOWN'],
      ['SBIN0999999', 'IFSC_BRANCH_UNKNOWN'],
    ] as const)
      expect(quote(to(ifsc))).toMatchObject({
        mode: 'IMPS',
        warnings: [{ pointer: '#/beneficiary/ifsc', code }],
      });
    expect(quote(to('HDFC0000053')).warnings).toBeUndefined();
  });

  test('an account that is paid by UPI is looked at too', () => {
    const vpa = (address: string): Partial<PayoutRequest> => ({
      beneficiary: { name: 'Test Beneficiary', account: { kind: 'vpa', address } },
    });
    expect(refusal(vpa('0011@bkid0ag0001.ifsc.npci'))).toEqual({
      code: 'IFSC_ENDED',
      pointer: '#/beneficiary/vpa',
    });
    expect(quote(vpa('0011@ZZZZ0000001.ifsc.npci')).warnings).toMatchObject([
      { pointer: '#/beneficiary/vpa', code: 'IFSC_BANK_UNKNOWN' },
    ]);
    expect(quote(vpa('bkid0ag0001@okbank')).warnings).toBeUndefined();
  });

  test.each([
    [[], 'IMPS'],
    [['IMPS'], 'NEFT'],
    [['IMPS', 'NEFT'], 'RTGS'],
  ] as const)('not on %j: %s is chosen, and the others are refused', (notOn, mode) => {
    const row = { status: 'open', from: '2021-01-01', successor: null, successorName: null, notOn } as const;
    const deps = { policies: fixedPolicies({ bankStatus: () => row }), clock };
    const ask = (over: Partial<PayoutRequest>) =>
      quotePayout(request({ amountPaise: 20_000_000n, ...over }), userId('user-1'), deps);
    expect(ask({}).mode).toBe(mode);
    for (const other of notOn)
      expect(() => ask({ mode: other })).toThrow(expect.objectContaining({ code: 'BANK_NOT_ON_RAIL' }));
  });
});
