/**
 * Connections that fall silent: nothing is closed, nothing comes any more. Who waits is told in time, and what
 * connects anew works. The long runs, with every process, are `npm run interruptions -- --silence`.
 */
import { isConnectionError, makeKnex, rows } from '../../../platform/database';
import { createListener } from '../../../platform/listener';
import type { Turning } from '../../../platform/liveness';
import { silentLog } from '../../../platform/logger';
import { createQueues, createQueueWorker, type QueueSettings } from '../../../platform/queue';
import { startLink, type Link } from '../../../scripts/stack/link';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';
import { until } from '../../support/until';

let database: TestDatabase;
let link: Link;

async function linkTo(url: string): Promise<Link> {
  const { hostname, port } = new URL(url);
  return startLink({ host: hostname, port: Number(port) });
}

beforeAll(async () => {
  database = await freshDatabase();
  link = await linkTo(database.url);
});
afterAll(async () => {
  await link.close();
  await database.drop();
});

test('a statement on a silent connection fails as a broken connection, and the next one works', async () => {
  const knex = makeKnex(link.through(database.url), { max: 1, statementMs: 500 });
  try {
    await rows(knex, 'select 1');
    link.silence();
    const error: unknown = await rows(knex, 'select 2').catch((e: unknown) => e);
    expect(isConnectionError(error)).toBe(true);
    expect(await rows(knex, 'select 3 as n')).toEqual([{ n: 3 }]);
  } finally {
    await knex.destroy();
  }
});

test('a transaction whose connection falls silent gives its place in the pool back', async () => {
  const knex = makeKnex(link.through(database.url), { max: 1, statementMs: 500 });
  try {
    const error: unknown = await knex
      .transaction(async (trx) => {
        await rows(trx, 'select 1');
        link.silence();
        await rows(trx, 'select 2');
      })
      .catch((e: unknown) => e);
    expect(isConnectionError(error)).toBe(true);
    expect(await rows(knex, 'select 3 as n')).toEqual([{ n: 3 }]);
  } finally {
    await knex.destroy();
  }
});

test('the server ends a statement that takes too long', async () => {
  const knex = makeKnex(database.url, { max: 1, statementMs: 200 });
  try {
    await expect(rows(knex, 'select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  } finally {
    await knex.destroy();
  }
});

test('a listening connection that falls silent is replaced, and who listens is told', async () => {
  const heard: (string | undefined)[] = [];
  const listener = createListener({ databaseUrl: link.through(database.url), beatMs: 300 });
  const knex = makeKnex(database.url, { max: 1 });
  try {
    listener.listen('news', (payload) => heard.push(payload));
    await until(() => heard.length === 1); // connected: something may have been missed
    link.silence();
    await until(() => heard.length === 2);
    await rows(knex, "select pg_notify('news', 'again')");
    await until(() => heard.includes('again'));
    expect(heard.slice(0, 2)).toEqual([undefined, undefined]);
  } finally {
    await listener.close();
    await knex.destroy();
  }
});

describe.each(queueBackends())('a worker on %s', (backend) => {
  test('goes on when its connections fall silent', async () => {
    const store = backend === 'redis' ? redisUrl() : database.url;
    const to = await linkTo(store);
    const settings = (url: string): QueueSettings => ({
      backend,
      databaseUrl: backend === 'redis' ? database.url : url,
      answerWithinMs: 6_000, // a worker waits 5 s for a job
      ...(backend === 'redis' ? { redisUrl: url, prefix } : {}),
    });
    const prefix = redisPrefix();
    const seen: string[] = [];
    let beats = 0;
    const watched: Turning[] = [];
    const worker = createQueueWorker(
      settings(to.through(store)),
      'silent',
      async ({ data }) => {
        seen.push(...(data as { ids: string[] }).ids);
      },
      {
        concurrency: 2,
        pulse: (turning) => {
          watched.push(turning);
          return { beat: () => void (beats += 1), end: () => undefined };
        },
        log: silentLog,
      },
    );
    const queues = createQueues(settings(store), { log: silentLog });
    const add = async (id: string): Promise<void> =>
      queues.add('silent', [{ name: 'n', id: `n-${id}`, data: { ids: [id] } }], { timeoutMs: 60_000 });
    try {
      await add('before');
      await until(() => seen.includes('before'));
      await until(() => beats > 2 && to.live() > 0);
      to.silence();
      await add('after');
      await until(() => seen.includes('after'));
      expect(watched).toHaveLength(1);
    } finally {
      await worker.close({ timeoutMs: 1_000 });
      await queues.close();
      await to.close();
    }
  });
});
