// oxlint-disable-next-line no-restricted-imports -- a package's api, not ours
import { appRoutes } from '@bull-board/api/dist/routes.js';
import type { Context } from 'koa';
import { boardAction } from './board-actions';
import { html } from './html';
import { isSameOrigin } from '../platform/http/same-origin';
import { createPasswords, PASSWORDS_AT_ONCE } from '../domain/auth/passwords';

const everything = (): boolean => true;
const nothing = (): boolean => false;

describe('what somebody with a permission may do on the board', () => {
  test.each([
    ['PUT', '/api/queues/hold/pause', 'queue.pause', 'queues.wake'],
    ['PUT', '/api/queues/send.razorpayx/resume', 'queue.resume', 'queues.wake'],
    ['PUT', '/api/queues/pause', 'queues.pause', 'queues.wake'],
    ['PUT', '/api/queues/hold/retry/failed', 'queue.retry-all', 'queues.wake'],
    ['PUT', '/api/queues/hold/a-1/retry', 'job.retry', 'queues.wake'],
    ['PUT', '/api/queues/hold/a-1/promote', 'job.promote', 'queues.wake'],
    ['PUT', '/api/queues/hold/clean/completed', 'queue.clean', 'queues.tend'],
    ['PUT', '/api/queues/hold/a-1/clean', 'job.clean', 'queues.tend'],
    ['PUT', '/api/queues/hold/rate-limit', 'queue.rate-limit', 'queues.tend'],
  ] as const)('%s %s is %s, and needs %s', (method, path, action, needed) => {
    for (const permission of ['queues.read', 'queues.wake', 'queues.tend'] as const)
      expect(boardAction(method, path, (asked) => asked === permission)).toMatchObject({
        allowed: permission === needed,
        action: { action },
      });
  });

  test.each([
    ['PUT', '/api/queues/hold/obliterate', 'queue.obliterate'],
    ['PUT', '/api/queues/hold/empty', 'queue.empty'],
    ['POST', '/api/queues/hold/add', 'queue.add'],
    ['PATCH', '/api/queues/hold/a-1/update-data', 'job.update-data'],
    ['PUT', '/api/queues/hold/clean/wait', 'board.unknown'],
    ['PUT', '/api/queues/hold/%6fbliterate', 'board.unknown'],
    ['PUT', '/api/queues/hold/obliterate/', 'board.unknown'],
    ['put', '/api/queues/hold/pause', 'board.unknown'],
    ['DELETE', '/api/queues/hold', 'board.unknown'],
    ['POST', '/api/metrics/history/purge', 'board.unknown'],
    ['PUT', '/api/queues/hold/job-schedulers/x/run', 'board.unknown'],
    ['PUT', '/', 'board.unknown'],
  ])('%s %s is for nobody', (method, path, action) => {
    for (const may of [everything, nothing])
      expect(boardAction(method, path, may)).toMatchObject({ allowed: false, action: { action } });
  });

  test('every page and every question of the board is declared: its page asks for them', () => {
    const { api, entryPoint } = appRoutes;
    const reads = [entryPoint, ...api].filter(({ method }) => [method].flat().includes('get'));
    const unknown = reads
      .flatMap(({ route }) => [route].flat())
      .filter((path) => !boardAction('GET', path.replaceAll(/:\w+/g, 'x'), nothing).isKnown);
    expect(reads.length).toBeGreaterThan(10);
    expect(unknown).toEqual([]);
  });

  test('names the queue and the job', () => {
    expect(boardAction('PUT', '/api/queues/hold/transaction-hold-1/retry', everything).action.subject).toBe(
      'job:hold/transaction-hold-1',
    );
    expect(boardAction('PUT', '/api/queues/hold/pause', everything).action.subject).toBe('queue:hold');
    expect(boardAction('PUT', '/api/queues/pause', everything).action.subject).toBe('queue:all');
  });
});

test.each([
  [{}, false],
  [{ origin: 'https://ops.example' }, true],
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ origin: 'https://ops.example', 'sec-fetch-site': 'same-origin' }, true],
  [{ origin: 'https://ops.example', 'sec-fetch-site': 'cross-site' }, false],
  [{ origin: 'https://ops.example', 'sec-fetch-site': 'none' }, false],
  [{ origin: 'null', 'sec-fetch-site': 'same-origin' }, false],
  [{ origin: 'https://ops.example.evil.example' }, false],
  [{ origin: 'http://ops.example' }, false],
  [{ origin: 'https://OPS.example' }, false],
])('same origin of %j: %s', (headers: Record<string, string>, expected) => {
  const ctx = {
    origin: 'https://ops.example',
    get: (name: string) => headers[name] ?? '',
  } as unknown as Context;
  expect(isSameOrigin(ctx, 'https://ops.example')).toBe(expected);
});

test('text in pages cannot become markup', () => {
  expect(html`${'<a href="x" onclick=\'y\'>&'}`.toString()).toBe(
    '&lt;a href=&quot;x&quot; onclick=&#39;y&#39;&gt;&amp;',
  );
});

describe('passwords', () => {
  const passwords = createPasswords();

  test('are argon2id with 19 MiB and two passes', async () => {
    const stored = await passwords.hash('open sesame');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.matches('open sesame', stored)).toBe(true);
    expect(await passwords.matches('open sesame ', stored)).toBe(false);
    expect(await passwords.matches('open sesame', undefined)).toBe(false);
  });

  test('an overlong one never matches, not even by its beginning', async () => {
    const long = 'x'.repeat(1_000);
    expect(await passwords.matches(`${long}y`, await passwords.hash(long))).toBe(false);
  });

  test('a flood is turned away instead of taking the memory', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, async () => passwords.matches('x', undefined)),
    );
    const refused = results.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(40 - PASSWORDS_AT_ONCE - 20); // of the rest, 20 wait
    expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await passwords.matches('x', undefined)).toBe(false); // and the slots are free again
  });
});
