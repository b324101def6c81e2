import path from 'node:path';
import type { Knex } from 'knex';

/**
 * The roles of the database. `migrate` owns everything and brings the schema up; `app` runs the processes; `read` is
 * for reports. Their names are the same everywhere, so that what each may do can be a part of the schema.
 */
export const ROLES = { migrate: 'munim_migrate', app: 'munim_app', read: 'munim_read' } as const;
export type Role = keyof typeof ROLES;

/** As `migrations/privileges.ts` has it. */
export interface TablePrivileges {
  app: readonly string[];
  hidden?: readonly string[] | 'all';
}

/** What each table allows. Loaded by name, as migrations are. */
export function tablePrivileges(): Readonly<Record<string, TablePrivileges>> {
  const file = path.join(__dirname, '..', 'migrations', 'privileges');
  return (require(file) as { TABLES: Readonly<Record<string, TablePrivileges>> }).TABLES;
}

/** A table as the database has it; `columns` are those that the reading role may be shown. */
export interface ExistingTable {
  name: string;
  columns: readonly string[];
}

const TABLES_SQL = `
  select c.relname::text as name,
    array_agg(a.attname::text order by a.attnum) filter (where a.atttypid <> 'bytea'::regtype) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  group by c.relname order by c.relname`;

export async function readTables(db: Knex | Knex.Transaction): Promise<ExistingTable[]> {
  return (await db.raw<{ rows: ExistingTable[] }>(TABLES_SQL)).rows;
}

/** One run of migrations at a time: two that grant at once would meet at the rows of the catalogue. */
const GRANT_LOCK = 0x6d75_6e69; // "muni"

/**
 * Gives the roles what `migrations/privileges.ts` says, and takes everything else from them; needs the owner of the
 * tables. Safe to run again, and beside processes that work. Returns false, and does nothing, where the cluster has no
 * such roles: then whoever owns the tables runs the processes too.
 */
export async function grantPrivileges(knex: Knex): Promise<boolean> {
  if (!(await hasRoles(knex))) return false;
  await knex.transaction(async (trx) => {
    await trx.raw(`select pg_advisory_xact_lock(${GRANT_LOCK})`);
    const { hasQueues, database } = await readPlace(trx);
    const statements = [
      ...grantsOfDatabase(database),
      ...(await readTables(trx)).flatMap((table) => grantsOfTable(table, tablePrivileges()[table.name])),
      ...(hasQueues ? QUEUE_GRANTS : []),
    ];
    await trx.raw(`${statements.join(';\n')};\n${FUNCTION_GRANTS}`.replaceAll('?', '\\?'));
  });
  return true;
}

async function hasRoles(knex: Knex): Promise<boolean> {
  const found = await knex('pg_roles').whereIn('rolname', [ROLES.app, ROLES.read]).pluck('rolname');
  return found.length === 2;
}

async function readPlace(trx: Knex.Transaction): Promise<{ hasQueues: boolean; database: string }> {
  const found = await trx.raw<{ rows: { hasQueues: boolean; database: string }[] }>(
    `select to_regnamespace('bullmq') is not null as "hasQueues", quote_ident(current_database()) as database`,
  );
  return found.rows[0]!;
}

const BOTH = `${ROLES.app}, ${ROLES.read}`;

function grantsOfDatabase(database: string): string[] {
  return [
    `revoke create, temporary on database ${database} from public`,
    `grant connect on database ${database} to ${BOTH}`,
    // BullMQ adds many jobs at once by way of a temporary table
    `grant temporary on database ${database} to ${ROLES.app}`,
    'revoke create on schema public from public',
    `grant usage on schema public to ${BOTH}`,
  ];
}

/** A table that nobody has decided about is nobody's but its owner's. */
function grantsOfTable({ name, columns }: ExistingTable, privileges?: TablePrivileges): string[] {
  const table = `public."${name}"`;
  const revoked = `revoke all on table ${table} from public, ${BOTH}`;
  if (privileges === undefined) return [revoked];
  const { app, hidden = [] } = privileges;
  const shown = hidden === 'all' ? [] : columns.filter((column) => !hidden.includes(column));
  return [
    revoked,
    `grant ${['select', ...app].join(', ')} on table ${table} to ${ROLES.app}`,
    ...(shown.length === 0
      ? []
      : [`grant select (${shown.map((c) => `"${c}"`).join(', ')}) on table ${table} to ${ROLES.read}`]),
  ];
}

/** The tables of BullMQ are its own affair: the processes work in them, and make none. */
const QUEUE_GRANTS = [
  `grant usage on schema bullmq to ${ROLES.app}`,
  `grant select, insert, update, delete on all tables in schema bullmq to ${ROLES.app}`,
  `grant usage, select, update on all sequences in schema bullmq to ${ROLES.app}`,
];

/**
 * Functions are everybody's unless one says otherwise. A trigger's function that works with its owner's rights must
 * not be put on another table, for which its executor needs the right to execute it; fired where it belongs it needs
 * none.
 */
const FUNCTION_GRANTS = `
  do $$
  declare
    one record;
  begin
    for one in
      select p.oid::regprocedure as signature, p.prorettype = 'trigger'::regtype as is_trigger from pg_proc p
      where p.pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    loop
      execute format('revoke execute on routine %s from public, ${BOTH}', one.signature);
      if not one.is_trigger then
        execute format('grant execute on routine %s to ${ROLES.app}', one.signature);
      end if;
    end loop;
  end $$`;
