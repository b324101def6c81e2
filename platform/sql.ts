import type { Knex } from 'knex';
import { binaryArray, type BinaryType } from './binary-arrays';
import { execute, rows } from './database';

/**
 * Statements whose columns have names. A table is declared once, with the name, the type and the value of
 * each column on one line; the statement's text follows from the declaration alone, so it is built once and
 * prepared. Many rows go to PostgreSQL as one array for each column (`unnest`).
 */
export interface Column<Row> {
  /** The PostgreSQL type of one value. */
  readonly type: BinaryType;
  /** The value of a row; null or undefined is SQL's null. */
  encode(row: Row): unknown;
  /** Set for short texts: one text of them all is made faster than many small pieces, and few need quotes. */
  readonly isQuoted?: boolean;
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

/** A part of a larger statement, as `with name as (text)`, and the values of the names in it. */
export interface StatementPart {
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
}

type Database = Knex | Knex.Transaction;
/** Columns that have one value for all rows of a statement, by name. */
type Shared = Readonly<Record<string, unknown>>;
type Nullable<T> = T | null | undefined;

export const uuid = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('uuid', value);
export const text = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => ({
  ...column('text', value),
  isQuoted: true,
});
/** A text with many characters that would need quotes. */
export const jsonAsText = <Row>(value: (row: Row) => string): Column<Row> => column('text', value);
export const bytea = <Row>(value: (row: Row) => Nullable<Buffer>): Column<Row> => column('bytea', value);
export const bool = <Row>(value: (row: Row) => Nullable<boolean>): Column<Row> => column('bool', value);
export const int2 = <Row>(value: (row: Row) => Nullable<number>): Column<Row> => column('int2', value);
export const int4 = <Row>(value: (row: Row) => Nullable<number>): Column<Row> => column('int4', value);
export const int8 = <Row>(value: (row: Row) => Nullable<bigint>): Column<Row> => column('int8', value);
/** A calendar day, `YYYY-MM-DD`. */
export const date = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('date', value);
export const timestamptz = <Row>(value: (row: Row) => Nullable<Date>): Column<Row> =>
  column('timestamptz', value);

/** Any JSON value. Undefined and null are SQL's null, not JSON's. */
export const jsonb = <Row>(value: (row: Row) => unknown): Column<Row> =>
  column('jsonb', (row) => {
    const json = value(row);
    return json === undefined || json === null ? null : JSON.stringify(json);
  });

/** A JSON value that is text already. */
export const jsonbText = <Row>(value: (row: Row) => Nullable<string>): Column<Row> => column('jsonb', value);

function column<Row>(type: BinaryType, encode: (row: Row) => unknown): Column<Row> {
  return { type, encode };
}

/** Declares a table, or those of its columns that one statement writes. */
export function table<Row>(name: string, columns: Readonly<Record<string, Column<Row>>>): Table<Row> {
  const keys = Object.keys(columns);
  [name, ...keys].forEach(checkName);
  const names = keys.join(', ');
  const arrays = keys.map((key) => `:${name}.${key}::${columns[key]!.type}[]`).join(', ');
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

function arrayOf<Row>(column: Column<Row>, list: readonly Row[]): string | Buffer {
  const values = list.map((row) => column.encode(row));
  return column.isQuoted === true
    ? quotedArray(values as Nullable<string>[])
    : binaryArray(column.type, values);
}

/** Needs no quotes in the text of an array. */
const PLAIN = /^[A-Za-z0-9_.:/@+-]+$/;
/** In capitals or not; a text that has as many letters is quoted. */
const NULL = 'NULL';

function quotedArray(values: readonly Nullable<string>[]): string {
  let literal = '';
  for (const value of values) {
    if (literal !== '') literal += ',';
    if (value === null || value === undefined) literal += NULL;
    else if (PLAIN.test(value) && value.length !== NULL.length) literal += value;
    else literal += `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
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
