/** Six digits that are guessed first: one digit, runs, repeated pairs and halves, and what people choose most. */
const CHOSEN = new Set([
  '112233',
  '123321',
  '159753',
  '147258',
  '789456',
  '159357',
  '007007',
  '786786',
  '102030',
]);

export function isEasyPin(pin: string): boolean {
  const digits = Array.from(pin, Number);
  const step = digits[1]! - digits[0]!;
  const isRun = digits.every((digit, i) => i === 0 || (digit - digits[i - 1]! - step) % 10 === 0);
  const isRepeated = pin === pin.slice(0, 2).repeat(3) || pin === pin.slice(0, 3).repeat(2);
  return isRun || isRepeated || CHOSEN.has(pin);
}
