import { createFairLine, FullLine, type Admittance } from './fair-line';

const tick = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Work that ends when it is let go, in the order in which it began. */
function held() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    work: (name: string) => () =>
      new Promise<string>((resolve) => {
        begun.push(name);
        ends.push(() => resolve(name));
      }),
    letGo: async (): Promise<void> => {
      ends.shift()?.();
      await tick();
    },
  };
}

test('the single one of another has the next turn but one at most, however many one has before it', async () => {
  const { begun, work, letGo } = held();
  const line = createFairLine({ seats: () => 1 });
  const all = Array.from({ length: 1_000 }, (_, i) => line.run('flood', work(`f${i}`)));
  await tick();
  const single = line.run('other', work('single'));
  await letGo();
  await letGo();
  expect(begun.slice(0, 3)).toContain('single');
  for (let i = 0; i < 1_000; i++) await letGo();
  expect(await single).toBe('single');
  expect(await Promise.all(all)).toHaveLength(1_000);
  expect(line.size()).toEqual({ under_way: 0, waiting: 0 });
});

test('three who always wait get a third each', async () => {
  const { begun, work, letGo } = held();
  const line = createFairLine({ seats: () => 2 });
  for (let i = 0; i < 60; i++) for (const who of ['a', 'a', 'a', 'b', 'c']) void line.run(who, work(who));
  await tick();
  for (let i = 0; i < 58; i++) await letGo();
  const counts = ['a', 'b', 'c'].map((who) => begun.filter((b) => b === who).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
});

test('one has no more seats and no more places in the line than one may have', async () => {
  const { begun, work } = held();
  const line = createFairLine({ seats: () => 4, seatsEach: () => 2, waitingEach: () => 3 });
  const results = Array.from({ length: 8 }, () => line.run('a', work('a')).catch((error: unknown) => error));
  await tick();
  expect(begun).toHaveLength(2);
  expect(line.size()).toEqual({ under_way: 2, waiting: 3 });
  for (const error of await Promise.all(results.slice(5)))
    expect(error).toMatchObject({ why: 'too_many_waiting' });
  void line.run('b', work('b'));
  await tick();
  expect(begun).toEqual(['a', 'a', 'b']);
});

test('who waits too long is told so, and its work is never begun', async () => {
  const { begun, work, letGo } = held();
  const line = createFairLine({ seats: () => 1, waitMs: 20 });
  const first = line.run('a', work('first'));
  await expect(line.run('b', work('late'))).rejects.toBeInstanceOf(FullLine);
  await letGo();
  await first;
  expect(begun).toEqual(['first']);
  expect(line.size()).toEqual({ under_way: 0, waiting: 0 });
});

test('while nobody is admitted nobody sits; then the turn goes round', async () => {
  let asked = 0;
  let open = false;
  const { begun, work } = held();
  const line = createFairLine({ seats: () => 10 });
  const admit = async (): Promise<Admittance> => {
    asked += 1;
    return open ? { ok: true } : { ok: false, retryAfterMs: 5 };
  };
  for (let i = 0; i < 3; i++) void line.run('a', work('a'), admit);
  void line.run('b', work('b'), admit);
  await tick();
  expect(asked).toBe(1); // for all of them
  expect(begun).toEqual([]);
  open = true;
  while (begun.length < 4)
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  expect(begun).toEqual(['a', 'b', 'a', 'a']);
});

test('who is not admitted for long is told so, and those behind have their turns', async () => {
  const line = createFairLine({ seats: () => 1 });
  const away = line.run(
    'a',
    async () => 'a',
    async () => ({ ok: false, retryAfterMs: 5_000 }),
  );
  const fine = line.run('a', async () => 'fine');
  await expect(away).rejects.toMatchObject({ why: 'not_admitted', retryAfterMs: 5_000 });
  expect(await fine).toBe('fine');
  expect(line.size()).toEqual({ under_way: 0, waiting: 0 });
});

test('who finds its service closed keeps nobody waiting, however soon it may open', async () => {
  const line = createFairLine({ seats: () => 1 });
  const closed = line.run(
    'a',
    async () => 'a',
    async () => ({ ok: false, retryAfterMs: 5, isClosed: true }),
  );
  const fine = line.run(
    'b',
    async () => 'fine',
    async () => ({ ok: true }),
  );
  await expect(closed).rejects.toMatchObject({ why: 'not_admitted', retryAfterMs: 5 });
  expect(await fine).toBe('fine');
});

test('a turn that is given while the time runs out is used', async () => {
  const line = createFairLine({ seats: () => 1, waitMs: 5 });
  const slowly = (answer: Admittance) => () =>
    new Promise<Admittance>((resolve) => {
      setTimeout(() => resolve(answer), 30);
    });
  expect(await line.run('a', async () => 'in time', slowly({ ok: true }))).toBe('in time');
  const refused = line.run('a', async () => 'never', slowly({ ok: false, retryAfterMs: 1 }));
  await expect(refused).rejects.toMatchObject({ why: 'waited_too_long', retryAfterMs: 1 });
  expect(line.size()).toEqual({ under_way: 0, waiting: 0 });
});

test('where no turn is waited for, whoever gets none is told at once', async () => {
  const line = createFairLine({ seats: () => 1, turnWithinMs: 0 });
  const none = line.run(
    'a',
    async () => 'a',
    async () => ({ ok: false, retryAfterMs: 500 }),
  );
  await expect(none).rejects.toMatchObject({ why: 'not_admitted' });
});

test('an error of the work is the error of its caller alone', async () => {
  const line = createFairLine({ seats: () => 1 });
  const failing = line.run('a', () => Promise.reject(new Error('broken')));
  const fine = line.run('a', async () => 'fine');
  await expect(failing).rejects.toThrow('broken');
  expect(await fine).toBe('fine');
});
