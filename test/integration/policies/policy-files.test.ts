/** Files of `policies/`: each is applied once, whole or not at all, and never to rows that were there before it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { down, up } from '../../../migrations/20261129000300_policy_files';
import { makeKnex, migrateAll, rows } from '../../../platform/database';
import { applyPolicies } from '../../../platform/policy-files';
import { freshDatabase, type TestDatabase } from '../../support/database';

const POLICIES = path.resolve(__dirname, '../../../policies');
const FILES = fs
  .readdirSync(POLICIES)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'))
  .toSorted();
const TABLES = [
  'tax_rates',
  'prices',
  'charges',
  'amount_limits',
  'period_limits',
  'service_policies',
  'provider_policies',
  'bbps_policies',
  'bbps_routes',
  'bbps_cool_offs',
  'bbps_dispositions',
  'recharge_operators',
  'recharge_routes',
  'recharge_policies',
  'aeps_timings',
  'aeps_velocity_rules',
  'aeps_charges',
  'aeps_otp_rules',
  'aeps_capture_rules',
  'api_log_policies',
  'otp_limits',
  'provider_commissions',
  'bank_statuses',
];

let database: TestDatabase;
let knex: Knex;
let dir: string;

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 2 });
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-policies-'));
});
afterEach(async () => {
  await knex.destroy();
  await database.drop();
  fs.rmSync(dir, { recursive: true, force: true });
});

const recorded = (): Promise<string[]> => knex('policy_files').orderBy('name').pluck('name');

/** Every policy row, as text. */
async function policyRows(): Promise<string[]> {
  const found: string[] = [];
  for (const table of TABLES)
    for (const { row } of await rows<{ row: string }>(
      knex,
      `select '${table} ' || t::text as row from ${table} t order by 1`,
    ))
      found.push(row);
  return found;
}

function write(name: string, sql: string): void {
  fs.writeFileSync(path.join(dir, `${name}.js`), `exports.sql = ${JSON.stringify(sql)};\n`);
}

const PRICE = `-- dearer?
  insert into prices values ('payout', 'UPI', 1000000000000, '2027-04-01', 400, 300);`;
const upiPrices = (): Promise<unknown[]> =>
  rows(
    knex,
    "select fee_paise::text as fee from prices where service = 'payout' and mode = 'UPI' order by 1",
  );

test('a new database has the rows of every file', async () => {
  expect(await recorded()).toEqual(FILES);
  for (const table of TABLES) expect(await rows(knex, `select from ${table} limit 1`)).toHaveLength(1);
});

test('migrating again changes nothing', async () => {
  const before = await policyRows();
  await migrateAll(knex, { queues: false });
  expect(await applyPolicies(knex)).toEqual([]);
  expect(await policyRows()).toEqual(before);
});

/** Files of later days: no migration ever inserted their rows, so they are set aside while one goes back and forth. */
const LATER = FILES.filter((name) => name > '20261126');
async function back(): Promise<void> {
  await knex('policy_files').whereIn('name', LATER).delete();
  await down(knex);
}
async function forth(): Promise<void> {
  await up(knex);
  await knex('policy_files').insert(LATER.map((name) => ({ name })));
}

describe('a database whose migrations inserted the rows', () => {
  test('keeps them, also those that were changed, and its files count as applied', async () => {
    await back();
    await knex('prices').where({ service: 'payout', mode: 'UPI' }).update({ fee_paise: 123 });
    await knex('recharge_operators').where({ operator: 'mtnl' }).delete();
    const before = await policyRows();
    await forth();
    await applyPolicies(knex);
    expect(await recorded()).toEqual(FILES);
    expect(await policyRows()).toEqual(before);
  });

  test('is given those of the migrations that it had not run', async () => {
    const before = await policyRows();
    await back();
    await knex('api_log_policies').delete();
    await forth();
    expect(await applyPolicies(knex)).toEqual(['20261125_api_log']);
    expect(await policyRows()).toEqual(before);
  });

  test('does not go back once a later file was applied', async () => {
    write('20980101_price', PRICE);
    await applyPolicies(knex, dir);
    await expect(down(knex)).rejects.toThrow('later policies were applied');
    expect(await recorded()).toEqual([...FILES, '20980101_price']);
  });
});

describe('a new file', () => {
  test('is applied once, after those before it', async () => {
    write('20990101_later', "update prices set fee_paise = 450 where in_force_from = '2027-04-01';");
    write('20980101_price', PRICE);
    write('README', 'no policies');
    expect(await applyPolicies(knex, dir)).toEqual(['20980101_price', '20990101_later']);
    expect(await applyPolicies(knex, dir)).toEqual([]);
    expect(await upiPrices()).toEqual([{ fee: '300' }, { fee: '450' }]);
  });

  test('is applied by one of two processes', async () => {
    write('20980101_price', `select pg_sleep(0.2); ${PRICE}`);
    const other = makeKnex(database.url, { max: 1 });
    try {
      const both = await Promise.all([applyPolicies(knex, dir), applyPolicies(other, dir)]);
      expect(both.toSorted((a, b) => a.length - b.length)).toEqual([[], ['20980101_price']]);
      expect(await upiPrices()).toEqual([{ fee: '300' }, { fee: '400' }]);
    } finally {
      await other.destroy();
    }
  });

  test('that fails leaves nothing, is named, and may be put right', async () => {
    write('20980101_price', `${PRICE} insert into prices values ('payout');`);
    await expect(applyPolicies(knex, dir)).rejects.toThrow('policies/20980101_price: ');
    expect(await upiPrices()).toEqual([{ fee: '300' }]);
    expect(await recorded()).toEqual(FILES);
    jest.resetModules();
    write('20980101_price', PRICE);
    expect(await applyPolicies(knex, dir)).toEqual(['20980101_price']);
  });
});
