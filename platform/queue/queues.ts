import { Queue, withBackend, type JobsOptions, type JobType } from 'bullmq';
import type { Log } from '../logger';
import { createErrorLog } from './error-log';
import { createLastingBackend, enterPlace, LastingPool } from './postgres-backend';
import { connectRedis, whenReady, type RedisClient } from './redis-connection';
import { formerKeyPrefix, queueKeyPrefix } from './redis-keys';
import type { QueueCounts, QueueJob, Queues, QueueSettings } from './types';

export const ADD_TIMEOUT_MS = 200;
const PING_TIMEOUT_MS = 1_000;

/**
 * Finished jobs are kept for a while, for people to look at and so that a repeated job id is ignored.
 */
const KEPT = { completed: { age: 300, count: 1_000 }, failed: { age: 3_600, count: 1_000 } };

/** One attempt: retries are driven by the row, not by the queue. Stack traces stay in the log. */
const JOB_OPTIONS: JobsOptions = { attempts: 1, stackTraceLimit: 0, keepLogs: 0 };

const REDIS_JOB_OPTIONS: JobsOptions = {
  ...JOB_OPTIONS,
  removeOnComplete: KEPT.completed,
  removeOnFail: KEPT.failed,
};

/**
 * On PostgreSQL the same would be a delete in the transaction of each job that ends: two that delete the same
 * old jobs wait for each other, and one is ended as a deadlock. There `clean` deletes them, apart from the work.
 */
const POSTGRES_JOB_OPTIONS: JobsOptions = { ...JOB_OPTIONS, removeOnComplete: false, removeOnFail: false };

const { Queue: PostgresQueue } = withBackend(createLastingBackend);

/** The parts that differ between the backends; the only two implementations are below. */
interface Backend {
  open(queue: string): Queue;
  /** Rejects when the backend cannot be reached within the time. */
  reachable(timeoutMs: number): Promise<void>;
  /** When the job that has waited longest was added, in ms since the epoch. */
  oldestWaitingAt(queue: Queue): Promise<number | undefined>;
  /** Deletes what an earlier version has left of a queue under other keys. */
  emptyFormer(queue: string): Promise<void>;
  /** Deletes finished jobs past their time; returns true when there may be more. */
  clean(queue: string): Promise<boolean>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The queues of one process, over one Redis connection or one small pool of PostgreSQL connections. */
export function createQueues(settings: QueueSettings, deps: { log: Log }): Queues {
  const logError = createErrorLog(deps.log, 'queue backend error');
  const backend = settings.backend === 'redis' ? redisBackend(settings, logError) : postgresBackend(settings);
  const open = new Map<string, Queue>();

  const handle = (name: string): Queue => {
    const known = open.get(name);
    if (known) return known;
    const queue = backend.open(name);
    queue.on('error', (error) => {
      logError(error, { queue: name });
    });
    open.set(name, queue);
    return queue;
  };

  return {
    backend: settings.backend,
    handle,
    add: async (name, jobs, options = {}) => {
      if (jobs.length === 0) return;
      const timeoutMs = options.timeoutMs ?? ADD_TIMEOUT_MS;
      await within(timeoutMs, 'the queue did not answer in time', async (expired) => {
        await backend.reachable(timeoutMs);
        if (!expired()) await addTo(handle(name), jobs);
      });
    },
    oldestWaitingAgeMs: async (name) => {
      const at = await backend.oldestWaitingAt(handle(name));
      return at === undefined ? undefined : Math.max(0, Date.now() - at);
    },
    counts: async (name) => countsOf(handle(name), settings.backend),
    empty: async (names) => {
      for (const name of names) {
        await handle(name).obliterate({ force: true });
        await backend.emptyFormer(name);
      }
    },
    clean: async (names) => {
      let more = false;
      for (const name of names) more = (await backend.clean(name)) || more;
      return more;
    },
    ping: async () =>
      within(PING_TIMEOUT_MS, 'the queue backend did not answer in time', async () => {
        await backend.reachable(PING_TIMEOUT_MS);
        await backend.ping();
      }),
    close: async () => {
      await Promise.allSettled([...open.values()].map(async (queue) => queue.close()));
      open.clear();
      await backend.close();
    },
  };
}

async function addTo(queue: Queue, jobs: QueueJob[]): Promise<void> {
  const [first] = jobs;
  if (jobs.length === 1 && first) await queue.add(first.name, first.data, { jobId: first.id });
  else await queue.addBulk(jobs.map((job) => ({ name: job.name, data: job.data, opts: { jobId: job.id } })));
}

/**
 * The jobs of a paused queue stay `waiting` on Redis; the PostgreSQL backend counts them under a state that
 * its types leave out.
 */
const PAUSED = 'paused' as JobType;

async function countsOf(queue: Queue, backend: QueueSettings['backend']): Promise<QueueCounts> {
  const [found, paused] = await Promise.all([
    queue.getJobCounts(
      'waiting',
      'prioritized',
      'active',
      'delayed',
      'failed',
      'completed',
      ...(backend === 'postgres' ? [PAUSED] : []),
    ),
    queue.isPaused(),
  ]);
  const n = (state: string): number => found[state] ?? 0;
  const waiting = n('prioritized') + n('waiting') + n('paused');
  return {
    waiting: paused ? 0 : waiting,
    paused: paused ? waiting : 0,
    active: n('active'),
    delayed: n('delayed'),
    failed: n('failed'),
    completed: n('completed'),
  };
}

function redisBackend(settings: QueueSettings, logError: (error: unknown, fields?: object) => void): Backend {
  if (!settings.redisUrl) throw new Error('the Redis backend needs a Redis URL');
  const client: RedisClient = connectRedis(settings.redisUrl, 'producer');
  client.setMaxListeners(0); // a few listeners per queue of the process
  client.on('error', (error: Error) => {
    logError(error);
  });
  let wasReady = false;
  client.once('ready', () => {
    wasReady = true;
  });
  return {
    // skipVersionCheck: its INFO would fail, once and for all, when Redis is away at that moment
    open: (name) =>
      new Queue(name, {
        connection: client,
        prefix: queueKeyPrefix(settings, name),
        defaultJobOptions: REDIS_JOB_OPTIONS,
        skipVersionCheck: true,
        streams: { events: { maxLen: 100 } },
      }),
    reachable: async (timeoutMs) => {
      if (client.status === 'ready') return;
      if (wasReady) throw new Error('Redis is not reachable');
      await whenReady(client, timeoutMs); // still starting
    },
    oldestWaitingAt: async (queue) => {
      const id = await client.lindex(queue.toKey('wait'), -1); // jobs go in at the left
      const at = id === null ? null : await client.hget(queue.toKey(id), 'timestamp');
      return at === null ? undefined : Number(at);
    },
    emptyFormer: async (name) => {
      const former = new Queue(name, {
        connection: client,
        prefix: formerKeyPrefix(settings),
        skipVersionCheck: true,
      });
      former.on('error', logError);
      await former.obliterate({ force: true });
      await former.close();
    },
    clean: async () => false, // a job that ends takes the old ones along
    ping: async () => {
      await client.ping();
    },
    close: async () => {
      client.disconnect();
    },
  };
}

function postgresBackend(settings: QueueSettings): Backend {
  const place = enterPlace(settings.databaseUrl, settings.answerWithinMs);
  const lasting = new LastingPool(place.pool, place.turn);
  return {
    open: (name) =>
      new PostgresQueue(name, {
        connection: place,
        defaultJobOptions: POSTGRES_JOB_OPTIONS,
        streams: { events: { maxLen: 100 } },
      }) as unknown as Queue,
    reachable: async () => undefined, // a statement fails at once when the database is away
    oldestWaitingAt: async (queue) => {
      // served by job_ready_idx (queue, priority, seq) where state = 'waiting'
      const found = await lasting.query<{ added_at_ms: string }>(
        "select added_at_ms from job where queue = $1 and state = 'waiting' order by priority, seq limit 1",
        [queue.name],
      );
      const row = found.rows[0];
      return row ? Number(row.added_at_ms) : undefined;
    },
    emptyFormer: async () => undefined,
    clean: async (name) => {
      const deleted = [await deleteOld(lasting, name, 'completed'), await deleteOld(lasting, name, 'failed')];
      return deleted.includes(CLEANED_AT_ONCE);
    },
    ping: async () => {
      await lasting.query('select 1');
    },
    close: async () => {
      await place.leave();
    },
  };
}

const CLEANED_AT_ONCE = 5_000;

/**
 * Keeps the newest of a queue's finished jobs, for their time. Rows that somebody holds are left to the next
 * round, so it waits for nobody and nobody for it.
 */
async function deleteOld(pool: LastingPool, queue: string, state: keyof typeof KEPT): Promise<number> {
  const { age, count } = KEPT[state];
  const finished = `queue = $1 and state = '${state}'`; // served by job_finished_idx
  const deleted = await pool.query(
    `delete from job where (queue, id) in (
       select queue, id from job
        where ${finished} and finished_at_ms <= greatest($2::bigint, (
          select finished_at_ms from job where ${finished} order by finished_at_ms desc offset $3 limit 1))
        order by finished_at_ms limit $4 for update skip locked)`,
    [queue, Date.now() - age * 1_000, count, CLEANED_AT_ONCE],
  );
  return deleted.rowCount ?? 0;
}

/** Rejects after `timeoutMs`; a later result of the work is ignored. */
async function within(
  timeoutMs: number,
  message: string,
  work: (expired: () => boolean) => Promise<void>,
): Promise<void> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error(message));
    }, timeoutMs);
  });
  const running = work(() => late);
  running.catch(() => undefined);
  try {
    await Promise.race([running, expired]);
  } finally {
    clearTimeout(timer);
  }
}
