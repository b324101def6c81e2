import { fewRandomBytes } from './random';

test('no bytes are given out twice, and what was given out does not change', () => {
  const given = Array.from({ length: 5_000 }, (_, i) => fewRandomBytes(10 + (i % 7)));
  const texts = given.map((bytes) => bytes.toString('hex'));
  expect(given.map(({ length }) => length)).toEqual(given.map((_, i) => 10 + (i % 7)));
  expect(new Set(texts.map((text) => text.slice(0, 20))).size).toBe(texts.length);
  fewRandomBytes(8_000);
  fewRandomBytes(8_000);
  expect(given.map((bytes) => bytes.toString('hex'))).toEqual(texts);
});
