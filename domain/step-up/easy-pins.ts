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
  const isRepeated = pin === pin.slice(0, 2).repeat(3) || pin === pin.slice(0, 3).repeat(2);
  return isRun(pin) || isRepeated || CHOSEN.has(pin);
}

/** From each digit to the next it is as far, where 0 comes after 9. */
function isRun(pin: string): boolean {
  const step = pin.charCodeAt(1) - pin.charCodeAt(0);
  for (let i = 2; i < pin.length; i++)
    if ((pin.charCodeAt(i) - pin.charCodeAt(i - 1) - step) % 10 !== 0) return false;
  return true;
}
