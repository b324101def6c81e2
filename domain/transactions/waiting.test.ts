/** Waiting without a database to listen to: places, and how often a row is read. */
import { createWaiting, type Wait } from './waiting';

const NOWHERE = 'postgres://nobody@127.0.0.1:1/none';
const pending = (over: Partial<Wait<string>> = {}): Wait<string> => ({
  timeoutMs: 200,
  who: 'key',
  read: async () => 'pending',
  isOver: (value) => value === 'final',
  ...over,
});

test('however many wait for one row, it is read once for all', async () => {
  const waiting = createWaiting({ databaseUrl: NOWHERE });
  let reads = 0;
  let underWay = 0;
  let most = 0;
  const read = async (): Promise<string> => {
    reads += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    underWay -= 1;
    return 'final';
  };
  const all = await Promise.all(Array.from({ length: 500 }, () => waiting.until('a', pending({ read }))));
  expect(new Set(all)).toEqual(new Set(['final']));
  expect([reads, most]).toEqual([1, 1]);
  await waiting.close();
});

test('one has no more places than its share, and all have no more than there are', async () => {
  const waiting = createWaiting({ databaseUrl: NOWHERE, places: () => ({ most: 5, mostEach: 3 }) });
  const of = (who: string, count: number): Promise<(string | undefined)[]> =>
    Promise.all(Array.from({ length: count }, (_, i) => waiting.until(`${who}${i}`, pending({ who }))));
  const both = Promise.all([of('one', 10), of('two', 10)]);
  expect(waiting.size()).toBe(5);
  const [one, two] = (await both).map((answers) => answers.filter((a) => a !== undefined).length);
  expect([one, two]).toEqual([3, 2]);
  expect(waiting.size()).toBe(0);
  expect(await waiting.until('again', pending())).toBe('pending');
  await waiting.close();
});

test('rows whose end is told are asked about together, and only those that ended are read', async () => {
  const asked: string[][] = [];
  const waiting = createWaiting({
    databaseUrl: NOWHERE,
    ended: async (ids) => {
      asked.push([...ids]);
      return ids.filter((id) => id === 'b');
    },
  });
  const reads: Record<string, number> = {};
  const wait = (id: string): Promise<string | undefined> =>
    waiting.until(
      id,
      pending({
        timeoutMs: 1_500,
        isTold: true,
        read: async () => {
          reads[id] = (reads[id] ?? 0) + 1;
          return id === 'b' && reads[id] > 1 ? 'final' : 'pending';
        },
      }),
    );
  expect(await Promise.all(['a', 'b', 'c'].map(wait))).toEqual(['pending', 'final', 'pending']);
  expect(asked).toEqual([['a', 'b', 'c']]);
  expect(reads).toEqual({ a: 2, b: 2, c: 2 }); // at the beginning and at the end
  await waiting.close();
});

test('a caller that has gone gives its place up within a second', async () => {
  const waiting = createWaiting({ databaseUrl: NOWHERE });
  const gone = waiting.until('a', pending({ timeoutMs: 20_000, isGone: () => true }));
  expect(await gone).toBeUndefined();
  expect(waiting.size()).toBe(0);
  await waiting.close();
});

test('whoever begins to wait while the last read of another is under way is not forgotten with it', async () => {
  const waiting = createWaiting({ databaseUrl: NOWHERE });
  let first: Promise<string | undefined> | undefined;
  let letGo: (value: string) => void = () => undefined;
  const atTheEnd = new Promise<void>((reached) => {
    let reads = 0;
    const read = async (): Promise<string> => {
      reads += 1;
      if (reads === 1) return 'pending';
      reached();
      return new Promise((resolve) => {
        letGo = resolve;
      });
    };
    first = waiting.until('a', pending({ timeoutMs: 50, read }));
  });
  const second = waiting.until('a', pending({ timeoutMs: 20_000, isGone: () => true }));
  await atTheEnd;
  expect(await second).toBeUndefined();
  let isGone = false;
  const third = waiting.until('a', pending({ timeoutMs: 3_000, isGone: () => isGone }));
  letGo('pending');
  expect(await first).toBe('pending');
  isGone = true;
  expect(await third).toBeUndefined();
  await waiting.close();
});
