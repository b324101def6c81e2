/** Each migration has a way back, or says why it has none: an upgrade that goes wrong is taken back by it. */
import type { Knex } from 'knex';
import { knownMigrations } from '../../../platform/build';
import { execute, makeKnex, rows } from '../../../platform/database';
import { freshDatabase, type TestDatabase } from '../../support/database';

/** Those before it were in use before anybody looked. */
const FROM = '20261130';

let database: TestDatabase;
let owner: Knex;

beforeAll(async () => {
  database = await freshDatabase({ empty: true });
  owner = makeKnex(database.migrateUrl, { max: 1 });
});
afterAll(async () => {
  await owner.destroy();
  await database.drop();
});

/** Functions are not always written again as they were. */
const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** What a database is made of: tables, columns, constraints, indexes, triggers and functions, as they would be made. */
async function shape(): Promise<string[]> {
  const found = await rows<{ said: string }>(
    owner,
    `with ours as (select oid, relname from pg_class where relnamespace = 'public'::regnamespace)
     select said from (
       select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || case when a.attnotnull then ' not null' else '' end
         || coalesce(' ' || a.attgenerated::text || ' ' || pg_get_expr(d.adbin, d.adrelid), '') as said
         from ours c join pg_class t on t.oid = c.oid and t.relkind in ('r', 'p')
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
       union all select 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_get_constraintdef(k.oid)
         from ours c join pg_constraint k on k.conrelid = c.oid
       union all select 'index ' || pg_get_indexdef(i.indexrelid) from ours c join pg_index i on i.indrelid = c.oid
       union all select 'trigger ' || pg_get_triggerdef(t.oid) from ours c join pg_trigger t on t.tgrelid = c.oid
         where not t.tgisinternal
       union all select 'function ' || pg_get_functiondef(p.oid) from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
     ) things order by said`,
  );
  return found.map(({ said }) => squeezed(said));
}

async function usersOfBefore(): Promise<void> {
  await execute(
    owner,
    "insert into users (id, kind, name) select gen_random_uuid(), 'app', 'Shop' from generate_series(1, 2)",
  );
  await execute(
    owner,
    `insert into users (id, kind, name, email, role, password_hash)
     values (gen_random_uuid(), 'ops', 'Ops', 'ops@example.in', 'admin', '$argon2id$x')`,
  );
}

test('each migration goes back to what was before it, and forward again, with users who were there before', async () => {
  const names = knownMigrations();
  for (const name of names.filter((n) => n < FROM)) await owner.migrate.up({ name });
  await usersOfBefore();
  const without: string[] = [];
  for (const name of names.filter((n) => n >= FROM)) {
    const before = await shape();
    await owner.migrate.up({ name });
    const after = await shape();
    const why = await owner.migrate.down({ name }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (why !== undefined) without.push(`${name}: ${why}`);
    expect([name, await shape()]).toEqual([name, why === undefined ? before : after]);
    if (why === undefined) await owner.migrate.up({ name });
    expect([name, await shape()]).toEqual([name, after]);
  }
  expect(without).toEqual([
    expect.stringMatching(/^20261130060002_wallet_controls: .*no way back but a restore$/),
  ]);
});
