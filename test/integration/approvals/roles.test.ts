/** Roles change by the maker-checker, and a change counts at once. */
import type { Knex } from 'knex';
import { fundsProposal } from '../../../domain/funds/funds';
import { createSessions } from '../../../domain/auth/sessions';
import { readActor } from '../../../domain/access/actors';
import { permissionProposal, staffRoleProposal } from '../../../domain/users/role-actions';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { makeStaff } from '../../support/access';
import { freshDatabase } from '../../support/database';
import { createStaff, type Staff } from '../../support/operations';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let knex: Knex;
let staff: Staff;
const clock = new FakeClock(new Date());
const because = { reason: 'a test', evidence: 'asked in writing' };

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
  staff = await createStaff({ knex, clock });
});
afterEach(async () => {
  staff.close();
  await knex.destroy();
  await database.drop();
});

async function member(role: Parameters<typeof makeStaff>[1]['role'], name: string) {
  const { id } = await makeStaff(knex, { role, email: `${name}@munim.example` });
  return { userId: id, role };
}

test('another role is proposed by one admin and decided by another, and counts in an open session', async () => {
  const { approvals } = staff.operations;
  const maya = await member('support', 'maya');
  const admin = await member('admin', 'second');
  const sessions = createSessions({ knex, clock });
  const token = await sessions.open(maya.userId, '127.0.0.1');
  expect(await sessions.find(token)).toMatchObject({ role: 'support' });
  const proposal = staffRoleProposal({ user: maya.userId, role: 'finance', ...because });
  await expect(approvals.propose(proposal, staff.asha)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  const { id, changes } = await approvals.propose(proposal, staff.admin);
  expect(changes).toEqual({ role: { from: 'support', to: 'finance' } });
  await expect(approvals.approve(id, staff.admin)).rejects.toMatchObject({ code: 'APPROVAL_NEEDS_ANOTHER' });
  await approvals.approve(id, admin);
  expect(await sessions.find(token)).toMatchObject({ role: 'finance' });
  await execute(knex, "update users set status = 'disabled' where id = ?", [maya.userId]);
  expect(await readActor(knex, maya.userId)).toBeUndefined();
});

test('the list of roles counts who has each, and says what each may do', async () => {
  const { roles } = staff.operations;
  await member('support', 'maya');
  const list = await roles.roles();
  expect(list.find(({ role }) => role === 'support')).toMatchObject({ of: 'staff', users: 1 });
  expect(list.find(({ role }) => role === 'distributor')).toMatchObject({ of: 'network', users: 0 });
  const permissions = await roles.permissions('distributor');
  expect(permissions).toContainEqual(expect.objectContaining({ permission: 'kyc.read', reach: 'subtree' }));
  expect(await roles.permissions('nobody')).toEqual([]);
});

test('nobody has a say about their own role', async () => {
  const { approvals } = staff.operations;
  const admin = await member('admin', 'second');
  const own = await approvals.propose(
    staffRoleProposal({ user: admin.userId, role: 'operator', ...because }),
    staff.admin,
  );
  await expect(approvals.approve(own.id, admin)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
    detail: 'nobody has a say about their own role',
  });
  expect((await approvals.get(own.id)).state).toBe('proposed');
  await expect(
    approvals.propose(staffRoleProposal({ user: admin.userId, role: 'finance', ...because }), admin),
  ).rejects.toMatchObject({ code: 'APPROVAL_NEEDS_ANOTHER' });
});

test.each([
  ['retailer', 'there is no role retailer of staff'],
  ['king', 'there is no role king of staff'],
  ['founder', 'nobody is given the role founder'],
  ['admin', 'an admin whom nobody made would be a founder'],
])('the role %s cannot be given: %s', async (role, says) => {
  const maya = await member('support', 'maya');
  await expect(
    staff.operations.approvals.propose(
      staffRoleProposal({ user: maya.userId, role, ...because }),
      staff.admin,
    ),
  ).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID', detail: expect.stringContaining(says) as string });
});

test('what a role may do is changed by two, counts for the next step, and may not join the halves', async () => {
  const { approvals, cases, access } = staff.operations;
  const support = await member('support', 'maya');
  const admin = await member('admin', 'second');
  const change = async (role: string, permission: string, reach?: string): Promise<void> => {
    const { id } = await approvals.propose(
      permissionProposal({ role, permission, reach, ...because }),
      staff.admin,
    );
    await approvals.approve(id, admin);
  };
  const close = () => cases.close({ caseId: support.userId, note: 'nothing to do' }, support);
  await expect(close()).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  await change('support', 'cases.close', 'all');
  await expect(close()).rejects.toMatchObject({ code: 'CASE_NOT_FOUND' });
  await change('support', 'cases.close');
  await expect(close()).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });

  for (const [role, permission, reach, says] of [
    ['finance', 'funds.propose', 'all', 'who proposes in an area does not decide there'],
    ['auditor', 'cases.close', 'all', 'it is a role that looks'],
    ['retailer', 'users.read', 'all', 'staff reach all things'],
    ['support', 'cases.close', 'own', 'staff reach all things'],
    ['retailer', 'users.read', 'everything', 'the reach is own, subtree or all'],
  ] as const)
    await expect(change(role, permission, reach)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringContaining(says) as string,
    });
  expect(await access.can({ ...support, role: 'finance' }, 'funds.propose')).toBe(false);
  expect(() => permissionProposal({ role: 'support', permission: 'all', reach: 'all', ...because })).toThrow(
    'there is no permission all',
  );
});

test('nobody widens a role that they have', async () => {
  const { approvals } = staff.operations;
  const admin = await member('admin', 'second');
  const { id } = await approvals.propose(
    permissionProposal({ role: 'admin', permission: 'cases.close', reach: 'all', ...because }),
    staff.admin,
  );
  await expect(approvals.approve(id, admin)).rejects.toMatchObject({
    detail: expect.stringContaining('nobody widens a role that they have') as string,
  });
});

test('an admin that another made has no say about money; a founder has', async () => {
  const admin = await member('admin', 'second');
  const proposal = fundsProposal({
    action: 'bank.opening',
    amountPaise: 100n,
    reference: 'LINE-0001',
    bank: 'escrow',
    ...because,
  });
  const { approvals } = staff.operations;
  await expect(approvals.propose(proposal, admin)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  expect((await approvals.propose(proposal, staff.admin)).state).toBe('proposed');
});

test('each action that can be proposed has a rule in force', async () => {
  const ruled = await rows<{ action: string }>(
    knex,
    'select distinct action from approval_rules where in_force_from <= current_date order by action',
  );
  const known = new Set(ruled.map(({ action }) => action));
  const actions = staff.operations.approvals.actions();
  expect(actions.length).toBeGreaterThan(10);
  expect(actions.filter((action) => !known.has(action))).toEqual([]);
});
