/**
 * Dumps of a database for tests of a restore: by `pg_dump` and `pg_restore` where a PostgreSQL is installed
 * that has them (then the tests run on that server, since they dump no newer one), else by a copy of the
 * database, which is the same at one instant but is no file.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { makeKnex, migrateAll } from '../../platform/database';
import { databaseUser, freePort } from '../../scripts/stack/embedded-postgres';
import { ROLES } from '../../platform/roles';
import { makeDatabase, makeRoles, withClient } from '../../scripts/stack/roles';
import { adminUrl, freshDatabase, type TestDatabase } from './database';

export interface Dumps {
  /** `pg_dump`, or `copy`. */
  how: string;
  /** A migrated, empty database. */
  database: Urls;
  /** Dumps it while it is in use. */
  take(): Promise<void>;
  /** Restores the dump into an empty database, as the runbook does. */
  restore(): Promise<Urls>;
  close(): Promise<void>;
}

type Urls = Pick<TestDatabase, 'url' | 'appUrl'>;

export async function createDumps(): Promise<Dumps> {
  const bin = installedBinaries();
  return bin === undefined ? copies() : files(bin);
}

/** The newest installation that has a server and its tools. */
function installedBinaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root) : [];
  return versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => path.join(root, version, 'bin'))
    .find((bin) =>
      ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore'].every((f) => fs.existsSync(path.join(bin, f))),
    );
}

async function files(bin: string): Promise<Dumps> {
  const runAs = databaseUser();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-dumps-'));
  fs.chmodSync(dir, 0o755);
  const data = path.join(dir, 'data');
  fs.mkdirSync(data, { mode: 0o700 });
  if (runAs.uid !== undefined) fs.chownSync(data, runAs.uid, runAs.gid!);
  const server = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(path.join(bin, program), args, {
      ...runAs,
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  server('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync');
  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  server('pg_ctl', '-D', data, '-w', '-l', path.join(data, 'server.log'), '-o', settings, 'start');
  const url = (name: string, role = 'postgres'): string => `postgres://${role}@127.0.0.1:${port}/${name}`;
  const urlsOf = (name: string): Urls => ({ url: url(name), appUrl: url(name, ROLES.app) });
  const file = path.join(dir, 'munim.dump');
  const create = (name: string): Promise<void> =>
    withClient(url('postgres'), async (admin) => {
      await makeRoles(admin, {}); // trusted, without passwords
      await makeDatabase(admin, name);
    });
  await create('munim');
  await migrate(url('munim', ROLES.migrate));
  return {
    how: 'pg_dump',
    database: urlsOf('munim'),
    take: () =>
      run(path.join(bin, 'pg_dump'), ['--format=custom', `--file=${file}`, url('munim', ROLES.migrate)]),
    async restore() {
      await create('restored');
      const into = url('restored', ROLES.migrate);
      await run(path.join(bin, 'pg_restore'), ['--exit-on-error', '--no-owner', `--dbname=${into}`, file]);
      await migrate(into);
      return urlsOf('restored');
    },
    async close() {
      server('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function copies(): Promise<Dumps> {
  const database = await freshDatabase();
  const [dump, restored] = [`${database.name}_dump`, `${database.name}_restored`];
  const admin = (sql: string): Promise<void> => execute(adminUrl(), sql);
  return {
    how: 'copy',
    database,
    async take() {
      // A database that is copied has no other session: those there are end, and connect again.
      await admin(`alter database ${database.name} with allow_connections false`);
      await admin(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`,
      );
      await admin(`create database ${dump} template ${database.name} strategy file_copy`);
      await admin(`alter database ${database.name} with allow_connections true`);
    },
    async restore() {
      await admin(`create database ${restored} template ${dump} strategy file_copy`);
      const at = (name: string): string => name.replace(/\/[^/]*$/, `/${restored}`);
      return { url: at(database.url), appUrl: at(database.appUrl) };
    },
    async close() {
      for (const name of [dump, restored]) await admin(`drop database if exists ${name} with (force)`);
      await database.drop();
    },
  };
}

async function migrate(databaseUrl: string): Promise<void> {
  const knex = makeKnex(databaseUrl);
  try {
    await migrateAll(knex, { queues: true });
  } finally {
    await knex.destroy();
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(program)} ended with ${code}: ${said}`));
    });
  });
}
