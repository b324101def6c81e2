/** Queues on a Redis Cluster of three nodes, each on a node of its own choice. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { allQueues } from '../../../jobs';
import { silentLog } from '../../../platform/logger';
import {
  createQueues,
  createQueueWorker,
  storedTexts,
  switchBackend,
  type QueueSettings,
} from '../../../platform/queue';
import { makeKnex } from '../../../platform/database';
import { PROVIDERS } from '../../../providers/list';
import { startRedisCluster, type RedisCluster } from '../../../scripts/stack/redis-cluster';
import { hasRedisServer } from '../../../scripts/stack/redis-server';
import { freshDatabase } from '../../support/database';
import { until } from '../../support/until';

const QUEUES = allQueues(Object.keys(PROVIDERS));
const PATIENT = { timeoutMs: 60_000 };
const describeCluster = hasRedisServer() ? describe : describe.skip;

describeCluster('queues on a Redis Cluster', () => {
  let dir: string;
  let cluster: RedisCluster;
  let settings: QueueSettings;

  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-cluster-'));
    cluster = await startRedisCluster(dir);
    settings = { backend: 'redis', databaseUrl: '', redisUrl: cluster.url };
  });
  afterAll(async () => {
    await cluster.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  async function keysOf(port: number): Promise<string[]> {
    const node = new Redis({ port, host: '127.0.0.1' });
    try {
      return await node.keys('*');
    } finally {
      node.disconnect();
    }
  }

  test('every queue works, and they spread over the nodes', async () => {
    const queues = createQueues(settings, { log: silentLog });
    const seen: string[] = [];
    const workers = QUEUES.map((queue) =>
      createQueueWorker(
        settings,
        queue,
        async ({ data }) => void seen.push(...(data as { ids: string[] }).ids),
        { concurrency: 2, log: silentLog },
      ),
    );
    try {
      for (const queue of QUEUES)
        await queues.add(
          queue,
          ['a', 'b'].map((mark) => ({ name: 'n', id: `n-${mark}`, data: { ids: [`${queue} ${mark}`] } })),
          PATIENT,
        );
      await until(() => seen.length === 2 * QUEUES.length);
      for (const queue of QUEUES) await until(async () => (await queues.counts(queue)).completed === 2);
      for (const { port } of cluster.primaries) expect(await keysOf(port)).not.toEqual([]);
      const places: string[] = [];
      for await (const { place } of storedTexts(settings)) places.push(place);
      for (const queue of QUEUES)
        expect(places).toContainEqual(expect.stringContaining(`{munim.${queue}}:${queue}:`));
    } finally {
      await Promise.all(workers.map(async (worker) => worker.close()));
      await queues.close();
    }
  });

  test('a move empties them, and what an earlier version left under its keys', async () => {
    const database = await freshDatabase();
    const knex = makeKnex(database.url, { max: 1 });
    const former = new Redis.Cluster(cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port })));
    try {
      await former.set('{munim}:hold:meta', 'x');
      await former.del('{munim}:hold:meta');
      await former.hset('{munim}:hold:meta', 'opts.maxLenEvents', '100');
      await former.lpush('{munim}:hold:wait', 'n-old');
      await former.hset('{munim}:hold:n-old', { name: 'n', data: '{"ids":[]}', opts: '{}', timestamp: '1' });
      await switchBackend(knex, settings, { queues: QUEUES, log: silentLog });
      const left = (await Promise.all(cluster.primaries.map(({ port }) => keysOf(port)))).flat();
      expect(left.filter((key) => /:(wait|completed|n-)/.test(key))).toEqual([]);
    } finally {
      former.disconnect();
      await knex.destroy();
      await database.drop();
    }
  });
});

describeCluster('a primary of the cluster dies', () => {
  test('its replica takes over, and every queue works again', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-cluster-'));
    const cluster = await startRedisCluster(dir, { replicas: true });
    const settings: QueueSettings = { backend: 'redis', databaseUrl: '', redisUrl: cluster.url };
    const queues = createQueues(settings, { log: silentLog });
    const seen = new Set<string>();
    const workers = QUEUES.map((queue) =>
      createQueueWorker(settings, queue, async ({ id }) => void seen.add(`${queue} ${id}`), {
        concurrency: 2,
        log: silentLog,
      }),
    );
    const add = async (queue: string, id: string): Promise<boolean> =>
      queues.add(queue, [{ name: 'n', id, data: { ids: [] } }], { timeoutMs: 2_000 }).then(
        () => true,
        () => false,
      );
    try {
      for (const queue of QUEUES) await until(() => add(queue, 'n-before'));
      await until(() => seen.size === QUEUES.length);
      await cluster.primaries[0]!.stop('SIGKILL');
      for (const queue of QUEUES) await until(() => add(queue, 'n-after'));
      for (const queue of QUEUES) await until(() => seen.has(`${queue} n-after`));
      expect(seen.size).toBe(2 * QUEUES.length);
    } finally {
      await Promise.all(workers.map(async (worker) => worker.close({ timeoutMs: 2_000 })));
      await queues.close();
      await cluster.stop();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});
