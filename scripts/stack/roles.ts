/**
 * Makes the roles of the database, and gives an existing database to the one that migrates. For whoever runs the
 * server: a superuser, or a role that may create roles and owns the database.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { ROLES, type Role } from '../../platform/roles';

export type Passwords = Readonly<Partial<Record<Role, string>>>;

/** What a role is for, and what keeps it from doing harm beside its privileges. */
const SETTINGS: Readonly<Record<Role, readonly string[]>> = {
  migrate: [],
  app: [],
  // a report must not hold up the clearing of old rows for hours
  read: [
    'default_transaction_read_only = on',
    "statement_timeout = '5min'",
    "idle_in_transaction_session_timeout = '1min'",
  ],
};

/**
 * Makes the roles that are missing and sets the passwords that are given; the others stay as they are. The server
 * gets a verifier and never the password, so none can stand in its log.
 */
export async function makeRoles(
  admin: Client,
  passwords: Passwords,
  options: { iterations?: number } = {},
): Promise<void> {
  for (const [role, name] of Object.entries(ROLES) as [Role, string][]) {
    await admin.query(`do $$ begin
      create role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    exception when duplicate_object or unique_violation then null; end $$`);
    const password = passwords[role];
    if (password !== undefined)
      await admin.query(
        `alter role ${name} password ${admin.escapeLiteral(verifierOf(password, options.iterations))}`,
      );
    for (const setting of SETTINGS[role]) await admin.query(`alter role ${name} set ${setting}`);
  }
}

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const ITERATIONS = 4_096; // PostgreSQL's own
const KEY_BYTES = 32;

/** What PostgreSQL keeps of a password (RFC 5803). Throws Error for one that would have to be normalised first. */
export function verifierOf(password: string, iterations = ITERATIONS, salt = randomBytes(16)): string {
  if (!PRINTABLE_ASCII.test(password))
    throw new Error('the password of a role may hold letters, digits and signs of ASCII, and no space');
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`;
}

/** What is not `munim_migrate`'s yet, as the words that name it: first what the rest lies in. */
const NOT_OURS = `
  select what from (
  select 2 as turn, case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end
    || ' ' || c.oid::regclass as what
  from pg_class c
  where c.relnamespace::regnamespace::text in ('public', 'bullmq') and c.relkind in ('r', 'p', 'v', 'm', 'S')
    and c.relowner <> '${ROLES.migrate}'::regrole
    -- a sequence of a column goes with its table
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i', 'e'))
  union all
  select 2, 'routine ' || p.oid::regprocedure from pg_proc p
  where p.pronamespace::regnamespace::text in ('public', 'bullmq') and p.proowner <> '${ROLES.migrate}'::regrole
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  union all
  select 2, 'type ' || t.oid::regtype from pg_type t
  where t.typnamespace::regnamespace::text in ('public', 'bullmq') and t.typowner <> '${ROLES.migrate}'::regrole
    and t.typtype in ('e', 'd')
    and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
  union all
  select 1, 'schema bullmq' from pg_namespace n
  where n.nspname = 'bullmq' and n.nspowner <> '${ROLES.migrate}'::regrole
  union all
  select 0, 'database ' || quote_ident(d.datname) from pg_database d
  where d.datname = current_database() and d.datdba <> '${ROLES.migrate}'::regrole
  ) found order by turn`;

/**
 * Gives the database and all that is in it to `munim_migrate`, one thing after the other, so that no lock is held for
 * long. Safe to run again, and beside processes that work. Returns how many things changed hands.
 */
export async function handOver(admin: Client): Promise<number> {
  await joinMigrate(admin);
  await admin.query("set lock_timeout = '5s'");
  const { rows } = await admin.query<{ what: string }>(NOT_OURS);
  for (const { what } of rows) await admin.query(`alter ${what} owner to ${ROLES.migrate}`);
  await admin.query(`grant usage, create on schema public to ${ROLES.migrate}`);
  return rows.length;
}

/** Who is no superuser gives away only to a role that it belongs to. */
async function joinMigrate(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ isMember: boolean }>(
    `select pg_has_role('${ROLES.migrate}', 'member') as "isMember"`,
  );
  if (rows[0]?.isMember !== true) await admin.query(`grant ${ROLES.migrate} to current_user`);
}

/** Makes the database of this name, owned by `munim_migrate`, when the server has none. */
export async function makeDatabase(admin: Client, name: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
  if (rowCount === 1) return;
  await joinMigrate(admin);
  await admin.query(`create database ${admin.escapeIdentifier(name)} owner ${ROLES.migrate}`);
}

/** No such database, or no right to connect to it: both are said after the password was found right. */
const AFTER_PASSWORD: ReadonlySet<unknown> = new Set(['3D000', '42501']);

/** Whether the server takes the role and the password of this URL. */
export async function letsIn(url: string): Promise<boolean> {
  try {
    await withClient(url, () => Promise.resolve());
    return true;
  } catch (error) {
    return AFTER_PASSWORD.has((error as { code?: unknown }).code);
  }
}

/**
 * The session in which migrations make what they make: in the name of `munim_migrate` where the database is its own and
 * whoever connects may act for it (a superuser may); else as whoever connects.
 */
export async function sessionToMigrate(url: string): Promise<{ role?: string }> {
  return withClient(url, async (client) => {
    const { rowCount } = await client.query(
      `select from pg_database d join pg_roles r on r.oid = d.datdba
       where d.datname = current_database() and r.rolname = $1 and r.rolname <> current_user and pg_has_role(r.oid, 'member')`,
      [ROLES.migrate],
    );
    return rowCount === 1 ? { role: ROLES.migrate } : {};
  });
}

/** The same place in the name of another role. */
export function urlAs(url: string, role: string, password: string): string {
  const as = new URL(url);
  as.username = role;
  as.password = encodeURIComponent(password);
  return as.href;
}

export interface RoleUrls {
  /** For the processes. */
  app: string;
  /** For migrations and policies. */
  migrate: string;
  /** For reports. */
  read: string;
  /** The superuser, for what only a test, a bench or a repair does. */
  owner: string;
}

/** The passwords of the roles on a server of our own: whoever has its superuser's password has them too. */
export function passwordsUnder(adminUrl: string): Record<Role, string> {
  const of = (role: Role): string =>
    createHmac('sha256', new URL(adminUrl).password).update(role).digest('base64url');
  return { migrate: of('migrate'), app: of('app'), read: of('read') };
}

/** The URLs of the roles on a server of our own, for the database of `adminUrl`. */
export function urlsUnder(adminUrl: string): RoleUrls {
  const passwords = passwordsUnder(adminUrl);
  const as = (role: Role): string => urlAs(adminUrl, ROLES[role], passwords[role]);
  return { app: as('app'), migrate: as('migrate'), read: as('read'), owner: adminUrl };
}

/**
 * Makes the roles and the database of `adminUrl` on a server of our own, and gives the database to `munim_migrate`: one
 * that an earlier version made was the superuser's.
 */
export async function prepareOwnServer(adminUrl: string): Promise<RoleUrls> {
  const name = decodeURIComponent(new URL(adminUrl).pathname.slice(1));
  const server = new URL(adminUrl);
  server.pathname = '/postgres';
  await withClient(server.href, async (admin) => {
    await makeRoles(admin, passwordsUnder(adminUrl));
    await makeDatabase(admin, name);
  });
  await withClient(adminUrl, handOver);
  return urlsUnder(adminUrl);
}

/** Work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'munim-roles' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
