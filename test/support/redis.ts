import fs from 'node:fs';
import path from 'node:path';

export type QueueBackend = 'postgres' | 'redis';

const RECORD = 'queue-backends';

/**
 * The queue backends that this run can test. Use as `describe.each(queueBackends())('payouts on %s', (backend) => ...)`:
 * the words `on redis` in the name are what CI counts.
 */
export function queueBackends(): QueueBackend[] {
  const backends = available();
  note(backends);
  return backends;
}

/** For suites so long that each backend has a file: runs the suite, or leaves it out when the backend is not there. */
export function onBackend(backend: QueueBackend, suite: (backend: QueueBackend) => void): void {
  if (available().includes(backend)) {
    note([backend]);
    suite(backend);
  } else it.skip(`needs ${backend}`, () => undefined);
}

function available(): QueueBackend[] {
  return process.env.TEST_REDIS_URL ? ['postgres', 'redis'] : ['postgres'];
}

function note(backends: readonly QueueBackend[]): void {
  if (process.env.TEST_RUN_DIR)
    fs.appendFileSync(path.join(process.env.TEST_RUN_DIR, RECORD), `${backends.join(' ')}\n`);
}

/** URL of the Redis of this run. Only for suites that `queueBackends()` has put on Redis. */
export function redisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (!url) throw new Error('no Redis in this run: ask queueBackends() first');
  return url;
}

let prefixes = 0;

/**
 * A key prefix that no other test file uses, with a hash tag as on a cluster. Never FLUSHALL the shared server: a test
 * that needs that starts its own with `startRedis` of scripts/stack/redis-server.ts.
 */
export function redisPrefix(): string {
  prefixes += 1;
  return `{munim-test-${process.env.JEST_WORKER_ID ?? '0'}-${process.pid}-${Date.now().toString(36)}-${prefixes}}`;
}

/** How many suites asked for each backend, of the run in `dir`. */
export function backendRuns(dir: string): Record<QueueBackend, number> {
  let text = '';
  try {
    text = fs.readFileSync(path.join(dir, RECORD), 'utf8');
  } catch {
    /* no queue suite in this run */
  }
  const lines = text.split('\n');
  const suitesOn = (backend: QueueBackend): number => lines.filter((line) => line.includes(backend)).length;
  return { postgres: suitesOn('postgres'), redis: suitesOn('redis') };
}
