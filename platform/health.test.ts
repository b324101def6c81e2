import { createHealth } from './health';

test('a check that hangs is asked once, and the process is not ready meanwhile', async () => {
  jest.useFakeTimers();
  let asked = 0;
  const health = createHealth({
    hangs: () => {
      asked += 1;
      return new Promise<void>(() => undefined);
    },
    fine: async () => undefined,
  });
  for (let i = 0; i < 3; i += 1) {
    const report = health.check();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await report).toEqual({ ready: false, checks: { hangs: 'no answer in time', fine: 'ok' } });
  }
  expect(asked).toBe(1);
  jest.useRealTimers();
});
