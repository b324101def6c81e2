/**
 * What each role of the database may do, table by table, as `migrations/privileges.ts` says: what is not granted is
 * refused, and what is granted works. A table that nobody has decided about is found here.
 */
import type { Knex } from 'knex';
import { execute, makeKnex, rows, sqlState } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createQueues } from '../../../platform/queue';
import { grantPrivileges, readTables, tablePrivileges } from '../../../platform/roles';
import { freshDatabase, type TestDatabase } from '../../support/database';

const NOT_PERMITTED = '42501';
const READ_ONLY = '25006';
const TABLES = tablePrivileges();
const NAMES = Object.keys(TABLES);

let database: TestDatabase;
let app: Knex;
let reader: Knex;
let owner: Knex;

beforeAll(async () => {
  database = await freshDatabase();
  app = makeKnex(database.appUrl, { max: 2 });
  reader = makeKnex(database.readUrl, { max: 1 });
  owner = makeKnex(database.migrateUrl, { max: 2 });
  await grantPrivileges(owner); // what is granted on a database is no part of its copy
});
afterAll(async () => {
  await Promise.all([app.destroy(), reader.destroy(), owner.destroy()]);
  await database.drop();
});

/** `done`, or the state of the refusal. Nothing that is done stays. */
async function tried(db: Knex, sql: string): Promise<string> {
  const trx = await db.transaction();
  try {
    await trx.raw(sql);
    return 'done';
  } catch (error) {
    return sqlState(error) ?? String(error);
  } finally {
    await trx.rollback();
  }
}

/** The columns that may be written, of a privilege: `update (a, b)`; undefined where it is of the whole table. */
function columnsOf(privilege: string): string[] | undefined {
  return /\((.*)\)/.exec(privilege)?.[1]?.split(/,\s*/);
}

async function columns(): Promise<Map<string, string[]>> {
  const found = await rows<{ name: string; columns: string[] }>(
    owner,
    `select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by c.relname`,
  );
  return new Map(found.map((table) => [table.name, table.columns]));
}

test('every table has a decision, and no decision is of a table that is gone', async () => {
  expect((await readTables(owner)).map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
  const known = await columns();
  for (const [name, { app: granted, hidden = [] }] of Object.entries(TABLES)) {
    const named = [...granted.flatMap((p) => columnsOf(p) ?? []), ...(hidden === 'all' ? [] : hidden)];
    expect([name, named.filter((column) => !known.get(name)!.includes(column))]).toEqual([name, []]);
  }
});

/** What a role may do with each column, and with each table as a whole, as the database says. */
async function granted(role: string): Promise<Map<string, string[]>> {
  const found = await rows<{ name: string; may: string[] | null }>(
    owner,
    `select c.relname::text as name, array_agg(may order by may) filter (where may is not null) as may from pg_class c
     left join lateral (
       select verb as may from unnest(array['delete', 'truncate', 'references', 'trigger']) verb
         where has_table_privilege(:role, c.oid, verb)
       union all
       select verb || ' ' || a.attname from pg_attribute a, unnest(array['insert', 'update', 'select']) verb
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(:role, c.oid, a.attnum, verb)
     ) found on true
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by 1`,
    { role },
  );
  return new Map(found.map(({ name, may }) => [name, may ?? []]));
}

test('the role of the processes may do with each table what is said there, and nothing else', async () => {
  const known = await columns();
  const may = await granted('munim_app');
  for (const name of NAMES) {
    const all = known.get(name)!;
    const wanted = TABLES[name]!.app.flatMap((privilege) => {
      const verb = privilege.split(' ')[0]!;
      return verb === 'delete' ? [verb] : (columnsOf(privilege) ?? all).map((column) => `${verb} ${column}`);
    });
    expect([name, may.get(name)!.toSorted()]).toEqual([
      name,
      [...all.map((column) => `select ${column}`), ...wanted].toSorted(),
    ]);
  }
});

test('by statement: what is not granted is refused, what is granted is not', async () => {
  const known = await columns();
  for (const name of NAMES) {
    const { app: said } = TABLES[name]!;
    const [first] = known.get(name)!;
    const columnOf = (verb: string): string =>
      said.filter((p) => p.startsWith(verb)).flatMap((p) => columnsOf(p) ?? [])[0] ?? first!;
    const statements = {
      select: `select * from ${name} limit 0`,
      insert: `insert into ${name} (${columnOf('insert')}) values (default)`,
      update: `update ${name} set ${columnOf('update')} = default where false`,
      delete: `delete from ${name} where false`,
      truncate: `truncate ${name}`,
    };
    const done: string[] = [];
    for (const [verb, sql] of Object.entries(statements))
      if ((await tried(app, sql)) !== NOT_PERMITTED) done.push(verb);
    expect([name, done]).toEqual([
      name,
      Object.keys(statements).filter(
        (verb) => verb === 'select' || said.some((p) => p.split(' ')[0] === verb),
      ),
    ]);
  }
});

test('what is written down is not changed: the role has no right to, and a trigger refuses it to everybody', async () => {
  const guarded = [
    ['ledger_transfers', 'amount_paise'],
    ['transaction_events', 'reason'],
    ['transaction_outcomes', 'kind'],
    ['audit_log', 'actor'],
    ['callbacks', 'verdict'],
  ] as const;
  for (const [name, column] of guarded) {
    const statements = [
      `update ${name} set ${column} = ${column}`,
      `delete from ${name}`,
      `truncate ${name}`,
    ];
    for (const sql of statements) expect([sql, await tried(app, sql)]).toEqual([sql, NOT_PERMITTED]);
    const triggers = await rows<{ events: string }>(
      owner,
      `select string_agg(case when tgtype & 8 > 0 then 'delete ' else '' end || case when tgtype & 16 > 0 then 'update ' else '' end
         || case when tgtype & 32 > 0 then 'truncate' else '' end, ' ') as events
       from pg_trigger where tgrelid = ?::regclass and tgfoid = 'refuse_change'::regproc and tgenabled = 'O'`,
      [name],
    );
    for (const event of ['delete', 'update', 'truncate']) expect(triggers[0]!.events).toContain(event);
  }
});

test('the role of the processes makes nothing, changes no rule, and becomes nobody else', async () => {
  for (const sql of [
    'create table mine (id int)',
    'create schema mine',
    "create function mine() returns int language sql as 'select 1'",
    'create table bullmq.mine (id int)',
    'alter table ledger_accounts disable trigger all',
    'drop trigger ledger_accounts_move_with_transfers on ledger_accounts',
    'create trigger mine after insert on otp_sends for each row execute function refuse_change()',
    'set session_replication_role = replica',
    'set role munim_migrate',
    "insert into prices values ('payout', 'IMPS', 1, '2026-01-01', 0, 0)",
    'update schema_floor set needs = needs',
  ])
    expect([sql, await tried(app, sql)]).toEqual([sql, NOT_PERMITTED]);
});

test('many jobs at once go to the queues in PostgreSQL, which takes a temporary table', async () => {
  const queues = createQueues({ backend: 'postgres', databaseUrl: database.appUrl }, { log: silentLog });
  try {
    const jobs = Array.from({ length: 500 }, (_, n) => ({
      id: `bulk-${n}`,
      name: 'hold',
      data: { ids: [`${n}`] },
    }));
    await queues.add('hold', jobs, { timeoutMs: 60_000 });
    expect((await queues.counts('hold')).waiting).toBe(500);
  } finally {
    await queues.close();
  }
});

test('a temporary table does not become a way to the balances, nor to the links of the audit log', async () => {
  for (const [name, like] of [
    ['ledger_transfers_move_balances', 'ledger_transfers'],
    ['audit_log_is_linked', 'audit_log'],
  ] as const) {
    const trx = await app.transaction();
    await trx.raw(`create temp table made_up (like ${like}) on commit drop`);
    await expect(
      trx.raw(`create trigger made_up after insert on made_up for each row execute function ${name}()`),
    ).rejects.toMatchObject({ code: NOT_PERMITTED });
    await trx.rollback();
  }
});

test('no money is invented by the role of the processes', async () => {
  await execute(
    app,
    "insert into ledger_accounts (code, type, floor_paise) values ('wallet:x:main', 'liability', 0)",
  );
  for (const set of ['credits_paise = credits_paise + 100', 'floor_paise = null', "type = 'asset'"])
    expect([set, await tried(app, `update ledger_accounts set ${set}`)]).toEqual([set, NOT_PERMITTED]);
  expect(
    await tried(
      app,
      "insert into ledger_accounts (code, type, credits_paise) values ('bank:rich', 'asset', 1)",
    ),
  ).toBe(NOT_PERMITTED);
  // what it may update in order to lock the row does not change
  expect(await tried(app, 'select id from ledger_accounts for no key update')).toBe('done');
  expect(await tried(app, 'update ledger_accounts set id = default')).toBe('23514');
});

test('the reading role reads what is shown, and writes nothing', async () => {
  const known = await columns();
  const bytes = new Set(
    (
      await rows<{ name: string }>(
        owner,
        `select c.relname || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and a.atttypid = 'bytea'::regtype`,
      )
    ).map(({ name }) => name),
  );
  const may = await granted('munim_read');
  for (const name of NAMES) {
    const { hidden = [] } = TABLES[name]!;
    const shown = known
      .get(name)!
      .filter((c) => hidden !== 'all' && !hidden.includes(c) && !bytes.has(`${name}.${c}`));
    expect([name, may.get(name)!.toSorted()]).toEqual([name, shown.map((c) => `select ${c}`).toSorted()]);
    const list = shown.length === 0 ? known.get(name)![0]! : shown.join(', ');
    expect([name, await tried(reader, `select ${list} from ${name} limit 0`)]).toEqual([
      name,
      shown.length === 0 ? NOT_PERMITTED : 'done',
    ]);
    for (const sql of [`delete from ${name}`, `insert into ${name} default values`, `truncate ${name}`])
      expect([sql, [NOT_PERMITTED, READ_ONLY].includes(await tried(reader, sql))]).toEqual([sql, true]);
  }
  expect(await tried(reader, 'set transaction_read_only = off; delete from prices')).toBe(NOT_PERMITTED);
  expect(await tried(reader, 'create temp table mine (id int)')).toBe(READ_ONLY);
  expect(await tried(reader, 'select * from bullmq.job')).toBe(NOT_PERMITTED);
});

test('no sealed value, password, secret or hash is shown to the reading role', async () => {
  const shown = await rows<{ name: string }>(
    owner,
    `select c.table_name || '.' || c.column_name as name from information_schema.columns c
     where c.table_schema = 'public' and has_column_privilege('munim_read', c.table_name::regclass, c.column_name, 'select')
       and (c.column_name ~ '(_sealed|_hash|fingerprint|digest|password|secret|otp_ref|token|_body)$' or c.data_type = 'bytea')`,
  );
  // of the list of IFSCs, of nobody; and whether somebody has set a password
  expect(shown.map(({ name }) => name).toSorted()).toEqual([
    'ifsc_marking.rows_digest',
    'users.has_first_password',
  ]);
});

test('granting again changes nothing, and takes back what was granted by hand', async () => {
  const granted = (): Promise<unknown[]> =>
    rows(
      owner,
      `select c.relname, c.relacl::text, array_agg(a.attacl::text order by a.attnum) from pg_class c
       join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'public'::regnamespace group by c.oid order by 1`,
    );
  const before = await granted();
  await execute(owner, 'grant delete on audit_log to munim_app; grant select on ops_sessions to munim_read');
  expect(await granted()).not.toEqual(before);
  expect(await grantPrivileges(owner)).toBe(true);
  expect(await granted()).toEqual(before);
});
