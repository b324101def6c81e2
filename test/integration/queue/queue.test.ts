import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { makeKnex, migrateAll } from '../../../platform/database';
import { startPostgres, type EmbeddedPostgres } from '../../../scripts/stack/embedded-postgres';
import { silentLog, type Log } from '../../../platform/logger';
import {
  checkRedis,
  claimBackend,
  createQueues,
  createQueueWorker,
  prepareQueues,
  readBackend,
  switchBackend,
  type QueueJob,
  type Queues,
  type QueueSettings,
  type QueueWorker,
} from '../../../platform/queue';
import { createWake } from '../../../platform/wake';
import { startRedis, type RedisServer } from '../../../scripts/stack/redis-server';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/until';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';

const uuid = (n: number): string => `0190a0a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const job = (n: number, mark = 0): QueueJob => ({
  name: 'transaction-hold',
  id: `transaction-hold-${uuid(n)}-1-${mark}`,
  data: { ids: [uuid(n)] },
});

function recordingLog(): { log: Log; lines: { message: string; fields: Record<string, unknown> }[] } {
  const lines: { message: string; fields: Record<string, unknown> }[] = [];
  const write = (fields: object, message: string): void => {
    lines.push({ message, fields: fields as Record<string, unknown> });
  };
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  return { log, lines };
}

/** For a store that answers: a busy machine may take longer than the 200 ms after which adding gives up. */
const PATIENT = { timeoutMs: 60_000 };

describe.each(queueBackends())('queues on %s', (backend) => {
  let database: TestDatabase;
  let settings: QueueSettings;
  let queues: Queues;
  const workers: QueueWorker[] = [];
  const add = (queue: string, jobs: QueueJob[]): Promise<void> => queues.add(queue, jobs, PATIENT);

  beforeAll(async () => {
    database = await freshDatabase();
    settings = {
      backend,
      databaseUrl: database.url,
      ...(backend === 'redis' ? { redisUrl: redisUrl(), prefix: redisPrefix() } : {}),
    };
    queues = createQueues(settings, { log: silentLog });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map(async (worker) => worker.close()));
  });
  afterAll(async () => {
    await queues.close();
    await database.drop();
  });

  function work(
    queue: string,
    process: (ids: string[], name: string) => Promise<void>,
    concurrency = 5,
  ): QueueWorker {
    const worker = createQueueWorker(
      settings,
      queue,
      async (received) => process((received.data as { ids: string[] }).ids, received.name),
      { concurrency, log: silentLog },
    );
    workers.push(worker);
    return worker;
  }

  test('what is added is processed, one or many at a time', async () => {
    const seen: string[] = [];
    work('one', async (ids) => {
      seen.push(...ids);
    });
    await add('one', [job(1)]);
    await add(
      'one',
      Array.from({ length: 30 }, (_, n) => job(n + 2)),
    );
    await until(() => seen.length === 31);
    expect(new Set(seen).size).toBe(31);
    await until(async () => (await queues.counts('one')).completed === 31);
  });

  test('how far a long job is, is shown on it', async () => {
    const worker = createQueueWorker(
      settings,
      'long',
      async (received) => received.progress({ progress: 40, rows: 4, total: 10 }),
      { concurrency: 1, log: silentLog },
    );
    workers.push(worker);
    await add('long', [job(1)]);
    await until(async () => (await queues.counts('long')).completed === 1);
    const shown = await queues.handle('long').getJob(job(1).id);
    expect(shown?.progress).toEqual({ progress: 40, rows: 4, total: 10 });
  });

  test('a job id that is kept is not added again', async () => {
    const seen: string[] = [];
    work('twice', async (ids) => {
      seen.push(...ids);
    });
    await add('twice', [job(1), job(1)]);
    await add('twice', [job(1)]);
    await add('twice', [job(1, 1)]);
    await until(() => seen.length === 2);
    await until(async () => (await queues.counts('twice')).completed === 2);
    expect((await queues.counts('twice')).waiting).toBe(0);
  });

  test('counts and the oldest age are right, also while the queue is paused', async () => {
    expect(await queues.oldestWaitingAgeMs('ages')).toBeUndefined();
    const began = performance.now();
    await add('ages', [job(1)]);
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    await add('ages', [job(2), job(3)]);
    expect(await queues.counts('ages')).toEqual({
      waiting: 3,
      paused: 0,
      active: 0,
      delayed: 0,
      failed: 0,
      completed: 0,
    });
    const age = await queues.oldestWaitingAgeMs('ages');
    expect(age).toBeGreaterThanOrEqual(55);
    expect(age).toBeLessThan(performance.now() - began + 1_000); // stores round, and count by their own clock
    await queues.handle('ages').pause();
    expect(await queues.counts('ages')).toEqual({
      waiting: 0,
      paused: 3,
      active: 0,
      delayed: 0,
      failed: 0,
      completed: 0,
    });
    expect(await queues.oldestWaitingAgeMs('ages')).toBeGreaterThanOrEqual(55);
    await queues.handle('ages').resume();
    expect((await queues.counts('ages')).waiting).toBe(3);
  });

  test('a failed job is not tried again, and shows a scrubbed reason and no stack', async () => {
    let runs = 0;
    work('fails', async () => {
      runs += 1;
      throw new Error('the bank refused account 50100123456789');
    });
    await add('fails', [job(1)]);
    await until(async () => (await queues.counts('fails')).failed === 1);
    const [failed] = await queues.handle('fails').getFailed();
    expect(failed!.failedReason).toBe('the bank refused account [digits:14]');
    expect(JSON.stringify(failed)).not.toContain('50100123456789');
    expect(runs).toBe(1);
  });

  test('empty deletes everything, jobs under way and paused queues included', async () => {
    await add('full', [job(1), job(2)]);
    await queues.handle('full').pause();
    await queues.empty(['full', 'never-used']);
    expect(await queues.counts('full')).toMatchObject({ waiting: 0, paused: 0, completed: 0 });
    await add('full', [job(1)]);
    const seen: string[] = [];
    work('full', async (ids) => {
      seen.push(...ids);
    });
    await until(() => seen.length === 1);
  });

  test('closing a worker waits for the jobs under way', async () => {
    let finished = 0;
    const worker = work('drain', async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      finished += 1;
    });
    await add('drain', [job(1), job(2)]);
    await until(async () => (await queues.counts('drain')).active === 2);
    await worker.close();
    expect(finished).toBe(2);
    expect(worker.isRunning()).toBe(false);
    expect((await queues.counts('drain')).completed).toBe(2);
  });

  test('closing gives up on a job that does not end', async () => {
    const { log, lines } = recordingLog();
    const worker = createQueueWorker(settings, 'stuck', () => new Promise(() => undefined), {
      concurrency: 1,
      log,
    });
    await add('stuck', [job(1)]);
    await until(async () => (await queues.counts('stuck')).active === 1);
    await worker.close({ timeoutMs: 100 });
    expect(lines.map((line) => line.message)).toContain(
      'worker let go of jobs under way: another will take them when their locks expire',
    );
  });

  test('wake-ups of a tick reach the worker as one job', async () => {
    const batches: string[][] = [];
    work('woken', async (ids) => {
      batches.push(ids);
    });
    const wake = createWake({ queues, log: silentLog });
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) =>
        wake([{ queue: 'woken', job: 'transaction-hold', id: uuid(n), driveNo: 0 }]),
      ),
    );
    await until(() => batches.flat().length === 20);
    expect(batches).toHaveLength(1);
  });

  test('the backend in use is a row; a switch empties both places', async () => {
    const knex = makeKnex(database.url);
    try {
      await prepareQueues(knex, ['moved']);
      const other: QueueSettings =
        backend === 'redis'
          ? { backend: 'postgres', databaseUrl: database.url }
          : { backend: 'redis', databaseUrl: database.url, redisUrl: 'redis://127.0.0.1:1/0' };
      expect(await Promise.all([claimBackend(knex, settings), claimBackend(knex, settings)])).toEqual(
        expect.arrayContaining(['claimed', 'same']),
      );
      expect(await claimBackend(knex, other)).toBe('differs');
      await add('moved', [job(1)]);
      await switchBackend(knex, other, { queues: ['moved'], previous: settings, log: silentLog });
      expect(await claimBackend(knex, other)).toBe('same');
      expect(await claimBackend(knex, settings)).toBe('differs');
      expect((await readBackend(knex))!.backend).toBe(other.backend);
      expect(await queues.counts('moved')).toMatchObject({ waiting: 0 });
    } finally {
      await knex.destroy();
    }
  });
});

describe.each(queueBackends())('P6 queues on %s outlive their store', (backend) => {
  let dir: string;
  let store: { settings: QueueSettings; stop(): Promise<void>; start(): Promise<void>; end(): Promise<void> };
  let queues: Queues;
  let worker: QueueWorker | undefined;
  const add = (queue: string, jobs: QueueJob[]): Promise<void> => queues.add(queue, jobs, PATIENT);
  const seen: string[] = [];
  let log: ReturnType<typeof recordingLog>;
  const receive = async (received: { data: unknown }): Promise<void> => {
    seen.push(...(received.data as { ids: string[] }).ids);
  };

  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-queue-'));
    fs.chmodSync(dir, 0o755);
    store = backend === 'redis' ? await ownRedis(dir) : await ownPostgres(dir);
  });
  beforeEach(() => {
    seen.length = 0;
    log = recordingLog();
    queues = createQueues(store.settings, { log: log.log });
  });
  afterEach(async () => {
    await worker?.close();
    worker = undefined;
    await queues.close();
  });
  afterAll(async () => {
    await store.end();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  test('stopped and started: adding fails fast meanwhile, and nothing needs a restart', async () => {
    worker = createQueueWorker(store.settings, 'outage', receive, { concurrency: 5, log: log.log });
    await add('outage', [job(1)]);
    await until(() => seen.length === 1);
    await store.stop();
    for (let n = 0; n < 5; n++) {
      await expect(queues.add('outage', [job(100 + n)])).rejects.toThrow(
        /not reachable|broke|in time|writeable|closed/,
      );
    }
    await expect(queues.ping()).rejects.toThrow(/not reachable|broke|in time|writeable|closed/);
    await new Promise((resolve) => {
      setTimeout(resolve, 2_000);
    });
    await store.start();
    await until(async () =>
      queues.add('outage', [job(2)]).then(
        () => true,
        () => false,
      ),
    );
    await until(() => seen.includes(uuid(2)));
    await queues.ping();
    expect(log.lines.length).toBeLessThan(60); // thousands of errors, a few lines
  });

  test('a job that ends during the outage is marked as done afterwards, and not run twice', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    worker = createQueueWorker(
      store.settings,
      'ends-in-outage',
      async (received) => {
        await receive(received);
        await held;
      },
      { concurrency: 1, log: log.log },
    );
    await add('ends-in-outage', [job(1)]);
    await until(() => seen.length === 1);
    await store.stop();
    release();
    await new Promise((resolve) => {
      setTimeout(resolve, 1_500);
    });
    await store.start();
    await until(
      async () => queues.counts('ends-in-outage').catch((error: Error) => error.message),
      (counts) => typeof counts !== 'string' && counts.completed === 1,
    );
    expect(seen).toEqual([uuid(1)]);
  });

  test('worker and queues that start while the store is down work once it is up', async () => {
    await queues.close();
    await store.stop();
    queues = createQueues(store.settings, { log: log.log });
    worker = createQueueWorker(store.settings, 'late', receive, { concurrency: 5, log: log.log });
    await expect(queues.add('late', [job(1)])).rejects.toThrow(
      /not reachable|broke|in time|writeable|closed/,
    );
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000);
    });
    await store.start();
    await until(async () =>
      queues.add('late', [job(2)]).then(
        () => true,
        () => false,
      ),
    );
    await until(() => seen.includes(uuid(2)));
    expect(log.lines.length).toBeLessThan(60);
  });

  test('a worker can be closed while the store is down', async () => {
    worker = createQueueWorker(store.settings, 'closing', receive, { concurrency: 1, log: log.log });
    await add('closing', [job(1)]);
    await until(() => seen.length === 1);
    await store.stop();
    await expect(worker.close({ timeoutMs: 1_000 })).resolves.toBeUndefined();
    worker = undefined;
    await store.start();
  });

  if (backend === 'redis') {
    test('FLUSHALL while a worker waits: the next job is picked up at once', async () => {
      worker = createQueueWorker(store.settings, 'flushed', receive, { concurrency: 5, log: log.log });
      await add('flushed', [job(1)]);
      await until(() => seen.length === 1);
      const admin = new Redis(store.settings.redisUrl!);
      for (let round = 2; round < 6; round++) {
        await add('flushed', [job(round, 1)]);
        await admin.flushall();
        await add('flushed', [job(round * 10), job(round * 10 + 1)]);
        const added = [uuid(round * 10), uuid(round * 10 + 1)];
        await until(() => added.every((id) => seen.includes(id)));
        expect(seen).toEqual(expect.arrayContaining(added));
      }
      admin.disconnect();
    });

    test('FLUSHALL with jobs under way: they end and the worker goes on', async () => {
      worker = createQueueWorker(
        store.settings,
        'flushed-active',
        async (received) => {
          await new Promise((resolve) => {
            setTimeout(resolve, 200);
          });
          await receive(received);
        },
        { concurrency: 5, log: log.log },
      );
      await add('flushed-active', [job(1), job(2), job(3)]);
      await until(async () => (await queues.counts('flushed-active')).active === 3);
      const admin = new Redis(store.settings.redisUrl!);
      await admin.flushall();
      admin.disconnect();
      await add('flushed-active', [job(4)]);
      await until(() => seen.length === 4);
      expect(log.lines.length).toBeLessThan(20);
    });

    test('a Redis that may evict is named', async () => {
      expect(await checkRedis(store.settings.redisUrl!)).toBeUndefined();
      const admin = new Redis(store.settings.redisUrl!);
      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      expect(await checkRedis(store.settings.redisUrl!)).toContain('allkeys-lru');
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      admin.disconnect();
    });
  } else {
    test('jobs that waited through a restart are taken', async () => {
      await add('left', [job(1), job(2)]);
      await store.stop();
      await store.start();
      worker = createQueueWorker(store.settings, 'left', receive, { concurrency: 5, log: log.log });
      await until(() => seen.length === 2);
      expect(seen.toSorted()).toEqual([uuid(1), uuid(2)]);
    });
  }
});

async function ownRedis(dir: string) {
  const server: RedisServer = await startRedis({
    dir: path.join(dir, 'redis'),
    appendonly: true,
    // With `everysec` a slow disk holds writes back for up to 2 s, and SIGKILL loses them: the job would be gone.
    settings: { appendfsync: 'always' },
  });
  return {
    settings: { backend: 'redis' as const, databaseUrl: '', redisUrl: server.url },
    stop: async () => server.stop('SIGKILL'),
    start: async () => server.start(),
    end: async () => server.stop('SIGKILL'),
  };
}

async function ownPostgres(dir: string) {
  // durable: it is stopped without a checkpoint
  const server: EmbeddedPostgres = await startPostgres({ dataDir: path.join(dir, 'postgres') });
  const client = new Client({ connectionString: server.url() });
  await client.connect();
  await client.query('create database queues');
  await client.end();
  const knex = makeKnex(server.url('queues'));
  await migrateAll(knex, { queues: true });
  await knex.destroy();
  return {
    settings: { backend: 'postgres' as const, databaseUrl: server.url('queues') },
    stop: async () => server.stop('immediate'),
    start: async () => server.start(),
    end: async () => server.stop('immediate'),
  };
}
