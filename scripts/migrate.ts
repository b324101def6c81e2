/** `npm run migrate`: brings the schema of DATABASE_URL to the newest version; without REDIS_URL the queue tables as well. */
import { makeKnex, migrateAll } from '../platform/database';
import { ensureDatabase, withoutPassword } from './stack/stores';

async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set (npm start migrates its own database itself)');
  await ensureDatabase(url);
  const knex = makeKnex(url, { max: 2, applicationName: 'munim-migrate' });
  try {
    await migrateAll(knex, { queues: !process.env.REDIS_URL });
  } finally {
    await knex.destroy();
  }
  console.log(`${withoutPassword(url)} is up to date`);
}

main().catch((error: Error) => {
  console.error(`migration failed: ${error.message}`);
  process.exitCode = 1;
});
