/** Connections that a process holds at rest, and what it says about those that are free. */
import {
  mostConnections,
  readFreeConnections,
  tellConnections,
  connectionRefusal,
} from '../../../composition/connection-check';
import { makeKnex, rows } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createQueues, createQueueWorker, type QueueSettings } from '../../../platform/queue';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/until';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
});

test('six workers and the queues of a process share a listener and a few connections', async () => {
  const settings: QueueSettings = { backend: 'postgres', databaseUrl: database.url };
  const queues = createQueues(settings, { log: silentLog });
  const names = Array.from({ length: 6 }, (_, n) => `rest-${n}`);
  const seen: string[] = [];
  const workers = names.map((name) =>
    createQueueWorker(settings, name, async () => void seen.push(name), { concurrency: 4, log: silentLog }),
  );
  const knex = makeKnex(database.url, { max: 1 });
  const held = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (
        await rows<{ name: string; n: number }>(
          knex,
          `select application_name as name, count(*)::int as n from pg_stat_activity
            where datname = current_database() and application_name like 'munim-queue%' group by 1`,
        )
      ).map(({ name, n }) => [name, n]),
    );
  try {
    for (const name of names)
      await queues.add(name, [{ name: 'n', id: 'n-1', data: { ids: [] } }], { timeoutMs: 60_000 });
    await until(() => seen.length === names.length);
    // idle ones are given back after 10 s
    const atRest = await until(held, (seen_) => (seen_['munim-queues'] ?? 0) <= 2);
    expect(atRest['munim-queue-listen']).toBe(1);
  } finally {
    await Promise.all(workers.map(async (worker) => worker.close()));
    await queues.close();
  }
  expect(await until(held, (left) => Object.keys(left).length === 0)).toEqual({});
  await knex.destroy();
});

test('the start says how many connections are free and needed', async () => {
  const knex = makeKnex(database.url, { max: 1 });
  const said: [string, object][] = [];
  const log = {
    ...silentLog,
    info: (fields: object) => void said.push(['info', fields]),
    warn: (fields: object) => void said.push(['warn', fields]),
  };
  try {
    const { most, free } = await readFreeConnections(knex);
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThan(most);
    await tellConnections({ knex, log, needed: 1 });
    await tellConnections({ knex, log, needed: 100_000 });
    expect(said).toEqual([
      ['info', { needed: 1, free: expect.any(Number), most }],
      ['warn', { needed: 100_000, free: expect.any(Number), most }],
    ]);
    expect(mostConnections({ pool: 10, queuesInPostgres: false, workers: 3 })).toBe(11);
    expect(mostConnections({ pool: 10, queuesInPostgres: true, workers: 3 })).toBe(27);
  } finally {
    await knex.destroy();
  }
});

test('a database without a free connection is told with what to do; another error stays as it is', () => {
  const full = Object.assign(new Error('sorry, too many clients already'), { code: '53300' });
  expect((connectionRefusal(full) as Error).message).toMatch(/no connection free/);
  const other = new Error('another');
  expect(connectionRefusal(other)).toBe(other);
});
