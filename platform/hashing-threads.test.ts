import fs from 'node:fs';
import os from 'node:os';
import { createHashingThreads } from './hashing-threads';

const CHEAP = { memoryCost: 1_024, timeCost: 1, parallelism: 1 };

/** The nice values of the threads of this process, as Linux has them. */
function niceValues(): number[] {
  return fs.readdirSync('/proc/self/task').map((id) => {
    const stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

test('many wait for few threads, and each gets its own answer', async () => {
  const threads = createHashingThreads(2);
  const stored = await Promise.all(Array.from({ length: 6 }, (_, i) => threads.hash(`password ${i}`, CHEAP)));
  const fits = stored.map((one, i) => threads.verify(one, `password ${i < 3 ? i : 'of another'}`));
  expect(await Promise.all(fits)).toEqual([true, true, true, false, false, false]);
});

test('what cannot be looked at is an error, and the thread goes on', async () => {
  const threads = createHashingThreads(1);
  await expect(threads.verify('no hash', 'password')).rejects.toThrow('was not hashed');
  expect(await threads.verify(await threads.hash('password', CHEAP), 'password')).toBe(true);
});

test('on Linux they stand behind all other threads of the process', async () => {
  if (os.platform() !== 'linux') return;
  const own = os.getPriority();
  await createHashingThreads(1).hash('password', CHEAP);
  expect(niceValues()).toContain(Math.min(19, own + 10));
});
