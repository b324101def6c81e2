import { utrOf } from './utr';

it.each([
  ['569690930707', '569690930707'],
  ['0000569690930707', '569690930707'],
  [' 5696 9093 0707 ', '569690930707'],
  ['hdfcn52026112900', 'HDFCN52026112900'],
  ['SBIN-R5202611/2900001234', 'SBINR52026112900001234'],
  ['000012', '000012'],
])('%s is %s', (typed, utr) => {
  expect(utrOf(typed)).toBe(utr);
});

it.each(['', '12345', 'A'.repeat(31), 'UTR_123456', '५६९६९०९३०७०७'])('%s is none', (typed) => {
  expect(utrOf(typed)).toBeUndefined();
});
