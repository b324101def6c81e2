/**
 * `npm run roles`: makes the roles munim_migrate, munim_app and munim_read, and gives the database to munim_migrate.
 * Once for each server, by whoever runs it: MUNIM_ADMIN_DATABASE_URL names a superuser, or a role that may create roles
 * and owns the database. The roles get the passwords of DATABASE_URL (munim_app), MUNIM_MIGRATE_DATABASE_URL and
 * MUNIM_READ_DATABASE_URL, as far as these are set. Safe to run again: a password that works stays.
 */
import { makeKnex } from '../platform/database';
import { grantPrivileges, ROLES, type Role } from '../platform/roles';
import { urlFrom } from './stack/database-urls';
import { handOver, letsIn, makeDatabase, makeRoles, withClient } from './stack/roles';
import { withoutPassword } from './stack/stores';

const URLS: Readonly<Record<Role, string>> = {
  app: 'DATABASE_URL',
  migrate: 'MUNIM_MIGRATE_DATABASE_URL',
  read: 'MUNIM_READ_DATABASE_URL',
};

async function main(): Promise<void> {
  const adminUrl = urlFrom(process.env, 'MUNIM_ADMIN_DATABASE_URL');
  if (adminUrl === undefined)
    throw new Error(
      'MUNIM_ADMIN_DATABASE_URL is not set: the URL of a superuser, or of a role that may create roles and owns the database',
    );
  const urls = new Map<Role, string>();
  for (const [role, name] of Object.entries(URLS) as [Role, string][]) {
    const url = urlFrom(process.env, name);
    if (url !== undefined) urls.set(role, checked(role, url));
  }
  const passwords: Partial<Record<Role, string>> = {};
  for (const [role, url] of urls)
    if (!(await letsIn(url))) passwords[role] = decodeURIComponent(new URL(url).password) || undefined;
  const target = new URL(adminUrl);
  target.pathname = new URL(urls.get('app') ?? urls.get('migrate') ?? adminUrl).pathname;
  await withClient(adminUrl, async (admin) => {
    await makeRoles(admin, passwords);
    await makeDatabase(admin, decodeURIComponent(target.pathname.slice(1)));
  });
  console.log(`the roles ${Object.values(ROLES).join(', ')} are there`);
  const given = await withClient(target.href, handOver);
  console.log(`${withoutPassword(target.href)} belongs to ${ROLES.migrate}${given > 0 ? ' now' : ''}`);
  await grant(target.href);
}

function checked(role: Role, url: string): string {
  if (!URL.canParse(url) || new URL(url).username !== ROLES[role])
    throw new Error(
      `${URLS[role]} must name the role ${ROLES[role]}: postgres://${ROLES[role]}:…@host:port/database`,
    );
  return url;
}

/** Where the tables are there already, the roles may use them at once. */
async function grant(url: string): Promise<void> {
  const knex = makeKnex(url, { max: 1, applicationName: 'munim-roles' });
  try {
    if (!(await knex.schema.hasTable('schema_migrations'))) {
      console.log('it is empty: npm run migrate makes the tables');
      return;
    }
    await grantPrivileges(knex);
    console.log('each role has its privileges; npm run migrate renews them');
  } finally {
    await knex.destroy();
  }
}

main().catch((error: Error) => {
  console.error(`the roles were not made: ${error.message}`);
  process.exitCode = 1;
});
