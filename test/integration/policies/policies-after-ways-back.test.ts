/** Whoever goes back and forward again has every policy again, and what was changed by hand as it was. */
import type { Knex } from 'knex';
import { knownMigrations } from '../../../platform/build';
import { execute, makeKnex, migrateAll, rows } from '../../../platform/database';
import { applyPolicies } from '../../../platform/policy-files';
import { TABLES } from '../../../migrations/privileges';
import { freshDatabase, type TestDatabase } from '../../support/database';

/** The last one without a way back. */
const NO_WAY_BACK = '20261130060002_wallet_controls';

let database: TestDatabase;
let owner: Knex;
beforeAll(async () => {
  database = await freshDatabase();
  owner = makeKnex(database.migrateUrl, { max: 1 });
});
afterAll(async () => {
  await owner.destroy();
  await database.drop();
});

/** Tables whose rows come from policies and migrations alone, and what their rows say. */
async function policyRows(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const ours = [...Object.keys(TABLES)].filter(
    (table) => TABLES[table]!.app.length === 0 || table.startsWith('role_'),
  );
  for (const table of ours.filter((name) => !NOT_COMPARED.has(name)))
    found[table] = (
      await rows<{ said: string }>(owner, `select t::text as said from ${table} t order by 1`)
    ).map(({ said }) => said);
  return found;
}
/** When they were applied. */
const NOT_COMPARED = new Set(['schema_migrations', 'schema_migrations_lock', 'policy_files', 'schema_floor']);

test('the ways back of all that have one, and forward again: every row of every policy is there as it was', async () => {
  await execute(
    owner,
    "update role_permissions set reach = 'own' where role = 'retailer' and permission = 'users.read'",
  );
  const before = await policyRows();
  expect(Object.keys(before).length).toBeGreaterThan(40);
  const names = knownMigrations().filter((name) => name > NO_WAY_BACK);
  expect(names.length).toBeGreaterThan(6);
  for (const name of names.toReversed()) await owner.migrate.down({ name });
  await owner.migrate.latest();
  const applied = await applyPolicies(owner);
  expect(applied).toEqual(expect.arrayContaining(['20261201_retention', '20261201_risk']));
  expect(await policyRows()).toEqual(before);
  expect(await applyPolicies(owner)).toEqual([]);
}, 120_000);

test('each file, applied again where everything is there, changes nothing', async () => {
  const before = await policyRows();
  await execute(owner, "update policy_files set applied_at = '-infinity'");
  await migrateAll(owner, { queues: false });
  expect(await policyRows()).toEqual(before);
});
