import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { makeKnex, migrateAll } from '../../platform/database';
import { prepareOwnServer } from '../../scripts/stack/roles';
import { takeLock } from '../../scripts/stack/run-lock';
import {
  reachableDataDir,
  startPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../scripts/stack/embedded-postgres';

/** A durable PostgreSQL for the benches: fsync and synchronous_commit are on, and every result prints the flags. */
export const POSTGRES_CONF = { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '15min' };

export async function startBenchPostgres(
  name: string,
  over: Pick<EmbeddedPostgresOptions, 'profile' | 'settings'> = {},
): Promise<EmbeddedPostgres> {
  const own = path.join(process.cwd(), '.data', 'bench', `${name}-run`);
  fs.mkdirSync(own, { recursive: true });
  const lock = takeLock(own);
  if (!('release' in lock)) throw new Error(`process ${lock.pid} runs this bench: wait for it, or stop it`);
  process.once('exit', () => {
    lock.release();
  });
  const dir = await reachableDataDir(path.join(process.cwd(), '.data', 'bench', name));
  const settings = { ...POSTGRES_CONF, ...over.settings };
  return startPostgres({ dataDir: dir, profile: over.profile ?? 'durable', settings, endsWithUs: true });
}

/**
 * An empty database with the whole schema, by the URL of the role of the processes; one of the same name is dropped
 * first.
 */
export async function freshBenchDatabase(
  pg: EmbeddedPostgres,
  name: string,
  options: { queues: boolean },
): Promise<string> {
  await withAdmin(pg, async (admin) => {
    await admin.query(`drop database if exists ${name} with (force)`);
  });
  const { app, migrate } = await prepareOwnServer(pg.url(name));
  const knex = makeKnex(migrate, { max: 2 });
  try {
    await migrateAll(knex, options);
  } finally {
    await knex.destroy();
  }
  return app;
}

export async function withAdmin<T>(
  pg: EmbeddedPostgres,
  work: (admin: Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const admin = new Client({ connectionString: pg.url(database) });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** The server's settings that decide durability. */
export async function durability(pg: EmbeddedPostgres): Promise<Record<string, string>> {
  return withAdmin(pg, async (admin) => {
    const { rows } = await admin.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
         'shared_buffers', 'max_wal_size', 'server_version')`,
    );
    return Object.fromEntries(rows.map((r) => [r.name, r.setting]));
  });
}

/** The path of pgbench. Throws when it is not installed: a missing peer is an error. */
export function findPgbench(): string {
  const candidates = [
    '/usr/bin',
    ...(fs.existsSync('/usr/lib/postgresql')
      ? fs.readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`)
      : []),
  ].map((dir) => path.join(dir, 'pgbench'));
  const found = candidates.find((file) => fs.existsSync(file) && spawnSync(file, ['--version']).status === 0);
  if (found === undefined)
    throw new Error('the peer is missing: install pgbench (Debian: apt-get install postgresql)');
  return found;
}
