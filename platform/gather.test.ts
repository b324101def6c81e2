import { aloneAfter, createGather } from './gather';

/** A run that waits until it is let go, and remembers its batches. */
function held() {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const run = async (items: number[]): Promise<number[]> => {
    batches.push(items);
    await new Promise<void>((resolve) => {
      gates.push(resolve);
    });
    return items.map((i) => i * 10);
  };
  return {
    batches,
    run,
    letGo: async () => {
      await tick();
      gates.shift()!();
      await tick();
    },
  };
}
const tick = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => {
      setImmediate(resolve);
    });
  });

test('one that comes alone goes at once, alone', async () => {
  const gather = createGather(async (items: number[]) => items.map((i) => i + 1), { maxBatch: 10 });
  await expect(gather(1)).resolves.toBe(2);
  expect(gather.size()).toBe(0);
});

test('those of one tick go together, in order', async () => {
  const { batches, run, letGo } = held();
  const gather = createGather(run, { maxBatch: 10 });
  const all = Promise.all([gather(1), gather(2), gather(3)]);
  expect(gather.size()).toBe(3);
  await letGo();
  await expect(all).resolves.toEqual([10, 20, 30]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('those that come meanwhile wait, keep their order, and go in batches of the size allowed', async () => {
  const { batches, run, letGo } = held();
  const gather = createGather(run, { maxBatch: 3 });
  const first = gather(0);
  await tick();
  const rest = Promise.all([1, 2, 3, 4, 5].map((i) => gather(i)));
  await tick();
  expect(batches).toEqual([[0]]);
  for (let i = 0; i < 3; i++) await letGo();
  await expect(first).resolves.toBe(0);
  await expect(rest).resolves.toEqual([10, 20, 30, 40, 50]);
  expect(batches).toEqual([[0], [1, 2, 3], [4, 5]]);
});

test('at most so many runs at a time', async () => {
  let running = 0;
  let most = 0;
  const gather = createGather(
    async (items: number[]) => {
      running += 1;
      most = Math.max(most, running);
      await tick();
      running -= 1;
      return items;
    },
    { maxBatch: 1, maxRunning: 2 },
  );
  await Promise.all(Array.from({ length: 20 }, (_, i) => gather(i)));
  expect(most).toBe(2);
});

test("an error among the results is that caller's own", async () => {
  const gather = createGather(
    async (items: number[]) => items.map((i) => (i % 2 === 0 ? i : new Error(`odd ${i}`))),
    { maxBatch: 10 },
  );
  const settled = await Promise.allSettled([gather(1), gather(2), gather(3)]);
  expect(settled.map((s) => (s.status === 'fulfilled' ? s.value : (s.reason as Error).message))).toEqual([
    'odd 1',
    2,
    'odd 3',
  ]);
});

test('a run that fails fails exactly its own, and the next one runs', async () => {
  let runs = 0;
  const gather = createGather(
    async (items: number[]) => {
      runs += 1;
      if (runs === 1) throw new Error('first');
      return items;
    },
    { maxBatch: 2 },
  );
  const settled = await Promise.allSettled([gather(1), gather(2), gather(3)]);
  expect(settled.map((s) => s.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('a run that throws before it waits, or loses results, is an error for its callers and not for the process', async () => {
  const thrower = createGather(
    (): Promise<number[]> => {
      throw new Error('sync');
    },
    { maxBatch: 2 },
  );
  await expect(thrower(1)).rejects.toThrow('sync');
  const loser = createGather(async (items: number[]) => items.slice(1), { maxBatch: 5 });
  await expect(Promise.all([loser(1), loser(2)])).rejects.toThrow('1 results for 2 items');
});

test('drain waits for all that came, and for nothing when idle', async () => {
  const { run, letGo } = held();
  const gather = createGather(run, { maxBatch: 1 });
  await gather.drain();
  const results = [gather(1), gather(2)];
  let drained = false;
  const draining = gather.drain().then(() => {
    drained = true;
  });
  await letGo();
  expect(drained).toBe(false);
  await letGo();
  await draining;
  expect(gather.size()).toBe(0);
  await expect(Promise.all(results)).resolves.toEqual([10, 20]);
});

describe('together, then alone', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  const unconfirmed = (): Error => new Error('unconfirmed');
  /** Runs of these sizes; each takes the next of the failures, and then there are no more. */
  const gathered = async (failures: (string | undefined)[], policy = {}) => {
    const sizes: number[] = [];
    const run = async (items: number[]): Promise<number[]> => {
      sizes.push(items.length);
      const code = failures.shift();
      if (code !== undefined) throw failure(code);
      return items;
    };
    const gather = createGather(run, { maxBatch: 9, onBatchError: aloneAfter({ unconfirmed, ...policy }) });
    const settled = await Promise.allSettled([gather(1), gather(2)]);
    return { sizes, results: settled.map((s) => (s.status === 'fulfilled' ? s.value : s.reason.message)) };
  };

  test('contention is tried again, together', async () => {
    expect(await gathered(['40P01', '40001', '55P03'])).toEqual({ sizes: [2, 2, 2, 2], results: [1, 2] });
  });

  test('after four tries, or an error of another kind, each alone: a bad one fails by itself', async () => {
    expect(await gathered(['23514', '23514'])).toEqual({ sizes: [2, 1, 1], results: ['23514', 2] });
    const contended = Array.from({ length: 8 }, () => '40P01');
    expect(await gathered(contended)).toEqual({
      sizes: [2, 2, 2, 2, 1, 1, 1, 1, 1],
      results: ['unconfirmed', 2],
    });
  });

  test('a connection that broke may have committed: nothing is run again', async () => {
    expect(await gathered(['57P01'])).toEqual({ sizes: [2], results: ['unconfirmed', 'unconfirmed'] });
  });

  test('one that waits for long when each runs alone does not hold up the others', async () => {
    let letGo = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const run = async (items: number[]): Promise<number[]> => {
      if (items.length > 1) throw failure('55P03');
      if (items[0] === 1) await stuck;
      return items;
    };
    const alone = aloneAfter({ unconfirmed, tries: 1, aloneAtOnce: 2 });
    const done: number[] = [];
    const seen = async (items: number[]): Promise<number[]> => {
      const result = await run(items);
      done.push(...result);
      if (done.length === 3) letGo();
      return result;
    };
    expect(await alone([1, 2, 3, 4], seen)).toEqual([1, 2, 3, 4]);
    expect(done).toEqual([2, 3, 4, 1]);
  });

  test('what is not worth another try goes alone at once, and has its own error', async () => {
    const policy = { isWorthAnotherTry: () => false, contended: () => new Error('in progress') };
    expect(await gathered(['55P03', '55P03'], policy)).toEqual({
      sizes: [2, 1, 1],
      results: ['in progress', 2],
    });
  });
});
