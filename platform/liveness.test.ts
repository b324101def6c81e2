import { createLiveness } from './liveness';

const EVERY_MS = 1_000;

function running() {
  jest.useFakeTimers();
  const ended: string[] = [];
  const liveness = createLiveness({
    log: { error: (fields) => void ended.push((fields as { part: string }).part) },
    end: () => undefined,
    now: () => Date.now(),
    everyMs: EVERY_MS,
  });
  return { liveness, ended, pass: (ms: number) => jest.advanceTimersByTime(ms) };
}

afterEach(() => {
  jest.useRealTimers();
});

test('a loop that hangs is named in /readyz, and then the process ends', async () => {
  const { liveness, ended, pass } = running();
  const fine = liveness.watch('redrive', { longestMs: 5_000 });
  liveness.watch('poll-claim', { longestMs: 5_000 });
  for (let s = 0; s < 6; s += 1) {
    fine.beat();
    pass(EVERY_MS);
  }
  await expect(liveness.check()).rejects.toThrow(/^no round is done: poll-claim \(6 s\)$/);
  expect(ended).toEqual([]);
  for (let s = 0; s < 5; s += 1) {
    fine.beat();
    pass(EVERY_MS);
  }
  expect(ended[0]).toBe('poll-claim');
  liveness.close();
});

test('one that turns, has ended, or waits for a store that is known to be away, is fine', async () => {
  const { liveness, ended, pass } = running();
  const turning = liveness.watch('turns', { longestMs: 3_000 });
  liveness.watch('ended', { longestMs: 3_000 }).end();
  liveness.watch('excused', { longestMs: 3_000, isExcused: () => true });
  for (let s = 0; s < 20; s += 1) {
    turning.beat();
    pass(EVERY_MS);
  }
  await liveness.check();
  expect(ended).toEqual([]);
  liveness.close();
});

test('a process that was frozen for an hour is not old when it goes on', async () => {
  const { liveness, ended, pass } = running();
  liveness.watch('redrive', { longestMs: 5_000 });
  jest.setSystemTime(Date.now() + 3_600_000);
  pass(EVERY_MS);
  await liveness.check();
  expect(ended).toEqual([]);
  liveness.close();
});
