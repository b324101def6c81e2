import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { makeKnex, migrateAll } from '../../platform/database';
import { startPostgres, type EmbeddedPostgres } from '../../scripts/stack/embedded-postgres';
import { hasRedisServer, startRedis, type RedisServer } from '../../scripts/stack/redis-server';
import { onNpmGone } from '../../scripts/stack/npm-parent';
import { RUN_PREFIX, setTestRun, sweepKilledRuns, TEMPLATE_DATABASE, testRun } from './run-state';

const STOPPED = 130;

/**
 * Once per run of jest, whichever project asks first: a PostgreSQL with a migrated template database (queue tables
 * included) that `freshDatabase()` copies, and a Redis when there is one. Nothing survives the run.
 */
export default async function databaseSetup(): Promise<void> {
  if (testRun() !== undefined) return;
  sweepKilledRuns();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}${process.pid}-`));
  fs.chmodSync(dir, 0o755); // PostgreSQL runs as another user when we are root
  let postgres: EmbeddedPostgres | undefined;
  let redis: RedisServer | undefined;
  try {
    postgres = await startPostgres({
      dataDir: path.join(dir, 'postgres'),
      profile: 'test',
      endsWithUs: true,
    });
    await makeTemplate(postgres);
    if (process.env.REDIS_URL) process.env.TEST_REDIS_URL = process.env.REDIS_URL;
    else if (hasRedisServer()) {
      redis = await startRedis({ dir: path.join(dir, 'redis') });
      process.env.TEST_REDIS_URL = redis.url;
    } else {
      delete process.env.TEST_REDIS_URL;
      process.stdout.write('queue suites run on PostgreSQL only: no redis-server found\n');
    }
  } catch (error) {
    await redis?.stop('SIGKILL');
    await postgres?.stop('immediate');
    fs.rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  process.env.TEST_DATABASE_ADMIN_URL = postgres.url();
  process.env.TEST_RUN_DIR = dir;
  setTestRun({ dir, postgres, redis });
  leaveNothing(dir);
}

/** A run that is stopped ends like one that is over; the guards of its stores end what this cannot reach. */
function leaveNothing(dir: string): void {
  const leave = (): void => {
    const run = testRun();
    setTestRun(undefined);
    if (run === undefined) return;
    void Promise.allSettled([run.redis?.stop('SIGKILL'), run.postgres.stop('immediate')]).then(() => {
      fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      process.exit(STOPPED);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
  onNpmGone(leave);
}

async function makeTemplate(postgres: EmbeddedPostgres): Promise<void> {
  const admin = new Client({ connectionString: postgres.url() });
  await admin.connect();
  try {
    await admin.query(`create database ${TEMPLATE_DATABASE}`);
    const knex = makeKnex(postgres.url(TEMPLATE_DATABASE));
    try {
      await migrateAll(knex, { queues: true });
    } finally {
      await knex.destroy();
    }
    await admin.query(`alter database ${TEMPLATE_DATABASE} with is_template true allow_connections false`);
  } finally {
    await admin.end();
  }
}
