import { fixedPolicies } from '../../test/support/fixed-policies';
import type { BankStatus } from '../policies/policies';
import { isOnRail, judgeIfsc, reconfirmOf, requireIfsc, requireRail } from './ifsc';
import { bankOfIfsc, findIfsc, IFSC_LIST } from './list';

const AT = new Date('2026-11-29T06:30:00Z');
const row = (over: Partial<BankStatus>): BankStatus => ({
  status: 'open',
  from: '2021-01-01',
  successor: null,
  successorName: null,
  notOn: [],
  ...over,
});
const ROWS: Readonly<Record<string, BankStatus>> = {
  SYNB: row({ status: 'merged', successor: 'CNRB', successorName: 'Canara Bank' }),
  SBBJ: row({ status: 'merged', successor: 'SBIN', successorName: 'State Bank of India' }),
  APGB: row({ status: 'merged', successorName: 'Andhra Pradesh Grameena Bank' }),
  PYTM: row({ status: 'closed', from: '2026-04-24' }),
  RBIN: row({ notOn: ['IMPS'] }),
};
const banks = fixedPolicies({ bankStatus: (bank) => ROWS[bank] });
const judge = (ifsc: string) => judgeIfsc(banks, ifsc, AT);

test.each(['HDFC0000053', 'hdfc0000053', 'SBIN0000001', 'SYNB000RTGS', 'HDFC0CAMARN'])(
  '%s is good',
  (ifsc) => {
    expect(judge(ifsc)).toEqual({ is: 'good' });
    expect(requireIfsc(banks, { ifsc, pointer: '#/ifsc', at: AT })).toEqual({});
  },
);

test.each([
  ['SYNB0000445', 'Syndicate Bank (SYNB) is now Canara Bank (its IFSCs begin with CNRB)'],
  ['SBBJ0010001', 'is now State Bank of India (its IFSCs begin with SBIN)'],
  ['APGB0001000', 'Andhra Pragathi Grameena Bank (APGB) is now Andhra Pradesh Grameena Bank;'],
  ['BKID0AG0001', 'the list of IFSCs has not had it since 2025-'],
])('%s has ended: %s', (ifsc, says) => {
  expect(judge(ifsc)).toEqual({ is: 'ended', detail: expect.stringContaining(says) as string });
  expect(() => requireIfsc(banks, { ifsc, pointer: '#/beneficiary/ifsc', at: AT })).toThrow(
    expect.objectContaining({
      code: 'IFSC_ENDED',
      kind: 'invalid',
      errors: [
        {
          pointer: '#/beneficiary/ifsc',
          code: 'IFSC_ENDED',
          detail: expect.stringContaining('ask the beneficiary') as string,
        },
      ],
    }),
  );
  expect(reconfirmOf(banks, ifsc, AT)).toBe('ifsc_ended');
});

test('no code of a closed bank is paid, the one that the list still has neither', () => {
  for (const ifsc of ['PYTM0000001', 'PYTM0123456', 'PYTM0999999']) {
    expect(judge(ifsc)).toEqual({
      is: 'closed',
      detail:
        'Paytm Payments Bank (PYTM) has been closed since 2026-04-24; pay to an account at another bank',
    });
    expect(() => requireIfsc(banks, { ifsc, pointer: '#/ifsc', at: AT })).toThrow(
      expect.objectContaining({ code: 'BANK_CLOSED' }),
    );
    expect(reconfirmOf(banks, ifsc, AT)).toBe('bank_closed');
  }
});

test.each([
  ['SBIN0999999', 'IFSC_BRANCH_UNKNOWN', 'has no such branch of State Bank of India (SBIN)'],
  ['ZZZZ0000001', 'IFSC_BANK_UNKNOWN', 'has no bank of this IFSC'],
  ['__PR0000001', 'IFSC_BANK_UNKNOWN', 'has no bank of this IFSC'],
  ['toSt0000001', 'IFSC_BANK_UNKNOWN', 'has no bank of this IFSC'],
  ['SBIN', 'IFSC_BRANCH_UNKNOWN', 'has no such branch'],
  ['SBIN0 -10 1', 'IFSC_BRANCH_UNKNOWN', 'has no such branch'],
  ['', 'IFSC_BANK_UNKNOWN', 'has no bank of this IFSC'],
])('%s is unknown (%s): a warning that says by which list, and no refusal', (ifsc, code, says) => {
  const { warnings } = requireIfsc(banks, { ifsc, pointer: '#/ifsc', at: AT });
  expect(warnings).toEqual([{ pointer: '#/ifsc', code, detail: expect.stringContaining(says) as string }]);
  expect(warnings![0]!.detail).toContain(`release ${IFSC_LIST.release} of ${IFSC_LIST.releasedOn}`);
  expect(reconfirmOf(banks, ifsc, AT)).toBeNull();
});

test('a bank that a rail does not reach is refused for this rail only', () => {
  const to = { ifsc: 'RBIN0000001', pointer: '#/mode', at: AT };
  expect(isOnRail(banks, to.ifsc, 'IMPS', AT)).toBe(false);
  expect(() => requireRail(banks, 'IMPS', to)).toThrow(
    expect.objectContaining({
      code: 'BANK_NOT_ON_RAIL',
      detail: 'Reserve Bank Of India (RBIN) is not reached by IMPS; choose another mode or another account',
    }),
  );
  for (const rail of ['NEFT', 'RTGS'] as const) requireRail(banks, rail, to);
  requireRail(banks, 'IMPS', { ...to, ifsc: 'HDFC0000053' });
});

test('a code of a bank that has left the list ended with the day of the first release without it', () => {
  expect(findIfsc('PUSD0000001')).toEqual({ ended: true, on: expect.stringMatching(/^202[56]-/) as string });
  expect(findIfsc('PUSD0999999')).toBe('bank_unknown');
});

test('names come by the code of the bank', () => {
  expect(bankOfIfsc('HDFC0000053')).toBe('HDFC Bank');
  expect(bankOfIfsc('hdfc')).toBe('HDFC Bank');
  for (const ifsc of ['ZZZZ0000001', 'AANB0000001', '']) expect(bankOfIfsc(ifsc)).toBeNull();
});
