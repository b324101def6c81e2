/** Users, keys and ops accounts, as ops staff make and end them. */
import { createAuthenticator } from '../../../domain/auth/api-keys';
import { userId } from '../../../domain/ids/ids';
import { makeKnex, rows } from '../../../platform/database';
import { claimDatabase } from '../../../platform/rehearsal-mark';
import { FakeClock } from '../../../platform/clock';
import { systemIds } from '../../../platform/ids';
import { freshDatabase } from '../../support/database';
import { createStaff, type Staff } from '../../support/operations';
import { createOperations } from '../../../composition/operations';
import type { Knex } from 'knex';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let knex: Knex;
let staff: Staff;
const clock = new FakeClock(new Date());
const why = { reason: 'a test' };

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
});
afterEach(async () => {
  staff?.close();
  await knex.destroy();
  await database.drop();
});

const authenticate = (secret: string) => createAuthenticator({ knex, clock }).authenticate(secret);
const audited = (): Promise<{ action: string; reason: string | null }[]> =>
  rows(knex, "select action, detail ->> 'reason' as reason from audit_log order by id", []);

test('a key works until it is revoked or its user is disabled, and each step is audited with its reason', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  const user = await accounts.createUser({ name: 'Sundar Stores', ...why }, staff.admin);
  const given = { userId: user.userId, mode: 'test', scopes: ['wallets:read'], ...why } as const;
  const [first, second] = [
    await accounts.createKey(given, staff.admin),
    await accounts.createKey(given, staff.admin),
  ];
  await expect(authenticate(first.secret)).resolves.toMatchObject({ userId: user.userId });
  await accounts.revokeKey({ id: first.id, ...why }, staff.admin);
  await expect(authenticate(first.secret)).rejects.toMatchObject({ code: 'AUTH_KEY_INVALID' });
  await accounts.setUserStatus({ id: user.userId, status: 'disabled', ...why }, staff.admin);
  await expect(authenticate(second.secret)).rejects.toMatchObject({ code: 'AUTH_KEY_INVALID' });
  await accounts.setUserStatus({ id: user.userId, status: 'active', ...why }, staff.admin);
  await expect(authenticate(second.secret)).resolves.toMatchObject({ userId: user.userId });
  expect(await audited()).toEqual(
    ['user.create', 'key.create', 'key.create', 'key.revoke', 'user.disable', 'user.enable'].map(
      (action) => ({
        action,
        reason: 'a test',
      }),
    ),
  );
  await expect(accounts.revokeKey({ id: first.id, ...why }, staff.admin)).rejects.toMatchObject({
    code: 'KEY_NOT_FOUND',
  });
  expect(JSON.stringify(await rows(knex, 'select detail from audit_log', []))).not.toContain(first.secret);
});

test('only admins manage accounts; a refusal leaves nothing', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  for (const by of [staff.asha, staff.viewer])
    await expect(accounts.createUser({ name: 'Sundar Stores', ...why }, by)).rejects.toMatchObject({
      code: 'OPS_ROLE_MISSING',
    });
  await expect(accounts.createUser({ name: 'Sundar Stores', reason: '' }, staff.admin)).rejects.toMatchObject(
    {
      code: 'REQUEST_FIELD_INVALID',
    },
  );
  expect(await accounts.listUsers(10)).toEqual([]);
  expect(await audited()).toEqual([]);
});

test('the first ops account is made once, also by two at once; the others by an admin, who cannot end their own', async () => {
  const operations = await createOperations({
    knex,
    clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
  });
  const { accounts, login, sessions } = operations;
  const first = (email: string) => accounts.createFirstOps({ name: 'Asha Rao', email, ...why });
  const both = await Promise.allSettled([first('asha@munim.example'), first('eve@munim.example')]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'OPS_ACCOUNT_EXISTS' },
  });
  const [made] = await accounts.listOps();
  const admin = { userId: userId(made!.id), role: 'admin' } as const;
  const ravi = await accounts.createOps(
    { name: 'Ravi Iyer', email: 'Ravi@munim.example', role: 'operator', ...why },
    admin,
  );
  const token = await login.in({ email: 'ravi@munim.example', password: ravi.password, ip: 'command-line' });
  expect(await sessions.find(token)).toMatchObject({ role: 'operator' });
  clock.advance(16 * 60_000);
  expect(await sessions.find(token)).toBeUndefined();
  const again = await login.in({ email: 'ravi@munim.example', password: ravi.password, ip: 'command-line' });
  await accounts.setOpsStatus({ email: 'ravi@munim.example', status: 'disabled', ...why }, admin);
  expect(await sessions.find(again)).toBeUndefined();
  await expect(
    accounts.setOpsStatus({ email: made!.email!, status: 'disabled', ...why }, admin),
  ).rejects.toMatchObject({ code: 'OPS_OWN_ACCOUNT' });
  operations.close();
});

test('a database of a rehearsal is refused by production, and the other way round, also when both start at once', async () => {
  const results = await Promise.allSettled([claimDatabase(knex, true), claimDatabase(knex, true)]);
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
  await expect(claimDatabase(knex, false)).rejects.toThrow('this database belongs to a rehearsal');
  const other = await freshDatabase();
  const there = makeKnex(other.url);
  const race = await Promise.allSettled([claimDatabase(there, true), claimDatabase(there, false)]);
  expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await there.destroy();
  await other.drop();
});
