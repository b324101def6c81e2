import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { KeyedTable } from './tables';

export interface KeyCount {
  keyId: string;
  /** `table.column` */
  place: string;
  values: number;
}

/** Short statements: each reads so many rows. */
const ROWS = 20_000;

/** How many values of each sealed column each key has. The id of its key stands open in every sealed value. */
export async function countByKey(knex: Knex, tables: ReadonlyMap<string, KeyedTable>): Promise<KeyCount[]> {
  const counts = new Map<string, KeyCount>();
  for (const table of tables.values())
    for await (const one of partsOf(knex, table)) {
      const name = `${one.place} ${one.keyId}`;
      const before = counts.get(name)?.values ?? 0;
      counts.set(name, { ...one, values: before + one.values });
    }
  return [...counts.values()];
}

interface PartCount {
  upTo: string | null;
  column: string | null;
  keyId: string | null;
  values: number;
}

async function* partsOf(knex: Knex, table: KeyedTable): AsyncGenerator<KeyCount> {
  let after: string | null = null;
  do {
    const part: PartCount[] = await countPart(knex, table, after);
    for (const { column, keyId, values } of part)
      if (keyId !== null) yield { keyId, place: `${table.table}.${column}`, values };
    after = part[0]?.upTo ?? null;
  } while (after !== null);
}

function countPart(
  knex: Knex,
  { table, key, sealed }: KeyedTable,
  after: string | null,
): Promise<PartCount[]> {
  const columns = sealed.map(({ column }) => column);
  const found = columns.map(
    (name) =>
      `select '${name}' as name, split_part(${name}, '.', 2) as key_id from part where ${name} is not null`,
  );
  return rows<PartCount>(
    knex,
    `
    with part as (
      select ${key} as key, ${columns.join(', ')} from ${table}
      where (:after::uuid is null or ${key} > :after::uuid) order by ${key} limit :most),
    found as (${found.join(' union all ')})
    select (select max(key::text) from part) as "upTo", f.name as "column", f.key_id as "keyId",
      count(f.key_id)::int4 as values
    from (select 1) as one left join found f on true
    group by f.name, f.key_id`,
    { after, most: ROWS },
  );
}
