import { isEasyPin } from './easy-pins';

test.each([
  '000000',
  '111111',
  '123456',
  '654321',
  '345678',
  '890123',
  '135791',
  '121212',
  '123123',
  '112233',
])('%s is guessed first', (pin) => {
  expect(isEasyPin(pin)).toBe(true);
});

test.each(['482915', '907316', '110293', '275640'])('%s is not', (pin) => {
  expect(isEasyPin(pin)).toBe(false);
});

test('few of a million are refused', () => {
  const easy = Array.from({ length: 1_000_000 }, (_, n) => String(n).padStart(6, '0')).filter(isEasyPin);
  expect(easy.length).toBeGreaterThan(1_000);
  expect(easy.length).toBeLessThan(1_500);
});
