import { Client } from 'pg';
import { ROLES } from '../../platform/roles';
import { urlsUnder } from '../../scripts/stack/roles';
import { TEMPLATE_DATABASE } from './run-state';
import { installRowsWatch } from './watched-rows';

installRowsWatch();

export interface TestDatabase {
  name: string;
  /** Connection URL of the superuser, for what tests do to the tables. */
  url: string;
  /** Of the role of the processes: whatever a process does in a test, it does by this one. */
  appUrl: string;
  /** Of the role that owns the tables. */
  migrateUrl: string;
  /** Of the role for reports. */
  readUrl: string;
  /** Drops it, ending connections that are left. */
  drop(): Promise<void>;
  /** Drops it while the file's next test runs; the end of the file waits for it. */
  dropBeside(): Promise<void>;
}

/** What is dropped beside the tests of this file. */
const leaving: Promise<void>[] = [];
/** By template: the database that the next test takes; none for a template that was asked for once. */
const ahead = new Map<string, Promise<TestDatabase> | undefined>();
let isOver = false;

// Before the hooks of the test file: what those drop at its end, they wait for themselves.
afterAll(async () => {
  isOver = true;
  await Promise.all([...ahead.values()].map(async (made) => (await made)?.drop()));
  await Promise.all(leaving);
});

/**
 * A database of its own, copied from the migrated template or another; with `empty`, one without any table. Where
 * each test of a file asks for one, the next is made while a test runs: it waits for two checkpoints.
 */
export async function freshDatabase(
  options: { empty?: boolean; template?: string } = {},
): Promise<TestDatabase> {
  if (options.empty) return makeDatabase('');
  const { template = TEMPLATE_DATABASE } = options;
  const made = ahead.get(template) ?? copyOf(template);
  if (!isOver) ahead.set(template, ahead.has(template) ? copyOf(template) : undefined);
  ahead.get(template)?.catch(() => undefined); // whoever takes it is told
  return made;
}

const copyOf = (template: string): Promise<TestDatabase> =>
  makeDatabase(`template ${template} strategy file_copy`);

async function makeDatabase(how: string): Promise<TestDatabase> {
  const name = `t_${process.env.JEST_WORKER_ID ?? '0'}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  await asAdmin(`create database ${name} owner ${ROLES.migrate} ${how}`);
  const drop = async (): Promise<void> => asAdmin(`drop database if exists ${name} with (force)`);
  const url = adminUrl().replace(/\/[^/]*$/, `/${name}`);
  const { app, migrate, read } = urlsUnder(url);
  return {
    name,
    url,
    appUrl: app,
    migrateUrl: migrate,
    readUrl: read,
    drop,
    dropBeside: async () => {
      // connections that are just closing have a moment: one that is cut off would fail the file
      const dropped = asAdmin(`drop database if exists ${name}`).catch(drop);
      if (isOver) return dropped;
      dropped.catch(() => undefined);
      leaving.push(dropped);
    },
  };
}

/** URL of the superuser on the database `postgres` of this run's cluster. */
export function adminUrl(): string {
  const url = process.env.TEST_DATABASE_ADMIN_URL;
  if (!url) throw new Error('no test cluster: run through jest, whose global setup starts it');
  return url;
}

async function asAdmin(sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
