import fs from 'node:fs';
import path from 'node:path';

export type QueueBackend = 'postgres' | 'redis';

const RECORD = 'queue-backends';

/**
 * The queue backends that this run can test. Use as `describe.each(queueBackends())('payouts on %s', (backend) => ...)`:
 * the words `on redis` in the name are what CI counts.
 */
export function queueBackends(): QueueBackend[] {
  const backends: QueueBackend[] = process.env.TEST_REDIS_URL ? ['postgres', 'redis'] : ['postgres'];
  if (process.env.TEST_RUN_DIR)
    fs.appendFileSync(path.join(process.env.TEST_RUN_DIR, RECORD), `${backends.join(' ')}\n`);
  return backends;
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
  const lines = text.split('\n').filter((line) => line !== '');
  return { postgres: lines.length, redis: lines.filter((line) => line.includes('redis')).length };
}
