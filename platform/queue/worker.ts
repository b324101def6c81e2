import { setTimeout as pause } from 'node:timers/promises';
import {
  Worker,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type WorkerOptions as BullOptions,
} from 'bullmq';
import type { Log } from '../logger';
import { errorHead, scrub } from '../scrub';
import { createErrorLog } from './error-log';
import { createLastingBackend, queuePool } from './postgres-backend';
import { DEFAULT_PREFIX } from './queues';
import { connectRedis } from './redis-connection';
import type { QueueSettings, QueueWorker, ReceivedJob, WorkerOptions } from './types';

const POOL_SIZE = 4; // one of them listens
const CLOSE_TIMEOUT_MS = 20_000;
const POOL_END_TIMEOUT_MS = 2_000;
const FETCH_PAUSE_MS = 50;
const FETCH_PAUSE_MAX_MS = 1_000;
/** No wait for a job is longer: a wake-up that was lost with a connection costs no more than this. */
const WAIT_MAX_S = 5;

/**
 * A worker that pauses after a failed fetch, longer each time: left alone it would try again at once, for as
 * long as the error lasts.
 */
class PacedWorker<C> extends Worker<unknown, void, string, IQueueBackend, never, C> {
  private failures = 0;

  protected override async moveToActive(
    token: string,
    name?: string,
  ): Promise<Job<unknown, void, string, never>> {
    try {
      const job = await super.moveToActive(token, name);
      this.failures = 0;
      return job;
    } catch (error) {
      this.failures += 1;
      if (!this.closing)
        await this.delay(Math.min(FETCH_PAUSE_MS * 2 ** Math.min(this.failures, 10), FETCH_PAUSE_MAX_MS));
      throw error;
    }
  }

  /**
   * Stops renewing locks and drops the connections, whatever is under way; what waits on them may never
   * settle.
   */
  abandon(): void {
    for (const ended of [
      this.lockManager.close(),
      this.backend.disconnectBlocking(false),
      this.backend.disconnect(),
    ])
      ended.catch(() => undefined);
  }

  override get maximumBlockTimeout(): number {
    return Math.min(super.maximumBlockTimeout, WAIT_MAX_S);
  }
}

/**
 * Starts taking jobs from a queue. It connects, and connects again after any outage, by itself. A job whose
 * `process` rejects is shown as failed with a scrubbed reason and is not tried again: its row is.
 */
export function createQueueWorker(
  settings: QueueSettings,
  queue: string,
  process: (job: ReceivedJob) => Promise<void>,
  options: WorkerOptions,
  deps: { log: Log },
): QueueWorker {
  const logError = createErrorLog(deps.log, 'queue worker error');
  const run = async (job: Job<unknown, void>): Promise<void> => {
    try {
      await process({ id: job.id ?? '', name: job.name, data: job.data });
    } catch (error) {
      logError(error, { queue, job: job.name, job_id: job.id });
      throw shownFailure(error);
    }
  };
  const started =
    settings.backend === 'redis'
      ? redisWorker(settings, queue, run, options, logError)
      : postgresWorker(settings, queue, run, options);
  const { worker } = started;
  worker.on('error', (error) => {
    logError(error, { queue });
  });
  worker.on('stalled', (jobId) => {
    deps.log.warn({ queue, job_id: jobId }, 'job taken back from a worker that stopped answering');
  });
  let closing: Promise<void> | undefined;
  const close = async (timeoutMs: number): Promise<void> => {
    const closed = worker.close().catch((error: unknown) => {
      logError(error, { queue });
    });
    const inTime = await Promise.race([closed.then(() => true), pause(timeoutMs, false, { ref: false })]);
    if (!inTime)
      deps.log.warn(
        { queue },
        'worker let go of jobs under way: another will take them when their locks expire',
      );
    await started.release(inTime);
  };
  return {
    queue,
    isRunning: () => worker.isRunning(),
    close: async (closeOptions = {}) => {
      closing ??= close(closeOptions.timeoutMs ?? CLOSE_TIMEOUT_MS);
      await closing;
    },
  };
}

/** A failure as Bull Board shows it: no stack, and nothing that looks like a personal number. */
function shownFailure(error: unknown): Error {
  const shown = new Error(scrub(errorHead(error instanceof Error ? error.message : 'the job failed')));
  shown.stack = '';
  return shown;
}

function bullOptions<C>(connection: C, options: WorkerOptions): BullOptions<C> {
  return {
    connection,
    concurrency: options.concurrency,
    lockDuration: options.lockDurationMs ?? 15_000,
    stalledInterval: options.stalledIntervalMs ?? 5_000,
    maxStalledCount: 3,
    drainDelay: WAIT_MAX_S,
    runRetryDelay: 1_000, // 15 s unless said otherwise: too long after a restart of the store
    ...(options.limiter ? { limiter: options.limiter } : {}),
  };
}

interface Started {
  worker: Worker<unknown, void, string, IQueueBackend, never, never>;
  release(closed: boolean): Promise<void>;
}
type Run = (job: Job<unknown, void>) => Promise<void>;

function redisWorker(
  settings: QueueSettings,
  queue: string,
  run: Run,
  options: WorkerOptions,
  logError: (error: unknown, fields?: object) => void,
): Started {
  if (!settings.redisUrl) throw new Error('the Redis backend needs a Redis URL');
  const client = connectRedis(settings.redisUrl, 'worker');
  client.on('error', (error: Error) => {
    logError(error, { queue });
  });
  const worker = new PacedWorker(
    queue,
    run,
    { ...bullOptions(client, options), prefix: settings.prefix ?? DEFAULT_PREFIX },
    createRedisBackend,
  );
  return {
    worker: worker as unknown as Started['worker'],
    release: async (closed) => {
      if (!closed) worker.abandon();
      client.disconnect();
    },
  };
}

function postgresWorker(settings: QueueSettings, queue: string, run: Run, options: WorkerOptions): Started {
  const pool = queuePool(settings.databaseUrl, { max: POOL_SIZE, applicationName: `munim-${queue}` });
  const worker = new PacedWorker(queue, run, bullOptions(pool, options), createLastingBackend);
  return {
    worker: worker as unknown as Started['worker'],
    release: async (closed) => {
      if (!closed) worker.abandon();
      await Promise.race([pool.end(), pause(POOL_END_TIMEOUT_MS, false, { ref: false })]);
    },
  };
}
