import { fillIn, LONGEST_VALUE } from './words';

it('puts values into their places', () => {
  expect(fillIn('{code} is valid for {minutes} minutes', { code: '012345', minutes: '5' })).toBe(
    '012345 is valid for 5 minutes',
  );
});

it('throws for a place without a value, inherited names too', () => {
  expect(() => fillIn('{code}', {})).toThrow('code');
  expect(() => fillIn('{constructor}', {})).toThrow('constructor');
});

it.each([
  ['a second line', 'Chrome\r\nCall 9000000000', 'Chrome Call 9000000000'],
  ['markup', '<b>Chrome</b>', 'bChrome/b'],
  ['an address', 'see https://evil.example/x', 'see evil.example/x'],
  ['a place of its own', '{code}', 'code'],
  ['hidden signs', 'Chro\u202Eme\u200B', 'Chro me'],
])('a value brings no %s', (_what, value, shown) => {
  expect(fillIn('{device}', { device: value })).toBe(shown);
});

it('cuts what an operator would refuse, by characters', () => {
  expect(Array.from(fillIn('{device}', { device: '😀'.repeat(100) }))).toHaveLength(LONGEST_VALUE);
});
