/** Permits over a store that keeps windows as Redis does: the first count opens one, and it ends by itself. */
import * as fc from 'fast-check';
import { createPermits, type PermitStore, type Permits } from './permits';

function world({ lateMs = 0 } = {}) {
  let nowMs = 0;
  let questions = 0;
  const windows = new Map<string, { total: number; endsAt: number }>();
  const store: PermitStore = {
    async count(key, n, windowS) {
      questions += 1;
      let window = windows.get(key);
      if (window === undefined || window.endsAt <= nowMs)
        windows.set(key, (window = { total: 0, endsAt: nowMs + windowS * 1_000 }));
      window.total += n;
      const counted = { total: window.total, endsInMs: window.endsAt - nowMs };
      await Promise.resolve();
      nowMs += lateMs;
      return counted;
    },
  };
  return {
    store,
    windowOf: (key: string) => windows.get(key),
    process: (): Permits => createPermits(store, { now: () => nowMs, maxKeys: 100 }),
    pass: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    questions: () => questions,
  };
}
const LIMIT = { key: 'k', most: 100, windowS: 10 };
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

async function takeAll(permits: Permits, count: number, limit = LIMIT): Promise<number> {
  let taken = 0;
  for (let i = 0; i < count; i++) if ((await permits.take([limit])).ok) taken += 1;
  return taken;
}

test('one process gives out all of a limit, and asks the store a few times only', async () => {
  const w = world();
  expect(await takeAll(w.process(), 1_000, { ...LIMIT, most: 1_000 })).toBe(1_000);
  expect(w.questions()).toBeLessThan(60);
});

test('what is refused is refused from memory, until the window is over', async () => {
  const w = world();
  const permits = w.process();
  expect(await takeAll(permits, 150)).toBe(100);
  await settled();
  const before = w.questions();
  const refused = await permits.take([LIMIT]);
  expect(refused).toMatchObject({ ok: false, states: [{ left: 0, endsInMs: 10_000 }] });
  expect(await takeAll(permits, 500)).toBe(0);
  expect(w.questions()).toBe(before);
  w.pass(9_999);
  expect(await takeAll(permits, 1)).toBe(0);
  w.pass(1);
  expect(await takeAll(permits, 150)).toBe(100);
});

test('two processes give out the limit together, and lose a lot each at most', async () => {
  const w = world();
  const [one, two] = [w.process(), w.process()];
  let taken = 0;
  for (let i = 0; i < 300; i++) for (const p of [one, two]) if ((await p.take([LIMIT])).ok) taken += 1;
  expect(taken).toBe(100);
  const idle = world();
  const [busy, quiet] = [idle.process(), idle.process()];
  await takeAll(quiet, 2);
  expect(await takeAll(busy, 300)).toBe(94); // a lot is five and the first one: the other has four that it did not use
});

test('the first request of a window asks nobody, and is counted with the next', async () => {
  const w = world();
  const [one, two] = [w.process(), w.process()];
  for (const p of [one, two])
    expect(await p.take([LIMIT])).toMatchObject({ ok: true, states: [{ left: 99 }] });
  expect(w.questions()).toBe(0);
  w.pass(10_000);
  await one.take([LIMIT]);
  expect(w.questions()).toBe(0);
  await one.take([LIMIT]);
  expect(w.windowOf(LIMIT.key)).toMatchObject({ total: 6 });
  expect(await takeAll(one, 300)).toBe(98);
  expect((await two.take([LIMIT])).ok).toBe(true); // one more than the limit: it knows nothing of the others yet
  expect(await takeAll(two, 50)).toBe(0);
});

test('a small limit is asked for from the first request on', async () => {
  const w = world();
  await w.process().take([{ ...LIMIT, most: 49 }]);
  expect(w.questions()).toBe(1);
});

test('of several limits all are taken, or none', async () => {
  const w = world();
  const permits = w.process();
  const small = { key: 'small', most: 3, windowS: 10 };
  let taken = 0;
  for (let i = 0; i < 50; i++) if ((await permits.take([LIMIT, small])).ok) taken += 1;
  expect(taken).toBe(3);
  const { states } = await permits.take([LIMIT]);
  expect(states[0]!.left).toBe(96);
});

test('a store that is away is an error, and the next request asks it again', async () => {
  let away = true;
  const w = world();
  const permits = createPermits({
    count: (...args) => (away ? Promise.reject(new Error('away')) : w.store.count(...args)),
  });
  await permits.take([LIMIT]);
  await expect(permits.take([LIMIT])).rejects.toThrow('away');
  away = false;
  expect(await takeAll(permits, 150)).toBe(99);
});

test('whatever processes ask, and whenever, no window has more than its limit, but for what nobody was asked for', async () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('take' as const),
      process: fc.nat(2),
      count: fc.integer({ min: 1, max: 40 }),
    }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(0, 7, 120),
      fc.array(step, { minLength: 1, maxLength: 20 }),
      async (most, lateMs, steps) => {
        const w = world({ lateMs });
        const limit = { key: 'k', most, windowS: 1 };
        const processes = [w.process(), w.process(), w.process()];
        const byWindow = new Map<number, number>();
        const use = async (process: number): Promise<void> => {
          const { ok } = await processes[process]!.take([limit]);
          // Between the verdict and its use no time passes: the window that is open now is the one it was of.
          const window = w.windowOf('k');
          if (ok && window !== undefined && window.endsAt > w.now())
            byWindow.set(window.endsAt, (byWindow.get(window.endsAt) ?? 0) + 1);
        };
        for (const s of steps) {
          if (s.do === 'pass') w.pass(s.ms);
          else await Promise.all(Array.from({ length: s.count }, () => use(s.process)));
        }
        const unasked = most < 50 ? 0 : 2 * processes.length;
        for (const taken of byWindow.values()) expect(taken).toBeLessThanOrEqual(most + unasked);
      },
    ),
    { numRuns: 100 },
  );
});
