/** Roles of staff, with an account of each; and what a role may do without a database. */
import type { Knex } from 'knex';
import { createAccess, type Access } from '../../domain/access/access';
import type { Permission } from '../../domain/access/permissions';
import type { Reach } from '../../domain/access/grants';
import { userId, type UserId } from '../../domain/ids/ids';
import { UserModel } from '../../domain/auth/user.model';
import { upsertOpsUser } from '../../domain/users/users';
import { rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';

/** Every role of staff that is shipped, the one with the fewest rights first. */
export const STAFF_ROLES = [
  'viewer',
  'auditor',
  'support',
  'ops',
  'finance',
  'operator',
  'admin',
  'founder',
] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** What the roles may do, as it is written here and nowhere else. */
export function accessOf(
  roles: Readonly<Record<string, Readonly<Partial<Record<Permission, Reach>>>>>,
  below: (ancestor: UserId, user: UserId) => boolean = () => false,
): Access {
  const grants = new Map(
    Object.entries(roles).map(([role, given]) => [
      role,
      new Map(Object.entries(given) as [Permission, Reach][]),
    ]),
  );
  return createAccess({
    grants: { grants: () => grants },
    network: { isInSubtree: (ancestor, user) => Promise.resolve(below(ancestor, user)) },
  });
}

export interface StaffAccount {
  id: UserId;
  /** The role that counts: a founder was given the role of an admin. */
  role: StaffRole;
}

/** An ops account that has this role now, confirmed where it must be. `founders` made and confirmed it. */
export async function makeStaff(
  knex: Knex,
  { role, email, passwordHash = 'none' }: { role: StaffRole; email: string; passwordHash?: string },
): Promise<StaffAccount> {
  const name = `Test ${role}`;
  if (role !== 'admin') {
    const given = role === 'founder' ? 'admin' : role;
    await upsertOpsUser(knex, systemIds, { name, email, passwordHash, role: given });
    return { id: await idOf(knex, email), role };
  }
  const [maker, other] = await Promise.all(['maker', 'confirmer'].map((one) => founder(knex, one)));
  const id = userId(systemIds.uuid());
  await UserModel.query(knex).insert({ id, kind: 'ops', name, email, passwordHash, role, madeBy: maker! });
  await UserModel.query(knex).findById(id).patch({ confirmedBy: other! });
  return { id, role };
}

async function founder(knex: Knex, name: string): Promise<UserId> {
  const email = `${name}@founders.example`;
  await upsertOpsUser(knex, systemIds, { name, email, passwordHash: 'none', role: 'admin' });
  return idOf(knex, email);
}

async function idOf(knex: Knex, email: string): Promise<UserId> {
  const [found] = await rows<{ id: UserId }>(knex, 'select id from users where email = ?', [email]);
  return found!.id;
}
