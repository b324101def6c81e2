import * as fc from 'fast-check';
import { maskedGstin, maskedPan, panHolder, readGstin } from './tax-ids';

describe('PAN', () => {
  it.each([
    ['ABCPE1234F', 'individual'],
    ['AAACB1234C', 'company'],
    ['AAPFU0939F', 'firm'],
    ['AAAHB1234C', 'hindu_undivided_family'],
    ['AAAEB1234C', 'limited_liability_partnership'],
  ])('%s is held by: %s', (text, holder) => {
    expect(panHolder(text)).toBe(holder);
  });
  it.each([
    '',
    'ABCDE1234F',
    'abcpe1234f',
    'ABCPE1234',
    'ABCPE12345',
    'ABCPE1234FX',
    'ABCPE１２３４F',
    'ABCPE1234F\n',
  ])('%j is none', (text) => {
    expect(panHolder(text)).toBeUndefined();
  });
  it('shows its digits', () => {
    expect(maskedPan('ABCPE1234F')).toBe('XXXXX1234X');
  });
});

describe('GSTIN', () => {
  it.each([
    ['27AAPFU0939F1ZV', { state: '27', pan: 'AAPFU0939F' }],
    ['29AAGCB7383J1Z4', { state: '29', pan: 'AAGCB7383J' }],
  ])('%s', (text, parts) => {
    expect(readGstin(text)).toEqual(parts);
  });
  it.each([
    '',
    '27AAPFU0939F1ZX',
    '27aapfu0939f1zv',
    '27AAPFU0939F1Z',
    '27AAPFU0939F1ZV1',
    '27AAPFU0939F1ZV\n',
  ])('%j is none', (text) => {
    expect(readGstin(text)).toBeUndefined();
  });
  it.each([
    ['38', true],
    ['97', true],
    ['99', true],
    ['01', true],
    ['00', false],
    ['39', false],
    ['96', false],
  ])('the state %s: %s', (state, isOne) => {
    expect(withCheck(`${state}AAPFU0939F1Z`) !== undefined).toBe(isOne);
  });
  it('one wrong character is found', () => {
    const good = '27AAPFU0939F1ZV';
    fc.assert(
      fc.property(fc.nat(13), fc.stringMatching(/^[0-9A-Z]$/), (place, other) => {
        fc.pre(good[place] !== other);
        expect(readGstin(good.slice(0, place) + other + good.slice(place + 1))).toBeUndefined();
      }),
    );
  });
  it('shows no letter of the PAN', () => {
    expect(maskedGstin('27AAPFU0939F1ZV')).toBe('27XXXXX0939X1ZV');
  });
});

/** The one of these fourteen characters whose check character is right. */
function withCheck(head: string): string | undefined {
  return Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (c) => head + c).find(
    (text) => readGstin(text) !== undefined,
  );
}
