import type { Knex } from 'knex';
import { rows } from '../platform/database';
import { ROLES } from '../platform/roles';
import { StartFault } from '../platform/start-fault';

const HELD_ROLE = `
  select r.rolname::text as name, r.rolsuper as "isSuperuser", exists (
    select from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and pg_has_role(r.oid, c.relowner, 'member')) as "ownsTables"
  from pg_roles r where r.rolname = current_user`;

/**
 * Production's processes work in the name of a role that cannot change what was written: neither the ledger nor the
 * audit log, and no trigger that guards them. Throws StartFault for a superuser, and for a role that owns tables.
 */
export async function requireRunningRole(knex: Knex): Promise<void> {
  const [role] = await rows<{ name: string; isSuperuser: boolean; ownsTables: boolean }>(knex, HELD_ROLE);
  if (role === undefined || !(role.isSuperuser || role.ownsTables)) return;
  throw new StartFault(
    `The role ${role.name} of DATABASE_URL ${role.isSuperuser ? 'is a superuser' : 'owns the tables'}, and could change ` +
      `what must not change: give the processes ${ROLES.app} (npm run roles makes it; docs/runbooks/database-roles.md).`,
  );
}
