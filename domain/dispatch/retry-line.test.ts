import { createRetryLine } from './retry-line';
import { FakeClock } from '../../platform/clock';
import { fixedPolicies, PRODUCTION_PROVIDER } from '../../test/support/fixed-policies';

const clockAt = (): FakeClock => new FakeClock('2026-11-25T06:30:00Z');
const lineOf = (clock: FakeClock, over: Partial<typeof PRODUCTION_PROVIDER> = {}, random = () => 0.5) =>
  createRetryLine({
    clock,
    random,
    policies: fixedPolicies({ provider: () => ({ ...PRODUCTION_PROVIDER, ...over }) }),
  });

describe('those who must wait for a provider', () => {
  test('come back one by one, as fast as the provider takes calls', () => {
    const clock = clockAt();
    const line = lineOf(clock); // ten a second
    const after = Array.from(
      { length: 5 },
      () => line.next('razorpayx', 700).getTime() - clock.now().getTime(),
    );
    expect(after).toEqual([700, 800, 900, 1_000, 1_100]);
    clock.advance(10_000);
    expect(line.next('razorpayx', 700).getTime() - clock.now().getTime()).toBe(700);
  });

  test('a backlog of thousands at a low rate is spread: no instant has more than a few', () => {
    const clock = clockAt();
    let n = 0;
    const line = lineOf(clock, { ratePerSecond: 10 }, () => {
      n += 1;
      return (n * 0.618_034) % 1;
    });
    const seconds = new Map<number, number>();
    const waits = Array.from(
      { length: 5_000 },
      () => line.next('razorpayx', 500).getTime() - clock.now().getTime(),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_500);
    for (const ms of waits)
      seconds.set(Math.floor(ms / 1_000), (seconds.get(Math.floor(ms / 1_000)) ?? 0) + 1);
    expect(Math.max(...seconds.values())).toBeLessThan(100); // 5,000 in a minute are 83 a second
    expect(seconds.size).toBeGreaterThanOrEqual(60);
  });

  test('a provider without a rate of ours: as many a second as it is called at once; each provider has a line of its own', () => {
    const clock = clockAt();
    const line = lineOf(clock, { ratePerSecond: null, maxInFlight: 4 });
    expect(Array.from({ length: 3 }, () => line.next('a', 0).getTime() - clock.now().getTime())).toEqual([
      100, 350, 600,
    ]);
    expect(line.next('b', 0).getTime() - clock.now().getTime()).toBe(100);
  });
});
