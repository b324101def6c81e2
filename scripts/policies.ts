/**
 * `npm run policies`: applies the files of `policies/` that the database of MUNIM_MIGRATE_DATABASE_URL (else
 * DATABASE_URL) has not had. A change of a price, a limit or a timing needs nothing else. `npm run migrate` and
 * `npm start` apply them too.
 */
import { LONG_WORK_MS, makeKnex, sqlState } from '../platform/database';
import { applyPolicies } from '../platform/policy-files';
import { migrateUrl } from './stack/database-urls';
import { withoutPassword } from './stack/stores';

const NO_SUCH_TABLE = '42P01';

async function main(): Promise<void> {
  const databaseUrl = migrateUrl(process.env);
  if (databaseUrl === undefined)
    throw new Error('DATABASE_URL is not set (npm start applies the policies of its own database itself)');
  const knex = makeKnex(databaseUrl, {
    max: 1,
    applicationName: 'munim-policies',
    statementMs: LONG_WORK_MS,
  });
  try {
    const applied = await applyPolicies(knex);
    for (const name of applied) console.log(`applied ${name}`);
    console.log(`the policies of ${withoutPassword(databaseUrl)} are up to date`);
  } finally {
    await knex.destroy();
  }
}

main().catch((error: Error) => {
  const hint = sqlState(error) === NO_SUCH_TABLE ? ' (npm run migrate makes the tables)' : '';
  console.error(`the policies were not applied: ${error.message}${hint}`);
  process.exitCode = 1;
});
