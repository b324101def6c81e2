import { createGather } from './gather';

test('a thousand of one caller do not keep the single item of another waiting', async () => {
  const batches: { who: string; n: number }[][] = [];
  const gather = createGather(
    async (items: { who: string; n: number }[]) => {
      batches.push(items);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return items.map(({ n }) => n);
    },
    { maxBatch: 10, fairBy: ({ who }) => who },
  );
  const flood = Array.from({ length: 1_000 }, (_, n) => gather({ who: 'flood', n }));
  const single = gather({ who: 'single', n: 1_000 });
  expect(await single).toBe(1_000);
  expect(batches.length).toBe(1);
  expect(batches[0]!.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000]);
  expect(await Promise.all(flood)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  expect(
    batches
      .flat()
      .filter(({ who }) => who === 'flood')
      .map(({ n }) => n),
  ).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
});
