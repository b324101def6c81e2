import { bankUtr, utrAsKept, utrOf } from './utr';

it.each([
  ['569690930707', '569690930707'],
  ['0000569690930707', '569690930707'],
  [' 5696 9093 0707 ', '569690930707'],
  ['RRN No. 0000569690930707', '569690930707'],
  ['000123456789', '000123456789'],
  ['hdfcn52026112900001', 'HDFCN52026112900001'],
  ['UTR: sbin-R5202611/2900001234', 'SBINR52026112900001234'],
  ['SBINR5202611290000123', 'SBINR5202611290000123'],
])('%s is %s, typed, kept and compared', (written, utr) => {
  expect([bankUtr(written), utrAsKept(written), utrOf(written)]).toEqual([utr, utr, utr]);
  expect(bankUtr(utr)).toBe(utr);
});

it.each(['BBP0a1b2c3', 'ax014301', '12345678901', 'REF-001', 'REFUND-0001', '1.2E+17', ''])(
  '%s is no UTR by its form, and stays as it is',
  (id) => {
    expect([bankUtr(id), utrAsKept(id)]).toEqual([undefined, id]);
  },
);

it.each([
  ['000012', '000012'],
  ['slip 00/12-34', 'SLIP001234'],
])('%s is typed as %s', (typed, utr) => {
  expect(utrOf(typed)).toBe(utr);
});

it.each(['', '12345', 'A'.repeat(31), 'UTR_123456', '५६९६९०९३०७०७'])('%s is none', (typed) => {
  expect(utrOf(typed)).toBeUndefined();
});
