/**
 * `npm run migrate`: brings the schema of MUNIM_MIGRATE_DATABASE_URL (else DATABASE_URL) to the newest version, and
 * grants each role what it may do; without REDIS_URL the queue tables as well. With `-- --move-queues` it also
 * records that the queues are where REDIS_URL (or its absence) and MUNIM_QUEUE_PREFIX say now: for a new Redis,
 * with every process stopped. With `-- --forget-key NAME` processes work without a key that was lost; one that was
 * replaced is forgotten by `munim keys forget`, which looks whether anything still needs it.
 */
import { parseArgs } from 'node:util';
import { LONG_WORK_MS, makeKnex, migrateAll } from '../platform/database';
import { readFreeConnections } from '../composition/connection-check';
import { allQueues } from '../jobs';
import { forgetKey } from '../platform/key-fingerprints';
import { prepareQueues } from '../platform/queue';
import { grantPrivileges, ROLES } from '../platform/roles';
import { PROVIDERS } from '../providers/list';
import { migrateUrl } from './stack/database-urls';
import { settleQueuePlace } from './stack/queue-place';
import { sessionToMigrate } from './stack/roles';
import { ensureDatabase, redisHosts, requireRedis, withoutPassword } from './stack/stores';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'move-queues': { type: 'boolean', default: false }, 'forget-key': { type: 'string' } },
  });
  const databaseUrl = migrateUrl(process.env);
  if (databaseUrl === undefined)
    throw new Error('DATABASE_URL is not set (npm start migrates its own database itself)');
  const redisUrl = process.env.REDIS_URL || undefined;
  await ensureDatabase(databaseUrl);
  const knex = makeKnex(databaseUrl, {
    max: 2,
    applicationName: 'munim-migrate',
    statementMs: LONG_WORK_MS,
    session: await sessionToMigrate(databaseUrl),
  });
  try {
    await migrateAll(knex, { queues: redisUrl === undefined });
    if (redisUrl === undefined) await prepareQueues(knex, allQueues(Object.keys(PROVIDERS)));
    const isGranted = await grantPrivileges(knex);
    console.log(`${withoutPassword(databaseUrl)} is up to date`);
    console.log(
      isGranted
        ? `${ROLES.app} and ${ROLES.read} have their privileges`
        : 'this server has no roles for the processes: npm run roles makes them (docs/runbooks/database-roles.md)',
    );
    const forgotten = values['forget-key'];
    if (forgotten !== undefined) {
      if (!(await forgetKey(knex, forgotten)))
        throw new Error(`the database knows no key ${forgotten}: encryption:<key id>, blind_index or cursor`);
      console.log(`the key ${forgotten} is forgotten: the next process that starts says which it is`);
    }
    const { free, most } = await readFreeConnections(knex);
    console.log(`${free} of ${most} connections are free; docs/sizing.md says how many a host needs`);
    if (!values['move-queues']) return;
    if (redisUrl !== undefined) await requireRedis(redisUrl);
    const place = await settleQueuePlace(knex, {
      backend: redisUrl === undefined ? 'postgres' : 'redis',
      redisUrl,
      databaseUrl,
      prefix: process.env.MUNIM_QUEUE_PREFIX || undefined,
    });
    console.log(
      `the queues are ${redisUrl === undefined ? 'in this database' : `on Redis at ${redisHosts(redisUrl)}`}` +
        (place === 'moved' ? ' now; unfinished work is queued again from its rows' : ''),
    );
  } finally {
    await knex.destroy();
  }
}

main().catch((error: Error) => {
  console.error(`migration failed: ${error.message}`);
  process.exitCode = 1;
});
