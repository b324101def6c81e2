/** What `munim policy` shows: the rows in force today, as those who use them read them. */
import type { Knex } from 'knex';
import { createPolicyList, type PolicyList } from '../../../domain/policies/listing';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex } from '../../../platform/database';
import { freshDatabase, type TestDatabase } from '../../support/database';

let database: TestDatabase;
let knex: Knex;
let clock: FakeClock;
let list: PolicyList;

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 2 });
  clock = new FakeClock('2026-12-01T06:30:00Z');
  list = createPolicyList({ knex, clock, profile: 'production' });
});
afterEach(async () => {
  await knex.destroy();
  await database.drop();
});

test('every table of rules is listed, with and without dates', async () => {
  const tables = await list.tables();
  expect(tables.map(({ table }) => table)).toEqual(
    expect.arrayContaining(['prices', 'charges', 'otp_limits', 'recharge_routes', 'provider_policies']),
  );
  // who earns what, who invoices, who signs in at an OpenID provider and who pays out is for each company to say
  expect(tables.filter(({ rows }) => rows === 0).map(({ table }) => table)).toEqual([
    'commission_plan_members',
    'commission_rules',
    'gst_registrations',
    'oidc_role_rules',
    'routing_rules',
  ]);
  expect(tables.find(({ table }) => table === 'provider_policies')!.latest).toBeNull();
  expect(tables.find(({ table }) => table === 'prices')!.latest).toMatch(/^2026-/);
});

test('a list of prices is replaced as a whole on the day of the next, and not before', async () => {
  await execute(
    knex,
    `insert into prices (service, mode, in_force_from, up_to_paise, fee_paise, provider_fee_paise)
    values ('payout', 'IMPS', '2026-12-02', 1000000000, 700, 100)`,
  );
  const imps = async () =>
    (await list.inForce('prices')).filter(({ service, mode }) => service === 'payout' && mode === 'IMPS');
  const before = await imps();
  expect(before.length).toBeGreaterThan(1);
  expect(new Set(before.map((row) => row.in_force_from)).size).toBe(1);
  clock.set(new Date('2026-12-01T18:29:59Z'));
  expect(await imps()).toEqual(before);
  clock.set(new Date('2026-12-01T18:30:00Z')); // midnight in India
  expect(await imps()).toMatchObject([{ in_force_from: '2026-12-02', fee_paise: 700n }]);
});

test('a profile sees its own rows', async () => {
  const development = createPolicyList({ knex, clock, profile: 'development' });
  const timeoutOf = async (one: PolicyList) =>
    (await one.inForce('provider_policies')).find(({ provider }) => provider === 'razorpayx')!
      .total_timeout_ms;
  expect(await timeoutOf(development)).toBe(2_000);
  expect(await timeoutOf(list)).not.toBe(2_000);
  expect((await list.inForce('provider_policies'))[0]).not.toHaveProperty('profile');
});

test('no other table is read', async () => {
  await expect(list.inForce('users')).rejects.toMatchObject({
    code: 'REQUEST_FIELD_INVALID',
    detail: expect.stringContaining('there are aeps_'),
  });
});
