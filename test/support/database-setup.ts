import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { allQueues } from '../../jobs';
import { execute, makeKnex, migrateAll } from '../../platform/database';
import { prepareQueues } from '../../platform/queue';
import { grantPrivileges, ROLES } from '../../platform/roles';
import { PROVIDERS } from '../../providers/list';
import { startPostgres, type EmbeddedPostgres } from '../../scripts/stack/embedded-postgres';
import { makeRoles, passwordsUnder, urlsUnder } from '../../scripts/stack/roles';
import { hasRedisServer, startRedis, type RedisServer } from '../../scripts/stack/redis-server';
import { onNpmGone } from '../../scripts/stack/npm-parent';
import {
  placeOfRuns,
  RUN_PREFIX,
  SCRIPTED_TEMPLATE,
  setTestRun,
  sweepKilledRuns,
  TEMPLATE_DATABASE,
  testRun,
} from './run-state';
import { COLLECTION_PROVIDER } from './scripted-collection';
import { OTHER_PROVIDER, PROVIDER } from './scripted-connector';

const STOPPED = 130;

/**
 * Once per run of jest, whichever project asks first: a PostgreSQL with migrated template databases (queue tables
 * included) that `freshDatabase()` copies, and a Redis when there is one. Nothing survives the run.
 */
export default async function databaseSetup(): Promise<void> {
  if (testRun() !== undefined) return;
  sweepKilledRuns();
  const dir = fs.mkdtempSync(path.join(placeOfRuns(), `${RUN_PREFIX}${process.pid}-`));
  fs.chmodSync(dir, 0o755); // PostgreSQL runs as another user when we are root
  let postgres: EmbeddedPostgres | undefined;
  let redis: RedisServer | undefined;
  try {
    postgres = await startPostgres({
      dataDir: path.join(dir, 'postgres'),
      profile: 'test',
      endsWithUs: true,
    });
    await makeTemplates(postgres);
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
  process.env.TMPDIR = path.join(dir, 'tmp'); // what tests and their processes write lies there too, and goes with the run
  fs.mkdirSync(process.env.TMPDIR);
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

async function makeTemplates(postgres: EmbeddedPostgres): Promise<void> {
  const admin = new Client({ connectionString: postgres.url() });
  await admin.connect();
  try {
    // proved thousands of times, and random: cheap to prove, like the superuser's
    await makeRoles(admin, passwordsUnder(postgres.url()), { iterations: 1 });
    await makeTemplate(admin, postgres, TEMPLATE_DATABASE, migrateTemplate);
    await makeTemplate(admin, postgres, SCRIPTED_TEMPLATE, addScriptedPolicies);
  } finally {
    await admin.end();
  }
}

/** The first is filled from nothing, the next from the first. */
async function makeTemplate(
  admin: Client,
  postgres: EmbeddedPostgres,
  name: string,
  fill: (knex: Knex) => Promise<void>,
): Promise<void> {
  const from = name === TEMPLATE_DATABASE ? '' : ` template ${TEMPLATE_DATABASE} strategy file_copy`;
  await admin.query(`create database ${name} owner ${ROLES.migrate}${from}`);
  const knex = makeKnex(urlsUnder(postgres.url(name)).migrate);
  try {
    await fill(knex);
  } finally {
    await knex.destroy();
  }
  await admin.query(`alter database ${name} with is_template true allow_connections false`);
}

/** As `npm run migrate` does: by the role that owns the tables. */
async function migrateTemplate(knex: Knex): Promise<void> {
  await migrateAll(knex, { queues: true });
  await prepareQueues(knex, allQueues(Object.keys(PROVIDERS)));
  await grantPrivileges(knex);
}

/** The timings of the first real provider, for those that tests script. */
async function addScriptedPolicies(knex: Knex): Promise<void> {
  const columns =
    'profile, connect_timeout_ms, total_timeout_ms, send_window_ms, poll_schedule_ms, poll_for_ms, ' +
    'not_found_window_ms, not_found_inquiries, recheck_success_ms, max_in_flight, rate_per_second';
  await execute(
    knex,
    `insert into provider_policies (provider, ${columns})
      select scripted, ${columns} from provider_policies, unnest(?::text[]) as scripted where provider = 'razorpayx'`,
    [[PROVIDER, OTHER_PROVIDER, COLLECTION_PROVIDER]],
  );
}
