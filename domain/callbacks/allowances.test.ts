import { createAllowance, QUARANTINE, UNSIGNED_BYTES } from './allowances';
import { FakeClock } from '../../platform/clock';

const clock = new FakeClock();
const taken = (take: () => boolean, count: number): number =>
  Array.from({ length: count }, take).filter(Boolean).length;

test('a burst, then one in each interval, for each provider by itself', () => {
  const allowance = createAllowance({ clock }, QUARANTINE);
  const one = (): boolean => allowance.take('one');
  expect(taken(one, QUARANTINE.burst + 50)).toBe(QUARANTINE.burst);
  clock.advance(QUARANTINE.refillMs - 1);
  expect(taken(one, 5)).toBe(0);
  clock.advance(1);
  expect(taken(one, 5)).toBe(1);
  clock.advance(QUARANTINE.refillMs * 2.5);
  expect(taken(one, 5)).toBe(2);
  clock.advance(QUARANTINE.refillMs / 2); // the half that was left counts
  expect(taken(one, 5)).toBe(1);
  expect(allowance.take('another')).toBe(true);
});

test('a rest fills it to the burst and no further', () => {
  const allowance = createAllowance({ clock }, QUARANTINE);
  expect(taken(() => allowance.take('one'), QUARANTINE.burst)).toBe(QUARANTINE.burst);
  clock.advance(QUARANTINE.refillMs * QUARANTINE.burst * 10);
  expect(taken(() => allowance.take('one'), QUARANTINE.burst * 2)).toBe(QUARANTINE.burst);
});

test('asking all the time does not keep it from filling', () => {
  const allowance = createAllowance({ clock }, QUARANTINE);
  taken(() => allowance.take('one'), QUARANTINE.burst);
  let kept = 0;
  for (let i = 0; i < 100; i += 1) {
    clock.advance(QUARANTINE.refillMs / 10);
    if (allowance.take('one')) kept += 1;
  }
  expect(kept).toBe(10);
});

test('a clock that is set back neither fills it nor stops it from filling', () => {
  const allowance = createAllowance({ clock }, QUARANTINE);
  taken(() => allowance.take('one'), QUARANTINE.burst);
  clock.advance(-3_600_000);
  expect(allowance.take('one')).toBe(false);
  clock.advance(QUARANTINE.refillMs);
  expect(allowance.take('one')).toBe(true);
});

test('amounts: what does not fit takes nothing, and what was not stored is given back', () => {
  const clock = new FakeClock();
  const allowance = createAllowance({ clock }, { burst: 100, refillMs: 10 });
  expect([allowance.take('one', 60), allowance.take('one', 60), allowance.take('one', 40)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(allowance.take('one', 1)).toBe(false);
  allowance.giveBack('one', 30);
  expect([allowance.take('one', 30), allowance.take('one', 1)]).toEqual([true, false]);
  clock.advance(505);
  expect([allowance.take('one', 51), allowance.take('one', 50)]).toEqual([false, true]);
  allowance.giveBack('one', 1_000);
  expect([allowance.take('one', 101), allowance.take('one', 100)]).toEqual([false, true]);
});

test('unsigned bodies: a burst, then 64 kB a second', () => {
  const clock = new FakeClock();
  const allowance = createAllowance({ clock }, UNSIGNED_BYTES);
  const bodies = (): number =>
    Array.from({ length: 2_000 }, () => allowance.take('eko', 65_536)).filter(Boolean).length;
  expect(bodies()).toBe(512);
  clock.advance(10_000);
  expect(bodies()).toBe(10);
});
