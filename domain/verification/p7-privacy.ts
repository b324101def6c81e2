import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import {
  MAX_OFFENDERS,
  notChecked,
  type Check,
  type CheckGroup,
  type Finding,
  type Offender,
} from '../promises/check';
import type { ServiceDefinition } from '../service-definition/definition';
import { sealedColumns } from '../services/sealed';
import { countPlanted, type PlantedValues } from './planted';

/**
 * P7: values planted in requests appear in no text of any table, no queued job and no log. A find is reported
 * by its place; the value itself is never shown. Sealed columns hold sealed texts, and jobs hold ids and
 * nothing else.
 */

export function privacyChecks(services: readonly ServiceDefinition[]): readonly CheckGroup[] {
  const columns = sealedColumns(services);
  const keys = new Map(columns.map(({ table, key }) => [table, key]));
  const sealed: Check = {
    promise: 'P7',
    name: 'sealed',
    what: 'sealed columns hold sealed texts',
    over: `(${[...keys].map(([table, key]) => `select ${key} from ${table}`).join(' union all ')}) as sealed`,
    offenders: columns
      .map(
        ({ table, column, key }) =>
          `select '${table} ' || ${key}, '${column} is not sealed' from ${table} where ${column} not like 'v1.%.%.%.%'`,
      )
      .join(' union all '),
  };
  return [{ checks: [sealed] }];
}

const TABLES = { promise: 'P7', name: 'planted-tables', what: 'planted values are in no table' } as const;
const JOBS = { promise: 'P7', name: 'planted-jobs', what: 'planted values are in no queued job' } as const;
const IDS_ONLY = {
  promise: 'P7',
  name: 'jobs-ids-only',
  what: 'queued jobs hold ids and nothing else',
} as const;
const LOGS = { promise: 'P7', name: 'planted-logs', what: 'planted values are in no log' } as const;
const NEEDS_VALUES = 'needs planted values';

interface TextTable {
  table: string;
  key: string;
  columns: { name: string; text: string }[];
}

/** Searches every text column of every table in schema `public`. */
export async function findPlantedInTables(
  trx: Knex.Transaction,
  planted: PlantedValues | undefined,
): Promise<Finding> {
  if (planted === undefined) return notChecked(TABLES, NEEDS_VALUES);
  let rowsChecked = 0;
  let violations = 0;
  const offenders: Offender[] = [];
  for (const table of await textTables(trx)) {
    const [count] = await rows<{ count: number }>(trx, `select count(*)::int as count from ${table.table}`);
    rowsChecked += count!.count;
    const found = await rowsWithPlanted(trx, table, planted);
    violations += found[0]?.total ?? 0;
    offenders.push(
      ...found.map(({ key, columns }) => ({
        id: `${table.table} ${key}`,
        detail: `${columns} holds a planted value`,
      })),
    );
  }
  return { ...TABLES, result: { rowsChecked, violations, offenders: offenders.slice(0, MAX_OFFENDERS) } };
}

/** Tables with their text columns: strings, JSON, lists of strings, and bytes, which may contain text. */
async function textTables(trx: Knex.Transaction): Promise<TextTable[]> {
  const found = await rows<{ table: string; name: string; isBytes: boolean; key: string }>(
    trx,
    `
    select quote_ident(c.relname) as "table", quote_ident(a.attname) as name,
      a.atttypid = 'bytea'::regtype as "isBytes",
      coalesce((select string_agg(quote_ident(k.attname) || '::text', ' || '' '' || ' order by k.attnum)
        from pg_index i join pg_attribute k on k.attrelid = c.oid and k.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary), 't.ctid::text') as key
    from pg_class c
      join pg_attribute a on a.attrelid = c.oid
      join pg_type ty on ty.oid = a.atttypid
      left join pg_type item on item.oid = ty.typelem and ty.typcategory = 'A'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not a.attisdropped and a.attnum > 0
      and (ty.typcategory = 'S' or item.typcategory = 'S'
        or a.atttypid in ('json'::regtype, 'jsonb'::regtype, 'bytea'::regtype))
    order by c.relname, a.attnum`,
  );
  const tables = new Map<string, TextTable>();
  for (const { table, name, isBytes, key } of found) {
    const known = tables.get(table) ?? { table, key, columns: [] };
    known.columns.push({ name, text: isBytes ? `encode(t.${name}, 'escape')` : `t.${name}::text` });
    tables.set(table, known);
  }
  return [...tables.values()];
}

// First searches the row's concatenated texts for each beginning, which is a hundred times cheaper than
// searching for all values. Only rows with a hit are searched for the values.
function rowsWithPlanted(
  trx: Knex.Transaction,
  table: TextTable,
  planted: PlantedValues,
): Promise<{ key: string; columns: string; total: number }[]> {
  const any = (text: string): string =>
    `exists (select from unnest(?::text[]) as v(value) where strpos(${text}, v.value) > 0)`;
  const guilty = table.columns.map((c) => `case when ${any(c.text)} then '${c.name}' end`);
  const texts = table.columns.map((c) => c.text);
  return rows<{ key: string; columns: string; total: number }>(
    trx,
    `
    select key, columns, count(*) over ()::int as total from (
      select ${table.key} as key, array_to_string(array[${guilty.join(', ')}], ', ') as columns
      from (select t.ctid, t.*, concat_ws(' ', ${texts.join(', ')}) as all_texts from ${table.table} t offset 0) t
      where ${planted.beginnings.map(() => 'strpos(all_texts, ?) > 0').join(' or ')}) as suspects
    where columns <> '' order by key limit ${MAX_OFFENDERS}`,
    [...table.columns.map(() => planted.values), ...planted.beginnings],
  );
}

/**
 * A text outside the tables. `isIdsOnly` is false for a job whose data is more than a list of ids; undefined
 * for a text that is no job.
 */
export interface StoredText {
  place: string;
  text: string;
  isIdsOnly?: boolean;
}

/** Searches the texts of the queues for planted values and for job data that is more than ids. */
export async function findInJobs(
  texts: AsyncIterable<StoredText> | string,
  planted: PlantedValues | undefined,
): Promise<Finding[]> {
  if (typeof texts === 'string') return [notChecked(JOBS, texts), notChecked(IDS_ONLY, texts)];
  const withPlanted = tally('holds a planted value');
  const withMore = tally('its data is more than a list of ids');
  let all = 0;
  let jobs = 0;
  for await (const { place, text, isIdsOnly } of texts) {
    all += 1;
    if (isIdsOnly !== undefined) jobs += 1;
    if (isIdsOnly === false) withMore.add(place);
    if (planted !== undefined && countPlanted(planted, text) > 0) withPlanted.add(place);
  }
  return [
    planted === undefined ? notChecked(JOBS, NEEDS_VALUES) : { ...JOBS, result: withPlanted.result(all) },
    { ...IDS_ONLY, result: withMore.result(jobs) },
  ];
}

/** Searches logs; each text is a piece of one. */
export async function findInLogs(
  texts: AsyncIterable<StoredText> | string,
  planted: PlantedValues | undefined,
): Promise<Finding> {
  if (typeof texts === 'string') return notChecked(LOGS, texts);
  if (planted === undefined) return notChecked(LOGS, NEEDS_VALUES);
  const found = tally('holds a planted value');
  let lines = 0;
  for await (const { place, text } of texts) {
    lines += 1;
    if (countPlanted(planted, text) > 0) found.add(place);
  }
  return { ...LOGS, result: found.result(lines) };
}

function tally(detail: string): {
  add(id: string): void;
  result(rowsChecked: number): NonNullable<Finding['result']>;
} {
  let violations = 0;
  const offenders: Offender[] = [];
  return {
    add(id) {
      violations += 1;
      if (offenders.length < MAX_OFFENDERS) offenders.push({ id, detail });
    },
    result: (rowsChecked) => ({ rowsChecked, violations, offenders }),
  };
}
