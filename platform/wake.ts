/**
 * Wake-ups after commit.
 * 1. What becomes due in one tick goes together, by queue and job: one job names up to 50 rows. One that
 *    comes alone goes at once.
 * 2. `wake` takes 200 ms at most and never throws. When the queue is away the row is still due, and is queued
 *    again from there: a failure is a number and a line in the log, never an error to the caller.
 */
import { createHash } from 'node:crypto';
import { createGather, type Gather } from './gather';
import type { Log } from './logger';
import { createErrorLog } from './queue/error-log';
import type { QueueJob, Queues } from './queue';
import { atMost } from './time-limit';

/**
 * A row that has work to do now. `driveNo` counts how often it was queued, `seq` which of its effects is
 * meant; both go into the job id.
 */
export interface QueuedRow {
  queue: string;
  job: string;
  id: string;
  driveNo: number;
  seq?: number;
}

export interface WakeMetrics {
  /** `jobs` jobs covering `rows` rows were queued. */
  woken(queue: string, jobs: number, rows: number): void;
  /** `rows` rows were left to their re-drive. */
  missed(queue: string, rows: number): void;
}

export type Wake = (due: readonly QueuedRow[]) => Promise<void>;

export interface WakeDeps {
  queues: Pick<Queues, 'add'>;
  log: Log;
  metrics?: WakeMetrics;
  /** Longest time that a caller waits; 200 ms. */
  timeoutMs?: number;
}

const MAX_IDS = 50;
const MAX_CALLS = 1_000;
const TIMEOUT_MS = 200;

export function createWake(deps: WakeDeps): Wake {
  const timeoutMs = deps.timeoutMs ?? TIMEOUT_MS;
  const logMissed = createErrorLog(deps.log, 'rows not queued; they are queued again when their time comes');
  const lanes = new Map<string, Gather<QueuedRow[], void>>(); // as many as there are jobs and providers

  const lane = (queue: string, job: string): Gather<QueuedRow[], void> => {
    const key = `${queue} ${job}`;
    const known = lanes.get(key);
    if (known) return known;
    const gather = createGather<QueuedRow[], void>(
      async (calls) => {
        await addAll(queue, job, calls.flat());
        return calls.map(() => undefined);
      },
      { maxBatch: MAX_CALLS },
    );
    lanes.set(key, gather);
    return gather;
  };

  const addAll = async (queue: string, job: string, due: QueuedRow[]): Promise<void> => {
    const jobs = jobsFor(job, due);
    const ids = jobs.reduce((sum, one) => sum + one.data.ids.length, 0);
    try {
      await deps.queues.add(queue, jobs, { timeoutMs });
      deps.metrics?.woken(queue, jobs.length, ids);
    } catch (error) {
      deps.metrics?.missed(queue, ids);
      logMissed(error, { queue, rows: ids });
    }
  };

  return async (due) => {
    if (due.length === 0) return;
    if (due.length === 1) {
      // as with nearly every request, whose path this is on
      const [one] = due as [QueuedRow];
      await atMost(timeoutMs, lane(one.queue, one.job)([one]));
      return;
    }
    const groups = new Map<Gather<QueuedRow[], void>, QueuedRow[]>();
    for (const one of due) {
      const gather = lane(one.queue, one.job);
      const group = groups.get(gather);
      if (group) group.push(one);
      else groups.set(gather, [one]);
    }
    await atMost(timeoutMs, Promise.all([...groups].map(async ([gather, group]) => gather(group))));
  };
}

/**
 * Jobs of up to 50 rows each, every row once. The ids are a function of the rows alone, so that waking the
 * same rows again adds nothing.
 */
export function jobsFor(job: string, due: readonly QueuedRow[]): QueueJob[] {
  const rows = [...new Map(due.map((one) => [one.id, one])).values()];
  const jobs: QueueJob[] = [];
  for (let at = 0; at < rows.length; at += MAX_IDS) {
    const part = rows.slice(at, at + MAX_IDS);
    jobs.push({ name: job, id: jobId(job, part), data: { ids: part.map((one) => one.id) } });
  }
  return jobs;
}

/**
 * `<job>-<first id>-<count>-<drive no>[.<seq>]`; a job of several rows also names the rest by a hash, since
 * another group may have the same first.
 */
function jobId(job: string, part: readonly QueuedRow[]): string {
  const [first] = part;
  if (!first) throw new RangeError('a job names at least one row');
  const mark = (one: QueuedRow): string =>
    one.seq === undefined ? String(one.driveNo) : `${one.driveNo}.${one.seq}`;
  const head = `${job}-${first.id}-${part.length}-${mark(first)}`;
  if (part.length === 1) return head;
  const rest = createHash('sha256');
  for (const one of part) rest.update(`${one.id} ${mark(one)} `);
  return `${head}-${rest.digest('hex').slice(0, 12)}`;
}
