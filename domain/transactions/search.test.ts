import { utrForms, withoutBlanks } from './search';

describe('the UTRs that a person may mean', () => {
  it.each([
    ['ICIC4238917263', ['ICIC4238917263', 'icic4238917263']],
    [' icic 4238 9172 63\u00A0', ['icic4238917263', 'ICIC4238917263']],
    [
      'HdFcR52026112900000001',
      ['HdFcR52026112900000001', 'HDFCR52026112900000001', 'hdfcr52026112900000001'],
    ],
    ['5690930707', ['5690930707']],
    ['433912345678', ['433912345678']],
    ['0000433912345678', ['0000433912345678', '433912345678']],
    ['0433912345678', ['0433912345678', '433912345678']],
    ['000000000000', ['000000000000']],
    ['4339-1234/5678', ['4339-1234/5678', '433912345678']],
    ['utr: hdfcn52026112900', ['utr:hdfcn52026112900', 'UTR:HDFCN52026112900', 'HDFCN52026112900']],
    ['  \u200B ', []],
  ])('%j', (typed, forms) => {
    expect(utrForms(typed)).toEqual(forms);
  });
});

it('ids keep their capitals, and lose what came in when they were copied', () => {
  expect(withoutBlanks('\tpout_ Fv0Xz\u200B\n')).toBe('pout_Fv0Xz');
});
