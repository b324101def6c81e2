import type { Knex } from 'knex';
import { checkIdentity, DATABASE_DIFFERS } from '../../domain/restore/identity';
import { LONG_WORK_MS, makeKnex, migrateAll } from '../../platform/database';
import { grantPrivileges } from '../../platform/roles';
import { settleQueuePlace } from './queue-place';
import { prepareOwnServer, sessionToMigrate, type RoleUrls } from './roles';
import { ensureDatabase } from './stores';

/** The database of a stack in the names of its roles. */
export type StackDatabase = Omit<RoleUrls, 'read'>;

/** Somebody's own database by the URLs that were given; else that of the server which `startOwn` starts. */
export async function databaseOf(
  given: { databaseUrl?: string; migrateDatabaseUrl?: string },
  startOwn: () => Promise<string>,
): Promise<StackDatabase> {
  const { databaseUrl: app, migrateDatabaseUrl: migrate = app } = given;
  if (app === undefined || migrate === undefined) return prepareOwnServer(await startOwn());
  await ensureDatabase(migrate);
  return { app, migrate, owner: migrate };
}

/** Brings the schema up and fills what is empty, in the name of the role that owns the tables. */
export async function prepareDatabase<Filled>(
  databaseUrl: string,
  { redisUrl, fill }: { redisUrl: string | undefined; fill: (knex: Knex) => Promise<Filled> },
): Promise<Filled> {
  const knex = makeKnex(databaseUrl, {
    max: 2,
    applicationName: 'munim-start',
    statementMs: LONG_WORK_MS,
    session: await sessionToMigrate(databaseUrl),
  });
  const backend = redisUrl === undefined ? 'postgres' : 'redis';
  try {
    await migrateAll(knex, { queues: backend === 'postgres' });
    if ((await checkIdentity(knex, new Date())) === 'differs') throw new Error(DATABASE_DIFFERS);
    await settleQueuePlace(knex, { backend, redisUrl, databaseUrl });
    await grantPrivileges(knex); // on what the queues have just made
    return await fill(knex);
  } finally {
    await knex.destroy();
  }
}
