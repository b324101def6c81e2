/** A platform of its own for a month: PostgreSQL, Redis if it has the queues, the schema; in a folder that goes with it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compose } from '../../composition/compose';
import { loadConfig } from '../../composition/config';
import type { FakeClock } from '../../platform/clock';
import { ROLES } from '../../platform/roles';
import type { QueueBackend } from '../../platform/queue';
import { startWorkers } from '../../workers/types';
import { developmentKeys } from '../stack/development-keys';
import {
  reachableDataDir,
  startPostgres,
  type EmbeddedPostgres,
  type PostgresProfile,
} from '../stack/embedded-postgres';
import { processEnvironment, type EnvironmentInput } from '../stack/environment';
import { startRedis } from '../stack/redis-server';
import { prepareOwnServer, urlsUnder, withClient, type RoleUrls } from '../stack/roles';
import { prepareDatabase } from '../stack/stack-database';
import type { MonthOptions } from './run';

export interface MonthGround {
  dir: string;
  dataDir: string;
  redisUrl: string | undefined;
  postgres: Pick<EmbeddedPostgres, 'stop' | 'start'>;
  /** A copy of the database, as a database of its own. Nobody may be connected to the first. */
  copy(name: string): Promise<RoleUrls>;
  /** What `runMonth` is told of the place. */
  options: Pick<MonthOptions, 'places' | 'books'>;
  /** The process of the nights, as the product starts it, by the clock of the month. */
  startNightly(clock: FakeClock): Promise<{ stop(): Promise<void> }>;
  close(options?: { keep?: boolean }): Promise<void>;
}

const SETTINGS = {
  autovacuum: 'on',
  max_wal_size: '4GB',
  shared_buffers: '512MB',
  checkpoint_timeout: '15min',
};

export async function startMonthGround({
  backend,
  profile,
  redis: hasOwnRedis = backend === 'redis',
}: {
  backend: QueueBackend;
  /** `test` keeps nothing that a crash of PostgreSQL would lose. */
  profile: PostgresProfile;
  /** Without it somebody else brings Redis. */
  redis?: boolean;
}): Promise<MonthGround> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-month-'));
  fs.chmodSync(dir, 0o711); // the database user passes through
  const dataDir = path.join(dir, 'data');
  fs.mkdirSync(dataDir, { mode: 0o711 });
  const postgres = await startPostgres({
    dataDir: await reachableDataDir(path.join(dataDir, 'postgres')),
    ...{ profile, settings: SETTINGS, endsWithUs: true },
  });
  const redis = hasOwnRedis
    ? await startRedis({ dir: path.join(dir, 'redis'), appendonly: true })
    : undefined;
  const urls = await prepareOwnServer(postgres.url('munim'));
  const redisUrl = redis?.url;
  await prepareDatabase(urls.migrate, { redisUrl, fill: () => Promise.resolve() });
  const keys = developmentKeys(dataDir);
  const input: EnvironmentInput = {
    ...{ dataDir, databaseUrl: urls.app, redisUrl, policyProfile: 'production', keys },
    ports: { api: 1, ops: 1, sandbox: 1 }, // nobody is called at night
  };
  return {
    ...{ dir, dataDir, redisUrl, postgres },
    copy: (name) => copyOf(postgres, name),
    options: {
      places: { appUrl: urls.app, ownerUrl: urls.owner },
      books: {
        dir: path.join(dataDir, 'sandbox'),
        ...{ accountNumber: keys.razorpayx.accountNumber, initiator: keys.eko.initiatorId },
      },
    },
    startNightly: (clock) => startNightly(input, clock),
    async close({ keep = false } = {}) {
      await postgres.stop('fast');
      await redis?.stop('SIGKILL');
      if (!keep) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function copyOf(postgres: EmbeddedPostgres, name: string): Promise<RoleUrls> {
  await withClient(postgres.url('postgres'), async (admin) => {
    await admin.query(`create database ${name} template munim owner ${ROLES.migrate}`);
    // A sequence is copied with the values that it has logged ahead. Without a checkpoint it gives them out once more
    // after a crash, since the log of the copy has never heard of them.
    await admin.query('checkpoint');
  });
  await withClient(postgres.url(name), async (client) => {
    await client.query('set session_replication_role = replica');
    await client.query('delete from database_identity'); // a copy that was made by mistake is told from this one
  });
  return urlsUnder(postgres.url(name));
}

async function startNightly(input: EnvironmentInput, clock: FakeClock): Promise<{ stop(): Promise<void> }> {
  const env = processEnvironment(input, { name: 'nightly', publicPort: 1, adminPort: 1 });
  const parts = await compose('nightly', loadConfig({ ...env, MUNIM_LOG_LEVEL: 'error' }), { clock });
  await parts.admitted();
  const workers = startWorkers('nightly', parts);
  return {
    async stop() {
      await workers.stop();
      await parts.close();
    },
  };
}
