/**
 * Who may do what, as the rows say after a migration: the roles and the permissions of the code are those of the
 * database, and what no role may join is in no role.
 */
import type { Knex } from 'knex';
import { isPermission, PERMISSIONS, type Permission } from '../../../domain/access/permissions';
import { createFreshGrants, createKeptGrants } from '../../../domain/access/grants';
import { execute, makeKnex, rows } from '../../../platform/database';
import { STAFF_ROLES, makeStaff } from '../../support/access';
import { freshDatabase } from '../../support/database';
import { createRoleList } from '../../../domain/access/listing';
import { COMMANDS } from '../../../scripts/munim/commands';
import { roleMatrix } from '../../../scripts/munim/role-matrix';
import { namedRoutes } from '../../support/access-matrix';
import { until } from '../../support/until';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let owner: Knex;
let knex: Knex;
beforeAll(async () => {
  database = await freshDatabase();
  owner = makeKnex(database.url);
  knex = makeKnex(database.appUrl);
});
afterAll(async () => {
  await Promise.all([owner, knex].map((one) => one.destroy()));
  await database.drop();
});

test('the permissions of the code are those of the database, with what each does', async () => {
  const found = await rows<{ name: string; does: string }>(knex, 'select name, does from permissions');
  expect(Object.fromEntries(found.map(({ name, does }) => [name, does]))).toEqual(PERMISSIONS);
});

test('each permission is given to some role beside the founder, and each role has some', async () => {
  const grants = await createFreshGrants({ knex }).grants();
  const given = new Set(
    [...grants].flatMap(([role, ofRole]) => (role === 'founder' ? [] : [...ofRole.keys()])),
  );
  expect(Object.keys(PERMISSIONS).filter((name) => isPermission(name) && !given.has(name))).toEqual([]);
  const roles = await rows<{ name: string }>(knex, 'select name from roles');
  expect(roles.map(({ name }) => name).filter((name) => !grants.has(name))).toEqual([]);
});

/** The halves that each role of staff has, written here by hand. */
const HALVES: Readonly<Record<(typeof STAFF_ROLES)[number], readonly Permission[]>> = {
  viewer: [],
  auditor: [],
  support: ['kyc.propose', 'privacy.propose'],
  ops: [
    'cases.propose',
    'commissions.propose',
    'disputes.propose',
    'funds.propose',
    'kyc.decide',
    'limits.propose',
    'settlements.propose',
    'users.propose',
  ],
  finance: [
    'cases.decide',
    'commissions.decide',
    'disputes.decide',
    'funds.decide',
    'limits.decide',
    'settlements.decide',
    'users.decide',
  ],
  operator: [
    'cases.decide',
    'cases.propose',
    'commissions.decide',
    'commissions.propose',
    'disputes.decide',
    'disputes.propose',
    'funds.decide',
    'funds.propose',
    'kyc.decide',
    'kyc.propose',
    'limits.decide',
    'limits.propose',
    'privacy.decide',
    'privacy.propose',
    'settlements.decide',
    'settlements.propose',
    'users.decide',
    'users.propose',
  ],
  admin: ['privacy.decide', 'roles.decide', 'roles.propose', 'staff.decide', 'staff.propose', 'users.decide'],
  founder: [
    'cases.decide',
    'cases.propose',
    'commissions.decide',
    'commissions.propose',
    'disputes.decide',
    'disputes.propose',
    'funds.decide',
    'funds.propose',
    'kyc.decide',
    'kyc.propose',
    'limits.decide',
    'limits.propose',
    'privacy.decide',
    'privacy.propose',
    'roles.decide',
    'roles.propose',
    'settlements.decide',
    'settlements.propose',
    'staff.decide',
    'staff.propose',
    'users.decide',
    'users.propose',
  ],
};

test.each(STAFF_ROLES)('%s makes or checks what is written here, and no more', async (role) => {
  const ofRole = (await createFreshGrants({ knex }).grants()).get(role)!;
  const halves = [...ofRole.keys()].filter((name) => ['propose', 'decide'].includes(PERMISSIONS[name]));
  expect(halves.toSorted()).toEqual(HALVES[role]);
});

test('no role of the network decides anything, or reaches everybody', async () => {
  const found = await rows<{ role: string }>(
    knex,
    "select role from role_permissions where kind = 'app' and (does = 'decide' or reach = 'all')",
  );
  expect(found).toEqual([]);
});

test.each([
  ['auditor', 'cases.close', 'all', 'role_permissions_readers_read'],
  ['ops', 'funds.decide', 'all', 'role_permissions_one_half'],
  ['finance', 'cases.propose', 'all', 'role_permissions_one_half'],
  ['retailer', 'users.status', 'all', 'role_permissions_all_is_for_staff'],
  ['support', 'users.status', 'subtree', 'role_permissions_all_is_for_staff'],
])('the database refuses %s %s for %s', async (role, permission, reach, constraint) => {
  await expect(
    execute(
      owner,
      `insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
      select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, :reach
      from roles r, permissions p where r.name = :role and p.name = :permission`,
      { role, permission, reach },
    ),
  ).rejects.toMatchObject({ constraint });
});

test('a role that is meant to look cannot be made one that changes by a lie about it', async () => {
  await expect(
    execute(
      owner,
      `insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
      values ('auditor', 'ops', false, true, 'cases.close', 'cases', 'change', 'all')`,
    ),
  ).rejects.toMatchObject({ constraint: 'role_permissions_of_role' });
  await expect(
    execute(
      owner,
      `insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
      values ('auditor', 'ops', true, false, 'cases.close', 'cases', 'read', 'all')`,
    ),
  ).rejects.toMatchObject({ constraint: 'role_permissions_of_permission' });
});

test('a user has a role of its kind, and is not given the one of the first two', async () => {
  const { id } = await makeStaff(owner, { role: 'support', email: 'support@munim.example' });
  for (const [role, constraint] of [
    ['retailer', 'users_role_of_kind'],
    ['king', 'users_role_of_kind'],
    ['founder', 'users_founder_is_not_given'],
  ])
    await expect(
      execute(owner, 'update users set role = :role where id = :id', { role, id }),
    ).rejects.toMatchObject({ constraint });
});

test('a process that keeps the rows sees a change while requests go on', async () => {
  const kept = createKeptGrants({ knex });
  const may = async (): Promise<boolean> => (await kept.grants()).get('support')?.has('cases.read') === true;
  expect(await may()).toBe(true);
  await execute(owner, "delete from role_permissions where role = 'support' and permission = 'cases.read'");
  await until(may, (allowed) => !allowed);
});

/** Whose things each role of the network reaches by a scope, written here by hand. */
const OWN = [
  ...['payouts:write', 'dmt:write', 'bbps:write', 'recharge:write', 'aeps:write', 'wallets:write'],
  'collection:write',
];
const BELOW = ['transactions:read', 'wallets:read'];
const UPPER = ['api_partner', 'distributor', 'field_staff', 'master_distributor', 'white_label'];
const LOWER = ['retailer', 'sub_merchant'];

test('each role with each route of the API is as it is written here', async () => {
  const lines = new Map(
    roleMatrix(await createRoleList({ knex }).all(), COMMANDS).map(({ what, ...of }) => [what!, of]),
  );
  const wrong = namedRoutes(({ access }) => access.kind === 'key').flatMap(([name, { access }]) => {
    const { scopes } = access as { scopes: readonly string[] };
    return [...UPPER, ...LOWER].flatMap((role) => {
      const says = lines.get(name)?.[role];
      if (OWN.includes(scopes[0]!)) return says === 'own' ? [] : [`${name} for ${role}: ${says}`];
      if (!BELOW.includes(scopes[0]!)) return [];
      return says === (UPPER.includes(role) ? 'subtree' : 'own') ? [] : [`${name} for ${role}: ${says}`];
    });
  });
  expect(wrong).toEqual([]);
});

test('no role of staff has a say in the API by its row, and none of the network on a page', async () => {
  const lines = roleMatrix(await createRoleList({ knex }).all(), COMMANDS);
  expect(lines.length).toBeGreaterThan(100);
  for (const { what, ...of } of lines) {
    const isOfApi = what!.includes(' /v1/');
    const others = isOfApi ? STAFF_ROLES : [...UPPER, ...LOWER];
    expect([what, others.map((role) => of[role])]).toEqual([what, others.map(() => '')]);
    // somebody may call it
    expect([what, Object.values(of).some((reach) => reach !== '')]).toEqual([what, true]);
  }
});
