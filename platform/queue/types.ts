import type { Queue, RateLimiterOptions } from 'bullmq';
import type { Pulse, Turning } from '../liveness';

/** Where the queues live: Redis in production, PostgreSQL where there is no Redis. */
export type QueueBackend = 'redis' | 'postgres';

export interface QueueSettings {
  backend: QueueBackend;
  /** One server, Sentinels or a cluster; see redis-connection.ts for the forms. */
  redisUrl?: string;
  databaseUrl: string;
  /**
   * Begins the keys of all queues in Redis, `munim` unless said otherwise; see redis-keys.ts. Braces around it
   * mean nothing.
   */
  prefix?: string;
  /** The longest that a store may leave a worker's question unanswered, ms; 15,000. */
  answerWithinMs?: number;
}

/** A wake-up call: the ids name rows, and the rows are the work. */
export interface QueueJob {
  name: string;
  /** Holds no `:` and is not all digits. A job with the id of one that is still kept is not added. */
  id: string;
  data: { ids: string[] };
}

export interface Queues {
  readonly backend: QueueBackend;
  /**
   * Adds jobs. Rejects when the backend is away or did not answer within `timeoutMs` (default 200); the jobs
   * may then still come to be added.
   */
  add(queue: string, jobs: QueueJob[], options?: { timeoutMs?: number }): Promise<void>;
  /** Age in ms of the job that has waited longest, paused queues included; undefined when none waits. */
  oldestWaitingAgeMs(queue: string): Promise<number | undefined>;
  /**
   * Jobs by state. In a paused queue those that wait count as `paused`, on both backends: the sum is right.
   */
  counts(queue: string): Promise<QueueCounts>;
  /** BullMQ's own object, for Bull Board and metrics only. */
  handle(queue: string): Queue;
  /**
   * Deletes every job of these queues. For a switch of the backend: the work is in the rows and is queued
   * again from there.
   */
  empty(queues: string[]): Promise<void>;
  /**
   * Deletes finished jobs of these queues that are past their time; returns true when there may be more. Safe
   * in several processes at once.
   */
  clean(queues: readonly string[]): Promise<boolean>;
  /** Resolves when the backend answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type QueueCounts = Record<
  'waiting' | 'active' | 'delayed' | 'paused' | 'failed' | 'completed',
  number
>;

export interface ReceivedJob {
  id: string;
  name: string;
  data: unknown;
  /** Shows on the board how far it is; and that its worker has not come to a halt, however long the job takes. */
  progress(shown: Readonly<Record<string, string | number>>): Promise<void>;
}

export interface WorkerOptions {
  /** Jobs side by side in this process. */
  concurrency: number;
  /** A job whose worker has not renewed its lock for this long is given to another; 15,000. */
  lockDurationMs?: number;
  /**
   * How often such jobs are looked for; 5,000. Must be the same in every worker of a queue, since the check
   * is throttled per queue.
   */
  stalledIntervalMs?: number;
  limiter?: RateLimiterOptions;
  /** Where the worker says that it turns. */
  pulse?: (turning: Turning) => Pulse;
}

export interface QueueWorker {
  readonly queue: string;
  isRunning(): boolean;
  /**
   * Takes no more jobs, waits for those under way (20 s unless said otherwise), then lets go of the
   * connections.
   */
  close(options?: { timeoutMs?: number }): Promise<void>;
}
