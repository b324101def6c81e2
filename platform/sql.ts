import type { Knex } from 'knex';
import { execute, rows } from './database';

/**
 * Statements whose columns have names. A table is declared once, with the name, the type and the value of
 * each column on one line; the statement's text follows from the declaration alone, so it is built once and
 * prepared. Many rows go to PostgreSQL as one array for each column (`unnest`).
 */
export interface Column<Row> {
  /** The PostgreSQL type of one value. */
  readonly type: string;
  /** The value as the driver takes it in an array. */
  encode(row: Row): unknown;
  /**
   * Set if no value needs quotes in the text of an array: the number of characters that each value has, or 0 if
   * that differs from value to value, as with numbers.
   */
  readonly plainChars?: number;
  /** Texts that the driver would look through several times each. */
  readonly texts?: 'any' | 'json';
}

export interface Table<Row> {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column<Row>>>;
  /** The columns' names, separated by commas. */
  readonly names: string;
  /**
   * The rows as a source `n`, for statements that are written out: `unnest(:table.column::type[], …) as
   * n(…)`, bound with `arraysOf`.
   */
  readonly source: string;
}

type Database = Knex | Knex.Transaction;
/** Columns that have one value for all rows of a statement, by name. */
type Shared = Readonly<Record<string, unknown>>;
type Nullable<T> = T | null | undefined;

export const uuid = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('uuid', value, 36);
export const text = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => ({
  type: 'text',
  encode: value,
  texts: 'any',
});
/** A text of JSON that is there in each row. Many go as one text with a character between them that JSON never has. */
export const jsonAsText = <Row>(value: (row: Row) => string): Column<Row> => ({
  type: 'text',
  encode: value,
  texts: 'json',
});
export const bytea = <Row>(value: (row: Row) => Nullable<Buffer>): Column<Row> => column('bytea', value);
export const bool = <Row>(value: (row: Row) => Nullable<boolean>): Column<Row> => column('bool', value, 0);
export const int2 = <Row>(value: (row: Row) => Nullable<number>): Column<Row> => column('int2', value, 0);
export const int4 = <Row>(value: (row: Row) => Nullable<number>): Column<Row> => column('int4', value, 0);
export const int8 = <Row>(value: (row: Row) => Nullable<bigint>): Column<Row> => column('int8', value, 0);
/** A calendar day, `YYYY-MM-DD`. */
export const date = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('date', value, 10);

/** Sent as UTC: the driver would write a date in an array in the time zone of the process. */
export const timestamptz = <Row>(value: (row: Row) => Nullable<Date>): Column<Row> => ({
  type: 'timestamptz',
  encode: (row) => value(row)?.toISOString() ?? null,
  plainChars: 0,
});

/** Any JSON value. Undefined and null are SQL's null, not JSON's. */
export const jsonb = <Row>(value: (row: Row) => unknown): Column<Row> => ({
  type: 'jsonb',
  encode: (row) => {
    const json = value(row);
    return json === undefined || json === null ? null : JSON.stringify(json);
  },
});

/** A JSON value that is text already. */
export const jsonbText = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('jsonb', value);

function column<Row>(type: string, encode: (row: Row) => unknown, plainChars?: number): Column<Row> {
  return { type, encode, plainChars };
}

/** Declares a table, or those of its columns that one statement writes. */
export function table<Row>(name: string, columns: Readonly<Record<string, Column<Row>>>): Table<Row> {
  const keys = Object.keys(columns);
  [name, ...keys].forEach(checkName);
  const names = keys.join(', ');
  const arrays = keys
    .map((key) => {
      const { type, texts } = columns[key]!;
      return texts === 'json'
        ? `string_to_array(:${name}.${key}, chr(${SEPARATOR.charCodeAt(0)}))`
        : `:${name}.${key}::${type}[]`;
    })
    .join(', ');
  return { name, columns, names, source: `unnest(${arrays}) as n(${names})` };
}

/** The bindings of a table's `source`: one array for each column. */
export function arraysOf<Row>({ name, columns }: Table<Row>, list: readonly Row[]): Record<string, unknown> {
  const bindings: Record<string, unknown> = {};
  for (const key of Object.keys(columns)) {
    bindings[`${name}.${key}`] = arrayOf(columns[key]!, list);
  }
  return bindings;
}

function arrayOf<Row>(column: Column<Row>, list: readonly Row[]): unknown {
  if (column.texts === 'any') return textsOf(column, list);
  if (column.texts === 'json') return joined(column, list);
  return column.plainChars === undefined ? valuesOf(column, list) : literalOf(column, list);
}

const SEPARATOR = '\u001e';
/** Needs no quotes in the text of an array. */
const PLAIN = /^[A-Za-z0-9_.:/@+-]+$/;

/** In capitals or not; a text that has as many letters is quoted. */
const NULL = 'NULL';

function textsOf<Row>(column: Column<Row>, list: readonly Row[]): string {
  let literal = '';
  for (const row of list) {
    const value = column.encode(row) as Nullable<string>;
    if (literal !== '') literal += ',';
    if (value === null || value === undefined) literal += NULL;
    else if (PLAIN.test(value) && value.length !== NULL.length) literal += value;
    else literal += `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  }
  return `{${literal}}`;
}

function joined<Row>(column: Column<Row>, list: readonly Row[]): string {
  let all = '';
  for (const row of list) {
    const json = column.encode(row) as string;
    if (json === '' || json.includes(SEPARATOR)) throw new TypeError('not a text of JSON');
    all += all === '' ? json : SEPARATOR + json;
  }
  return all;
}

function valuesOf<Row>(column: Column<Row>, list: readonly Row[]): unknown[] {
  const values: unknown[] = [];
  for (const row of list) values.push(column.encode(row) ?? null);
  return values;
}

/** The text of an array without quotes: the driver would look at every value for what must be escaped. */
function literalOf<Row>(column: Column<Row>, list: readonly Row[]): string {
  const { type, plainChars = 0 } = column;
  let literal = '';
  for (const row of list) {
    const value = column.encode(row) as Nullable<string | number | bigint | boolean>;
    const plain = value === null || value === undefined ? 'NULL' : String(value);
    // A text of another length could hold a comma between two values.
    if (typeof value === 'string' && plainChars !== 0 && plain.length !== plainChars)
      throw new TypeError(`not a ${type}: a text of ${plain.length} characters`);
    literal += literal === '' ? plain : `,${plain}`;
  }
  return `{${literal}}`;
}

/**
 * Inserts the rows; `shared` are columns with one value for all of them. Throws when not every row was
 * written.
 */
export async function insertAll<Row>(
  db: Database,
  table: Table<Row>,
  list: readonly Row[],
  shared: Shared = {},
): Promise<void> {
  if (list.length === 0) return;
  const sql = textOf(table, `insert ${Object.keys(shared).join()}`, () => insertText(table, shared));
  expectRows(table, list.length, await execute(db, sql, { ...shared, ...arraysOf(table, list) }));
}

/**
 * Inserts the rows that do not exist yet and returns their `returning` column. `conflict` is the conflict
 * target that decides whether a row exists already: `(provider, event_key)`, `on constraint …`; empty for any
 * conflict.
 */
export async function insertNew<Row>(
  db: Database,
  table: Table<Row>,
  list: readonly Row[],
  { conflict, returning, shared = {} }: { conflict: string; returning: string; shared?: Shared },
): Promise<string[]> {
  if (list.length === 0) return [];
  const sql = textOf(table, `new ${conflict} ${returning} ${Object.keys(shared).join()}`, () => {
    checkName(returning);
    return `${insertText(table, shared)} on conflict ${conflict} do nothing returning ${returning} as key`;
  });
  const inserted = await rows<{ key: string }>(db, sql, { ...shared, ...arraysOf(table, list) });
  return inserted.map(({ key }) => key);
}

/**
 * Updates the rows that have these keys; the other columns are set. Throws when not every row was written.
 */
export async function updateAll<Row>(
  db: Database,
  table: Table<Row>,
  list: readonly Row[],
  { key, shared = {} }: { key: string; shared?: Shared },
): Promise<void> {
  if (list.length === 0) return;
  const sql = textOf(table, `update ${key} ${Object.keys(shared).join()}`, () =>
    updateText(table, key, shared),
  );
  expectRows(table, list.length, await execute(db, sql, { ...shared, ...arraysOf(table, list) }));
}

/** Inserts one row and returns how many were written: `more` may be an `on conflict` clause. */
export function insertOne(db: Database, name: string, values: Shared, more = ''): Promise<number> {
  const keys = Object.keys(values);
  [name, ...keys].forEach(checkName);
  const places = keys.map((key) => `:${key}`);
  return execute(
    db,
    `insert into ${name} (${keys.join(', ')}) values (${places.join(', ')}) ${more}`,
    values,
  );
}

/**
 * Sets columns of the rows whose columns equal every value in `where`; returns the number of rows updated.
 */
export function updateWhere(db: Database, name: string, set: Shared, where: Shared): Promise<number> {
  const [changed, keys] = [Object.keys(set), Object.keys(where)];
  [name, ...changed, ...keys].forEach(checkName);
  const bindings: Record<string, unknown> = { ...set };
  for (const key of keys) bindings[`where.${key}`] = where[key];
  return execute(
    db,
    `update ${name} set ${changed.map((key) => `${key} = :${key}`).join(', ')}
    where ${keys.map((key) => `${key} = :where.${key}`).join(' and ')}`,
    bindings,
  );
}

/**
 * A column or an expression for each key of a row: `selectOf({ … } satisfies ColumnsOf<Row>)` has every key
 * of `Row` and no other.
 */
export type ColumnsOf<Row> = { readonly [Key in keyof Row]-?: string };

/** A select list that names the columns as the row's keys are named. */
export function selectOf(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([key, expression]) => (key === expression ? key : `${expression} as "${key}"`))
    .join(', ');
}

function insertText(table: Table<never>, shared: Shared): string {
  const keys = Object.keys(shared);
  keys.forEach(checkName);
  const into = [table.names, ...keys].join(', ');
  return `insert into ${table.name} (${into}) select ${['n.*', ...keys.map((key) => `:${key}`)].join(', ')} from ${table.source}`;
}

function updateText(table: Table<never>, key: string, shared: Shared): string {
  const columns = Object.keys(table.columns);
  if (!columns.includes(key)) throw new Error(`${table.name} is declared without the key ${key}`);
  const keys = Object.keys(shared);
  keys.forEach(checkName);
  const sets = [
    ...columns.filter((name) => name !== key).map((name) => `${name} = n.${name}`),
    ...keys.map((name) => `${name} = :${name}`),
  ];
  return `update ${table.name} t set ${sets.join(', ')} from ${table.source} where t.${key} = n.${key}`;
}

const texts = new WeakMap<object, Map<string, string>>();

/** The SQL of the statement named `what` for this table, built on first use and cached. */
export function textOf(table: object, what: string, build: () => string): string {
  let built = texts.get(table);
  if (built === undefined) texts.set(table, (built = new Map<string, string>()));
  let sql = built.get(what);
  if (sql === undefined) built.set(what, (sql = build()));
  return sql;
}

/** Names are not escaped, so only plain identifiers are allowed. */
function checkName(name: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`not a name of a table or column: ${name}`);
}

function expectRows({ name }: { name: string }, expected: number, written: number): void {
  if (written !== expected)
    throw new Error(`${written} rows of ${name} were written where ${expected} were expected`);
}
