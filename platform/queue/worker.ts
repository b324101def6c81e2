import { setTimeout as pause } from 'node:timers/promises';
import {
  Worker,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type WorkerOptions as BullOptions,
} from 'bullmq';
import type { Pulse } from '../liveness';
import type { Log } from '../logger';
import { errorHead, scrub } from '../scrub';
import { createErrorLog } from './error-log';
import { createLastingBackend, enterPlace } from './postgres-backend';
import { connectRedis } from './redis-connection';
import { queueKeyPrefix } from './redis-keys';
import type { QueueSettings, QueueWorker, ReceivedJob, WorkerOptions } from './types';

const CLOSE_TIMEOUT_MS = 20_000;
const FETCH_PAUSE_MS = 50;
const FETCH_PAUSE_MAX_MS = 1_000;
/** No wait for a job is longer: a wake-up that was lost with a connection costs no more than this. */
const WAIT_MAX_S = 5;
/** A worker with a free place asks for a job at least so often; longer than a rate limit makes it wait. */
const LONGEST_FETCH_MS = 40_000;
/** One whose places are all taken waits for the first job to end: longer than any provider may take. */
const LONGEST_JOB_MS = 150_000;

/**
 * A worker that pauses after a failed fetch, longer each time: left alone it would try again at once, for as
 * long as the error lasts.
 */
class PacedWorker<C> extends Worker<unknown, void, string, IQueueBackend, never, C> {
  private failures = 0;
  /** A fetch has ended, well or badly. */
  onFetched: () => void = () => undefined;

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
    } finally {
      this.onFetched();
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
  { log, ...options }: WorkerOptions & { log: Log },
): QueueWorker {
  const logError = createErrorLog(log, 'queue worker error');
  const state = { underWay: 0, pulse: undefined as Pulse | undefined };
  const run = async (job: Job<unknown, void>): Promise<void> => {
    state.underWay += 1;
    state.pulse?.beat();
    try {
      await process({
        id: job.id ?? '',
        name: job.name,
        data: job.data,
        progress: async (shown) => {
          state.pulse?.beat();
          await job.updateProgress(shown);
        },
      });
    } catch (error) {
      logError(error, { queue, job: job.name, job_id: job.id });
      throw shownFailure(error);
    } finally {
      state.underWay -= 1;
      state.pulse?.beat();
    }
  };
  const started =
    settings.backend === 'redis'
      ? redisWorker(settings, { queue, run }, options, logError)
      : postgresWorker(settings, queue, run, options);
  const { worker } = started;
  state.pulse = options.pulse?.({
    longestMs: () => (state.underWay >= options.concurrency ? LONGEST_JOB_MS : LONGEST_FETCH_MS),
    isExcused: () => started.isStoreAway(),
  });
  worker.onFetched = () => state.pulse?.beat();
  worker.on('error', (error) => {
    logError(error, { queue });
  });
  worker.on('stalled', (jobId) => {
    log.warn({ queue, job_id: jobId }, 'job taken back from a worker that stopped answering');
  });
  let closing: Promise<void> | undefined;
  const close = async (timeoutMs: number): Promise<void> => {
    state.pulse?.end();
    const closed = worker.close().catch((error: unknown) => {
      logError(error, { queue });
    });
    const inTime = await Promise.race([closed.then(() => true), pause(timeoutMs, false, { ref: false })]);
    if (!inTime)
      log.warn({ queue }, 'worker let go of jobs under way: another will take them when their locks expire');
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
  worker: PacedWorker<never>;
  /** The store is known to be away, and the connection is being made again. */
  isStoreAway(): boolean;
  release(closed: boolean): Promise<void>;
}
type Run = (job: Job<unknown, void>) => Promise<void>;

function redisWorker(
  settings: QueueSettings,
  { queue, run }: { queue: string; run: Run },
  options: WorkerOptions,
  logError: (error: unknown, fields?: object) => void,
): Started {
  if (!settings.redisUrl) throw new Error('the Redis backend needs a Redis URL');
  const client = connectRedis(settings.redisUrl, 'worker', { silenceMs: settings.answerWithinMs });
  client.on('error', (error: Error) => {
    logError(error, { queue });
  });
  const worker = new PacedWorker(
    queue,
    run,
    { ...bullOptions(client, options), prefix: queueKeyPrefix(settings, queue) },
    createRedisBackend,
  );
  return {
    worker: worker as unknown as Started['worker'],
    isStoreAway: () => client.status !== 'ready' && client.status !== 'end', // it does not connect again after its end
    release: async (closed) => {
      if (!closed) worker.abandon();
      client.disconnect();
    },
  };
}

function postgresWorker(settings: QueueSettings, queue: string, run: Run, options: WorkerOptions): Started {
  const place = enterPlace(settings.databaseUrl, settings.answerWithinMs);
  const worker = new PacedWorker(queue, run, bullOptions(place, options), createLastingBackend);
  return {
    worker: worker as unknown as Started['worker'],
    isStoreAway: () => false, // each statement fails by itself
    release: async (closed) => {
      if (!closed) worker.abandon();
      await place.leave();
    },
  };
}
