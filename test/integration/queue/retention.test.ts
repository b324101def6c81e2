/** Finished jobs are kept for a while, and deleting the old ones stands in nobody's way. */
import { Client } from 'pg';
import { silentLog } from '../../../platform/logger';
import { createQueues, createQueueWorker, type QueueJob, type QueueSettings } from '../../../platform/queue';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';
import { until } from '../../support/until';

const PATIENT = { timeoutMs: 60_000 };
const KEPT = 1_000;
const WORKERS = 4;
const job = (n: number): QueueJob => ({ name: 'n', id: `n-${n}`, data: { ids: [String(n)] } });
const jobs = (from: number, count: number): QueueJob[] =>
  Array.from({ length: count }, (_, i) => job(from + i));

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
});

describe.each(queueBackends())('finished jobs on %s', (backend) => {
  const settings = (): QueueSettings => ({
    backend,
    databaseUrl: database.url,
    ...(backend === 'redis' ? { redisUrl: redisUrl(), prefix: redisPrefix() } : {}),
  });

  test('no job fails while many end at once and the old ones are deleted; the newest thousand stay', async () => {
    const total = 3_000;
    const place = settings();
    const errors: string[] = [];
    const log = {
      ...silentLog,
      warn: (fields: object) => void errors.push(String((fields as { err?: Error }).err?.message)),
    };
    const queues = createQueues(place, { log });
    let done = 0;
    for (let n = 0; n < total; n += 500) await queues.add('load', jobs(n, 500), PATIENT);
    const workers = Array.from({ length: WORKERS }, () =>
      createQueueWorker(place, 'load', async () => void (done += 1), { concurrency: 16, log }),
    );
    try {
      await until(async () => {
        await queues.clean(['load']);
        return done >= total;
      });
      await until(
        async () => {
          while (await queues.clean(['load']));
          const { active, completed, failed } = await queues.counts('load');
          return { active, completed, failed };
        },
        (seen) => seen.active === 0 && seen.completed <= KEPT,
      );
      const { completed, failed, waiting } = await queues.counts('load');
      expect({ failed, waiting }).toEqual({ failed: 0, waiting: 0 });
      expect(completed).toBeGreaterThan(KEPT * 0.9); // those of one millisecond go together
      expect(done).toBe(total);
      expect(errors.filter((message) => /deadlock/.test(message))).toEqual([]);
    } finally {
      await Promise.all(workers.map(async (worker) => worker.close()));
      await queues.close();
    }
  });
});

test('the transaction of a job that ends deletes no other job', async () => {
  const queues = createQueues({ backend: 'postgres', databaseUrl: database.url }, { log: silentLog });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await queues.add('kept', [job(1)], PATIENT);
    const { rows } = await client.query<{ opts: Record<string, unknown> }>(
      "select opts from bullmq.job where queue = 'kept'",
    );
    expect(rows[0]!.opts).toMatchObject({ removeOnComplete: false, removeOnFail: false });
  } finally {
    await client.end();
    await queues.close();
  }
});

test('failed jobs are deleted after an hour, by `clean` alone', async () => {
  const place: QueueSettings = { backend: 'postgres', databaseUrl: database.url };
  const queues = createQueues(place, { log: silentLog });
  const worker = createQueueWorker(place, 'failing', () => Promise.reject(new Error('no')), {
    concurrency: 1,
    log: silentLog,
  });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await queues.add('failing', jobs(0, 3), PATIENT);
    await until(async () => (await queues.counts('failing')).failed === 3);
    await queues.clean(['failing']);
    expect((await queues.counts('failing')).failed).toBe(3);
    await client.query(
      "update bullmq.job set finished_at_ms = finished_at_ms - 3600001 where queue = 'failing' and id <> 'n-2'",
    );
    await queues.clean(['failing']);
    expect((await queues.counts('failing')).failed).toBe(1);
  } finally {
    await worker.close();
    await client.end();
    await queues.close();
  }
});
