/** Users, keys and ops accounts, as ops staff make and end them. */
import { createAuthenticator } from '../../../domain/auth/api-keys';
import type { Person } from '../../../domain/approvals/approvals';
import { isConfirmed } from '../../../domain/auth/user.model';
import { fundsProposal } from '../../../domain/funds/funds';
import { userId, type UserId } from '../../../domain/ids/ids';
import { upsertOpsUser } from '../../../domain/users/users';
import { execute, makeKnex, rows } from '../../../platform/database';
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
/** The admin, who has just shown a second factor. */
const proved = (): Person => ({ ...staff.admin, provedAt: clock.now() });

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
});
afterEach(async () => {
  staff?.close();
  await knex.destroy();
  await database.drop();
});

const authenticate = (secret: string, from = '192.0.2.1') =>
  createAuthenticator({ knex, clock }).authenticate(secret, from);
const audited = (): Promise<{ action: string; reason: string | null }[]> =>
  rows(knex, "select action, detail ->> 'reason' as reason from audit_log order by id", []);

test('a key works until it is revoked or its user is disabled, and each step is audited with its reason', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  const user = await accounts.createUser({ name: 'Sundar Stores', ...why }, staff.admin);
  const given = { userId: user.userId, mode: 'test', scopes: ['wallets:read'], ...why } as const;
  const [first, second] = [
    await accounts.createKey(given, proved()),
    await accounts.createKey(given, proved()),
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

test('a key asks for the second factor again: not at all, or too long ago, is not enough', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts, clients } = staff.operations;
  const { userId: owner } = await accounts.createUser({ name: 'Sundar Stores', ...why }, staff.admin);
  const key = { userId: owner, mode: 'test', scopes: ['wallets:read'], ...why } as const;
  const client = { userId: owner, name: 'Billing', scopes: ['wallets:read'], ...why };
  const long = { ...staff.admin, provedAt: new Date(clock.now().getTime() - 300_000) };
  const NEEDED = { code: 'AUTH_PROOF_NEEDED' };
  for (const by of [staff.admin, long]) {
    await expect(accounts.createKey(key, by)).rejects.toMatchObject(NEEDED);
    await expect(clients.create(client, by)).rejects.toMatchObject(NEEDED);
  }
  const { id } = await accounts.createKey(key, proved());
  await expect(accounts.setKeyAddresses({ id, allowedFrom: undefined, ...why }, long)).rejects.toMatchObject(
    NEEDED,
  );
  await accounts.revokeKey({ id, ...why }, staff.admin); // ending one waits for nothing
  await execute(knex, `update staff_proof_rules set within_s = null where action = 'key'`);
  await expect(clients.create(client, staff.admin)).resolves.toMatchObject({ secret: expect.any(String) });
  await execute(knex, `delete from staff_proof_rules where action = 'key'`);
  await expect(accounts.createKey(key, proved())).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
});

test('a key is bound to networks, and let go again, by an admin; it is audited', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  const user = await accounts.createUser({ name: 'Sundar Stores', ...why }, staff.admin);
  const { id, secret } = await accounts.createKey(
    { userId: user.userId, mode: 'test', scopes: ['wallets:read'], allowedFrom: ['192.0.2.0/24'], ...why },
    proved(),
  );
  const NOT_ALLOWED = { code: 'AUTH_ADDRESS_NOT_ALLOWED' };
  await expect(authenticate(secret)).resolves.toMatchObject({ userId: user.userId });
  await expect(authenticate(secret, '198.51.100.1')).rejects.toMatchObject(NOT_ALLOWED);
  await accounts.setKeyAddresses({ id, allowedFrom: ['2001:db8::/48'], ...why }, proved());
  await expect(authenticate(secret)).rejects.toMatchObject(NOT_ALLOWED);
  await expect(authenticate(secret, '2001:db8::1')).resolves.toMatchObject({ userId: user.userId });
  expect((await accounts.listKeys(user.userId)).map((key) => key.allowedFrom)).toEqual([['2001:db8::/48']]);
  await expect(
    accounts.setKeyAddresses({ id, allowedFrom: undefined, ...why }, staff.asha),
  ).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  await accounts.setKeyAddresses({ id, allowedFrom: undefined, ...why }, proved());
  await expect(authenticate(secret, '198.51.100.1')).resolves.toMatchObject({ userId: user.userId });
  expect(
    await rows(
      knex,
      "select action, detail ->> 'allowed_from' as f from audit_log where action like 'key.%' and outcome = 'succeeded' order by id",
      [],
    ),
  ).toEqual([
    { action: 'key.create', f: '192.0.2.0/24' },
    { action: 'key.addresses', f: '2001:db8::/48' },
    { action: 'key.addresses', f: 'anywhere' },
  ]);
  await accounts.revokeKey({ id, ...why }, staff.admin);
  await expect(
    accounts.setKeyAddresses({ id, allowedFrom: ['192.0.2.0/24'], ...why }, proved()),
  ).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
});

test('what staff write down holds no personal number, and nothing that cannot be seen', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  for (const name of ['Aadhaar 999941057058', 'ABCPE1234F', 'a\u0000b', 'x\ud800y', 'कक १२'])
    await expect(accounts.createUser({ name, ...why }, staff.admin)).rejects.toMatchObject({
      code: 'REQUEST_FIELD_INVALID',
    });
  for (const reason of ['card 4111.1111.1111.1111', 'Aadhaar 9999_4105_7058', 'a\u0007b', 'code १२३४'])
    await expect(accounts.createUser({ name: 'Sundar Stores', reason }, staff.admin)).rejects.toMatchObject({
      code: 'REQUEST_FIELD_INVALID',
    });
  await accounts.createUser(
    { name: 'Jose\u0301 Stores', reason: 'asked by 999941057058, card 4111 1111 1111 1111, ABCPE1234F' },
    staff.admin,
  );
  expect((await accounts.listUsers(1))[0]!.name).toBe('Jos\u00e9 Stores');
  expect((await audited()).at(-1)!.reason).toBe('asked by [digits:12], card [digits:16], [pan]');
});

test('only who is permitted it manages accounts; a refusal leaves nothing', async () => {
  staff = await createStaff({ knex, clock });
  const { accounts } = staff.operations;
  for (const by of [{ ...staff.asha, role: 'support' }, staff.viewer])
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

test('the first two ops accounts are made once, also by three at once; the others by an admin, who cannot end their own', async () => {
  const operations = await createOperations({
    knex,
    clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
  });
  const { accounts, login, sessions } = operations;
  const first = (email: string) => accounts.createFirstOps({ name: 'Asha Rao', email, ...why });
  const three = await Promise.allSettled(
    ['asha', 'meera', 'eve'].map((name) => first(`${name}@munim.example`)),
  );
  expect(three.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  expect(three.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'OPS_ACCOUNT_EXISTS' },
  });
  const [made, other] = await accounts.listOps();
  const admin = { userId: userId(made!.id), role: 'admin' } as const;
  const ravi = await accounts.createOps(
    { name: 'Ravi Iyer', email: 'Ravi@munim.example', role: 'operator', ...why },
    admin,
  );
  const token = await login.in({ email: 'ravi@munim.example', password: ravi.password, ip: 'command-line' });
  expect(await sessions.find(token)).toMatchObject({ role: 'viewer' });
  const confirm = () =>
    accounts.confirmOps(
      { email: 'ravi@munim.example', ...why },
      { userId: userId(other!.id), role: 'admin' },
    );
  await expect(confirm()).rejects.toMatchObject({ code: 'OPS_FIRST_PASSWORD' });
  const { password } = await accounts.changePassword({ userId: ravi.id, role: 'viewer' });
  expect(await sessions.find(token)).toBeUndefined();
  const signIn = (typed: string) =>
    login.in({ email: 'ravi@munim.example', password: typed, ip: 'command-line' });
  await expect(signIn(ravi.password)).rejects.toMatchObject({ code: 'AUTH_LOGIN_FAILED' });
  await confirm();
  const own = await signIn(password);
  expect(await sessions.find(own)).toMatchObject({ role: 'operator' });
  clock.advance(16 * 60_000);
  expect(await sessions.find(own)).toBeUndefined();
  const again = await signIn(password);
  await accounts.setOpsStatus({ email: 'ravi@munim.example', status: 'disabled', ...why }, admin);
  expect(await sessions.find(again)).toBeUndefined();
  await expect(
    accounts.setOpsStatus({ email: made!.email!, status: 'disabled', ...why }, admin),
  ).rejects.toMatchObject({ code: 'OPS_OWN_ACCOUNT' });
  operations.close();
});

describe('an ops account that an admin made', () => {
  const EVE = { name: 'Eve', email: 'eve@munim.example', ...why };

  async function made(role: 'operator' | 'finance' | 'admin'): Promise<UserId> {
    staff = await createStaff({ knex, clock });
    const { id } = await staff.operations.accounts.createOps({ ...EVE, role }, staff.admin);
    return id;
  }
  const proposal = fundsProposal({
    action: 'bank.opening',
    amountPaise: 100n,
    reference: 'LINE-0001',
    bank: 'escrow',
    reason: 'opening balance',
    evidence: 'statement, line 1',
  });

  test('neither proposes nor approves until another admin has confirmed it, and the database says the same', async () => {
    const eve = await made('operator');
    const { accounts, approvals, login, sessions } = staff.operations;
    const { id } = await approvals.propose(proposal, staff.admin);
    const acting = { userId: eve, role: 'operator' } as const;
    await expect(approvals.approve(id, acting)).rejects.toMatchObject({
      constraint: 'approvals_by_permitted',
    });
    await expect(approvals.propose({ ...proposal, subject: 'other' }, acting)).rejects.toMatchObject({
      constraint: 'approvals_by_permitted',
    });
    const other = await accounts.createOps(
      { name: 'Ravi', email: 'ravi2@munim.example', role: 'operator', ...why },
      staff.admin,
    );
    const token = await login.in({
      email: 'ravi2@munim.example',
      password: other.password,
      ip: 'command-line',
    });
    expect(await sessions.find(token)).toMatchObject({ userId: other.id, role: 'viewer' });
    expect((await accounts.listOps()).filter(isConfirmed).map(({ id: one }) => one)).not.toContain(eve);
    expect(await approvals.get(id)).toMatchObject({ state: 'proposed' });
  });

  test('is confirmed by another admin than its maker, once, and then acts', async () => {
    const eve = await made('finance');
    const { accounts, approvals } = staff.operations;
    const confirm = (by: Person) => accounts.confirmOps({ email: EVE.email, ...why }, by);
    await expect(confirm(staff.admin)).rejects.toMatchObject({ code: 'OPS_CONFIRM_NEEDS_ANOTHER' });
    await expect(confirm({ userId: eve, role: 'admin' })).rejects.toMatchObject({
      code: 'OPS_CONFIRM_NEEDS_ANOTHER',
    });
    await expect(confirm(staff.ravi)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
    await upsertOpsUser(knex, systemIds, {
      name: 'Meera',
      email: 'meera@munim.example',
      passwordHash: 'none',
      role: 'admin',
    });
    const meera = (await accounts.listOps()).find(({ name }) => name === 'Meera')!;
    const by = { userId: meera.id, role: 'admin' } as const;
    await expect(confirm(by)).rejects.toMatchObject({ code: 'OPS_FIRST_PASSWORD' });
    await accounts.changePassword({ userId: eve, role: 'viewer' });
    const both = await Promise.allSettled([confirm(by), confirm(by)]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'OPS_CONFIRMED' },
    });
    const { id } = await approvals.propose(proposal, staff.asha);
    expect((await approvals.approve(id, { userId: eve, role: 'finance' })).approval.state).toBe('approved');
    expect(await audited()).toContainEqual({ action: 'ops.confirm', reason: 'a test' });
  });

  test('its maker and who confirmed it stand in the database, which refuses one for both', async () => {
    const eve = await made('admin');
    const set = (column: 'made_by' | 'confirmed_by', by: string | null) =>
      execute(knex, `update users set ${column} = ? where id = ?`, [by, eve]);
    await staff.operations.accounts.changePassword({ userId: eve, role: 'viewer' });
    await expect(set('confirmed_by', staff.admin.userId)).rejects.toMatchObject({
      constraint: 'users_confirmed_by_another',
    });
    await expect(set('confirmed_by', staff.ravi.userId)).rejects.toMatchObject({
      constraint: 'users_made_by_admins',
    });
    await expect(set('confirmed_by', eve)).rejects.toMatchObject({ code: '23514' });
    await expect(set('made_by', null)).rejects.toMatchObject({ constraint: 'users_maker_stays' });
    await expect(
      staff.operations.accounts.createOps(
        { name: 'Mallory', email: 'mallory@munim.example', role: 'operator', ...why },
        { userId: eve, role: 'admin' },
      ),
    ).rejects.toMatchObject({ constraint: 'users_made_by_admins' });
  });
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
