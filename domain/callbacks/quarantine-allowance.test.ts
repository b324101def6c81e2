import { createQuarantineAllowance, QUARANTINE_BURST, QUARANTINE_REFILL_MS } from './quarantine-allowance';
import { FakeClock } from '../../platform/clock';

const clock = new FakeClock();
const taken = (take: () => boolean, count: number): number =>
  Array.from({ length: count }, take).filter(Boolean).length;

test('a burst, then one in each interval, for each provider by itself', () => {
  const allowance = createQuarantineAllowance({ clock });
  const one = (): boolean => allowance.take('one');
  expect(taken(one, QUARANTINE_BURST + 50)).toBe(QUARANTINE_BURST);
  clock.advance(QUARANTINE_REFILL_MS - 1);
  expect(taken(one, 5)).toBe(0);
  clock.advance(1);
  expect(taken(one, 5)).toBe(1);
  clock.advance(QUARANTINE_REFILL_MS * 2.5);
  expect(taken(one, 5)).toBe(2);
  clock.advance(QUARANTINE_REFILL_MS / 2); // the half that was left counts
  expect(taken(one, 5)).toBe(1);
  expect(allowance.take('another')).toBe(true);
});

test('a rest fills it to the burst and no further', () => {
  const allowance = createQuarantineAllowance({ clock });
  expect(taken(() => allowance.take('one'), QUARANTINE_BURST)).toBe(QUARANTINE_BURST);
  clock.advance(QUARANTINE_REFILL_MS * QUARANTINE_BURST * 10);
  expect(taken(() => allowance.take('one'), QUARANTINE_BURST * 2)).toBe(QUARANTINE_BURST);
});

test('asking all the time does not keep it from filling', () => {
  const allowance = createQuarantineAllowance({ clock });
  taken(() => allowance.take('one'), QUARANTINE_BURST);
  let kept = 0;
  for (let i = 0; i < 100; i += 1) {
    clock.advance(QUARANTINE_REFILL_MS / 10);
    if (allowance.take('one')) kept += 1;
  }
  expect(kept).toBe(10);
});

test('a clock that is set back neither fills it nor stops it from filling', () => {
  const allowance = createQuarantineAllowance({ clock });
  taken(() => allowance.take('one'), QUARANTINE_BURST);
  clock.advance(-3_600_000);
  expect(allowance.take('one')).toBe(false);
  clock.advance(QUARANTINE_REFILL_MS);
  expect(allowance.take('one')).toBe(true);
});
