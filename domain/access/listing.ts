import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/** Roles and what they may do, for people. */
export interface RoleList {
  roles(): Promise<{ role: string; of: string; summary: string; users: number }[]>;
  permissions(role: string): Promise<{ permission: string; does: string; reach: string }[]>;
  /** Everything that is given. */
  all(): Promise<{ role: string; kind: 'app' | 'ops'; permission: string; reach: string }[]>;
}

export function createRoleList({ knex }: { knex: Knex }): RoleList {
  return {
    roles: () =>
      rows<{ role: string; of: string; summary: string; users: number }>(
        knex,
        `select r.name as role, case r.kind when 'ops' then 'staff' else 'network' end as "of", r.summary,
          (select count(*)::int4 from users u where u.kind = 'ops' and role_of(u) = r.name) as users
        from roles r order by r.kind desc, r.name`,
      ),
    all: () =>
      rows<{ role: string; kind: 'app' | 'ops'; permission: string; reach: string }>(
        knex,
        'select role, kind, permission, reach from role_permissions',
        [],
      ),
    permissions: (role) =>
      rows<{ permission: string; does: string; reach: string }>(
        knex,
        'select permission, does, reach from role_permissions where role = ? order by permission',
        [role],
      ),
  };
}
