import { accessOf } from '../../test/support/access';
import { DomainError } from '../errors/errors';
import { userId } from '../ids/ids';
import { SESSION_SCOPES } from '../services/services';
import { createAccess } from './access';
import { ACCESS_ERRORS } from './errors';
import { isPermission, permissionOf, PERMISSIONS } from './permissions';

const distributor = userId('01930000-0000-7000-8000-000000000001');
const retailer = userId('01930000-0000-7000-8000-000000000002');
const stranger = userId('01930000-0000-7000-8000-000000000003');
const staff = userId('01930000-0000-7000-8000-000000000004');

const ROLES = {
  retailer: { 'users.read': 'own' },
  distributor: { 'users.read': 'subtree', 'payouts.write': 'own' },
  support: { 'users.read': 'all' },
} as const;
const access = accessOf(ROLES, (above, user) => above === distributor && user === retailer);

describe('can(actor, action, resource)', () => {
  test.each([
    ['retailer', retailer, retailer, true],
    ['retailer', retailer, stranger, false],
    ['retailer', retailer, distributor, false],
    ['distributor', distributor, distributor, true],
    ['distributor', distributor, retailer, true],
    ['distributor', distributor, stranger, false],
    ['support', staff, stranger, true],
    ['nobody knows', staff, staff, false],
    ['constructor', staff, staff, false],
  ])('a %s reaches what is theirs, %#', async (role, actor, owner, allowed) => {
    expect(await access.can({ userId: actor, role }, 'users.read', { owner })).toBe(allowed);
  });

  test('what is own stays own, also for somebody with people below', async () => {
    const actor = { userId: distributor, role: 'distributor' };
    expect(await access.can(actor, 'payouts.write', { owner: distributor })).toBe(true);
    expect(await access.can(actor, 'payouts.write', { owner: retailer })).toBe(false);
  });

  test('a role that is not there permits nothing, and one that is only what its rows say', async () => {
    expect(await access.can({ userId: staff, role: 'support' }, 'users.write')).toBe(false);
    expect(await access.reach({ userId: staff, role: 'gone' }, 'users.read')).toBeUndefined();
    expect(await access.reach({ userId: distributor, role: 'distributor' }, 'users.read')).toBe('subtree');
    const may = await access.permitted({ userId: staff, role: 'support' });
    expect([may('users.read'), may('users.write')]).toEqual([true, false]);
  });
});

describe('require', () => {
  const actor = { userId: distributor, role: 'distributor' };

  test('names the permission that is missing, under the code of who asks', async () => {
    await expect(access.require(actor, 'users.write')).rejects.toMatchObject({
      code: 'AUTH_ROLE_MISSING',
      detail: 'this needs the permission users.write',
    });
    const ofStaff = createAccess({
      grants: { grants: () => new Map() },
      network: { isInSubtree: () => Promise.resolve(true) },
      denied: ACCESS_ERRORS.OPS_ROLE_MISSING,
    });
    await expect(ofStaff.require(actor, 'users.write')).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  });

  test('what is out of reach is told as what does not exist', async () => {
    const missing = (): DomainError => new DomainError('WALLET_NOT_FOUND');
    await expect(access.require(actor, 'users.read', { owner: retailer }, missing)).resolves.toBeUndefined();
    await expect(access.require(actor, 'users.read', { owner: stranger }, missing)).rejects.toMatchObject({
      code: 'WALLET_NOT_FOUND',
    });
  });

  test('one of several is enough', async () => {
    await expect(access.requireAny(actor, ['users.write', 'users.read'])).resolves.toBeUndefined();
    await expect(access.requireAny(actor, ['users.write', 'kyc.write'])).rejects.toMatchObject({
      detail: 'this needs the permission users.write or kyc.write',
    });
  });
});

test('each scope of a key has a permission of its name', () => {
  expect(SESSION_SCOPES.map((scope) => permissionOf(scope)).filter((name) => !isPermission(name))).toEqual(
    [],
  );
});

test('only the halves of the maker-checker are called so', () => {
  for (const [name, does] of Object.entries(PERMISSIONS))
    expect([name, /\.(?:propose|decide)$/.test(name)]).toEqual([
      name,
      does === 'propose' || does === 'decide',
    ]);
});
