import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import knexFactory, { type Knex } from 'knex';
import { types, type Client, type QueryConfig } from 'pg';
import { binaryArray, type BinaryType } from './binary-arrays';
import { applyPolicies, countPolicyRows, markLostPolicies } from './policy-files';
import { grantPrivileges } from './roles';
import { LimitedClient, STATEMENT_MS } from './postgres-client';
import { readUtcTime } from './time-text';

const INT8_ARRAY = 1016 as typeof types.builtins.INT8;
const NUMERIC_ARRAY = 1231 as typeof types.builtins.INT8;
const TEXT_ARRAY = 1009 as typeof types.builtins.TEXT;

// int8 is bigint everywhere: a paise value must never pass through a float. A numeric, which is what a sum of
// them is, stays text, in an array too.
const readTexts = types.getTypeParser(TEXT_ARRAY, 'text') as unknown as (text: string) => (string | null)[];
types.setTypeParser(types.builtins.INT8, (text) => BigInt(text));
types.setTypeParser(
  INT8_ARRAY,
  (text: string) => readTexts(text).map((value) => (value === null ? null : BigInt(value))) as never,
);
types.setTypeParser(NUMERIC_ARRAY, (text: string) => readTexts(text) as never);

const readTime = types.getTypeParser(types.builtins.TIMESTAMPTZ, 'text') as (text: string) => Date;
types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => readUtcTime(text) ?? readTime(text));

/** Rows of policies that go with the way back of a migration are inserted again by the next `applyPolicies`. */
async function withPolicies(knex: Knex, migration: Knex.Migration): Promise<void> {
  const before = await countPolicyRows(knex);
  await migration.down?.(knex);
  if (before !== undefined) await markLostPolicies(knex, before);
}

/**
 * Migration names without the extension, so that a database migrated from sources and one migrated from the
 * build agree.
 */
class Migrations implements Knex.MigrationSource<string> {
  constructor(private readonly dir: string) {}
  async getMigrations(): Promise<string[]> {
    return fs
      .readdirSync(this.dir)
      .filter((f) => /^\d{14}_.+\.(ts|js)$/.test(f) && !f.endsWith('.d.ts'))
      .toSorted();
  }
  getMigrationName(file: string): string {
    return file.replace(/\.(ts|js)$/, '');
  }
  async getMigration(file: string): Promise<Knex.Migration> {
    const migration = require(path.join(this.dir, file)) as Knex.Migration;
    return { ...migration, down: (knex) => withPolicies(knex, migration) };
  }
}

export interface DatabaseOptions {
  /** Connections at most. */
  max?: number;
  /** Shown in pg_stat_activity: `munim-<process>`. */
  applicationName?: string;
  /** The longest that a statement may take, ms; `LONG_WORK_MS` for migrations and checks of whole tables. */
  statementMs?: number;
  /** The longest wait for a connection of the pool, ms. */
  acquireMs?: number;
  /** More settings of each session. */
  session?: Readonly<Record<string, string | number>>;
}

/**
 * For a process that answers requests, each within ten seconds: a statement of 6 s, 2 s more until a connection
 * that says nothing is given up, and 4 s for one of the pool.
 */
export const ANSWERING: DatabaseOptions = { statementMs: 6_000, acquireMs: 4_000 };

/** For statements that read or change whole tables, ms. */
export const LONG_WORK_MS = 1_800_000;

/** So long is a connection kept that nobody needs, ms. */
export const IDLE_MS = 10_000;
const ACQUIRE_MS = 10_000;

/** The longest that a statement of a list may take, ms: a page costs a few ms, whatever the history. */
export const LIST_MS = 2_000;
const LIST_ACQUIRE_MS = 3_000;
/**
 * Settings of the sessions that read lists: one plan for all values, by the index that has the order of the list.
 * The planner takes another where it thinks that few rows fit, and reads the whole history of a user.
 */
export const LIST_PLANS = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_sort: 'off',
  enable_incremental_sort: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
} as const;

/**
 * Settings of the sessions that work on rows as they come. A connection keeps the plans of its first minute, and in a
 * new database those are made while the tables are empty: reading the whole table is right then, and goes on while it
 * grows to millions of rows. The rows of such work are always found by an index.
 */
export const GROWING_TABLES = { enable_seqscan: 'off', jit: 'off' } as const;

/**
 * Sessions of a process of the platform: one that is frozen inside a database transaction keeps its locks no longer. Nobody
 * waits so for a command or a test, which on a busy machine may stand still for longer.
 */
export const OF_A_PROCESS = { idle_in_transaction_session_timeout: 4_000 } as const;

/**
 * A knex on a PostgreSQL URL. Time-outs keep one frozen program from stopping the others: a minute idle inside a
 * database transaction (`OF_A_PROCESS`: 4 s), 5 s for a lock (so that who waits for a frozen process gets its turn
 * instead of giving up), 18 s for a statement, 20 s for an answer on a connection that fell silent. Connections that
 * nobody needs are given back after 10 s.
 */
export function makeKnex(url: string, options: DatabaseOptions = {}): Knex {
  const knex = knexFactory({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'munim',
      statementMs: options.statementMs ?? STATEMENT_MS,
      session: { lock_timeout: 5_000, idle_in_transaction_session_timeout: 60_000, ...options.session },
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.max ?? 10, idleTimeoutMillis: IDLE_MS },
    // what goes wrong with a connection reaches the caller as an error, and the log once; knex would print it
    // as well
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    acquireConnectionTimeout: options.acquireMs ?? ACQUIRE_MS,
    migrations: {
      migrationSource: new Migrations(path.join(__dirname, '..', 'migrations')),
      tableName: 'schema_migrations',
    },
  });
  const client = knex.client as { driver: object };
  client.driver = { ...client.driver, Client: LimitedClient };
  return knex;
}

/**
 * A knex for lists and searches. Its connections are a share of their own, so that readers of lists never
 * take those that accept money; its statements have a short time; and each list is read from the index that has
 * it in order, even where the planner takes the table for a small one: a plan is kept while the table grows.
 */
export function makeListsKnex(
  url: string,
  options: Pick<DatabaseOptions, 'max' | 'applicationName'> = {},
): Knex {
  return makeKnex(url, {
    ...options,
    statementMs: LIST_MS,
    acquireMs: LIST_ACQUIRE_MS,
    session: { ...OF_A_PROCESS, ...LIST_PLANS },
  });
}

/**
 * Brings the schema to the newest version and applies the files of `policies/`; with `queues`, BullMQ's own
 * tables too (schema `bullmq`). Then each role is granted what it may do. Safe to run again.
 */
export async function migrateAll(knex: Knex, options: { queues: boolean }): Promise<void> {
  await knex.migrate.latest();
  await applyPolicies(knex);
  if (options.queues) await migrateQueues(knex);
  await grantPrivileges(knex);
}

async function migrateQueues(knex: Knex): Promise<void> {
  const { runMigrations } = await import('bullmq'); // large, and of no use to whoever has a database and no queues
  const client = await knex.client.acquireConnection();
  try {
    await runMigrations(client);
  } finally {
    await knex.client.releaseConnection(client);
  }
}

/** Values by position (`?`), or by name (`:name`). */
export type Bindings = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Rows of a raw statement. `T` is the caller's word: its keys must be the statement's columns, which tests
 * hold.
 */
export async function rows<T>(
  db: Knex | Knex.Transaction,
  sql: string,
  bindings: Bindings = [],
): Promise<T[]> {
  const check = watch?.(sql);
  const result = await run<{ rows: T[]; fields?: { name: string }[] }>(db, sql, bindings);
  check?.(result.fields?.map(({ name }) => name) ?? []);
  return result.rows;
}

/**
 * Called where rows are asked for, so that the caller is on the stack; what it returns is given the columns
 * that came.
 */
export type RowsWatch = (sql: string) => ((columns: readonly string[]) => void) | undefined;

let watch: RowsWatch | undefined;

/** For tests, which compare the columns with the type that the caller gave to its rows. */
export function watchRows(by: RowsWatch): void {
  watch = by;
}

/** Runs a raw statement and returns how many rows it touched. */
export async function execute(
  db: Knex | Knex.Transaction,
  sql: string,
  bindings: Bindings = [],
): Promise<number> {
  const result = await run<{ rowCount: number | null }>(db, sql, bindings);
  return result.rowCount ?? 0;
}

/** A text as PostgreSQL takes it, with `$1` where values come. */
interface Statement {
  text: string;
  /** The same short name for the same text, in every process. */
  name: string;
  /** Of each value, where values have names: a name that comes twice is sent twice. */
  keys: readonly string[];
  /** Of the values that are arrays of ids or bytes, as their cast says: the driver would escape each element. */
  arrays: readonly (readonly [place: number, type: BinaryType])[];
}

const statements = new Map<string, Statement>();

/** What the knex of a pool and that of a transaction have, and the types leave out. */
interface Connections {
  acquireConnection(): Promise<Client>;
  releaseConnection(connection: Client): Promise<void>;
  emit(event: 'query', query: { sql: string; bindings: readonly unknown[] }): void;
}

/**
 * Statements with values are prepared: each connection parses and plans a text of ours once. They go to the driver by
 * themselves: knex gives out the connections, and for a text that is whole it would do nothing but cost.
 */
async function run<R>(db: Knex | Knex.Transaction, sql: string, bindings: Bindings): Promise<R> {
  if ((db as Partial<Knex.Transaction>).isCompleted?.() === true)
    throw new Error('the database transaction has ended: the statement belongs to none');
  const { given, ...query } = queryOf(sql, bindings);
  const connections = db.client as Connections;
  const connection = await connections.acquireConnection();
  try {
    connections.emit('query', { sql: query.text, bindings: given });
    return await new Promise<R>((resolve, reject) => {
      connection.query(query, (error: Error | null, result) => {
        if (error === null || error === undefined) resolve(result as R);
        else reject(error);
      });
    });
  } finally {
    void connections.releaseConnection(connection);
  }
}

/** `given`: the values as the caller has them. Throws when one is undefined, which would be written as null. */
function queryOf(sql: string, bindings: Bindings): QueryConfig & { given: readonly unknown[] } {
  if (isList(bindings) && bindings.length === 0) return { text: sql, given: [] };
  const { text, name, keys, arrays } = statementOf(sql, bindings);
  const given = isList(bindings) ? bindings : keys.map((key) => bindings[key]);
  if (given.includes(undefined)) throw new TypeError(`a value is undefined: ${text}`);
  const values = [...given];
  for (const [place, type] of arrays) {
    const value = values[place];
    if (Array.isArray(value)) values[place] = binaryArray(type, value);
  }
  return { text, name, values, given };
}

/** Throws when a text that is new has a name without a value, or a value without a name. */
function statementOf(sql: string, bindings: Bindings): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const keys: string[] = [];
  let places = 0;
  const text = isList(bindings)
    ? sql.replaceAll(PLACE, () => `$${(places += 1)}`)
    : sql.replaceAll(NAMED_VALUE, (_whole, key: string) => `$${keys.push(key)}`);
  if (isList(bindings)) {
    if (places !== bindings.length) throw new Error(`${bindings.length} values for ${places} places`);
  } else refuseUnmatched(keys, Object.keys(bindings));
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  const arrays = [...text.matchAll(BINARY_CAST)].map(
    ([, place, type]) => [Number(place) - 1, type as BinaryType] as const,
  );
  const statement = { text, name, keys, arrays };
  statements.set(sql, statement);
  return statement;
}

function refuseUnmatched(keys: readonly string[], given: readonly string[]): void {
  const unmatched = [...keys.filter((k) => !given.includes(k)), ...given.filter((k) => !keys.includes(k))];
  if (unmatched.length > 0)
    throw new Error(`names without a value, or values without a name: ${unmatched.join(', ')}`);
}

const PLACE = /\?/g;
const BINARY_CAST = /\$(\d+)::(uuid|bytea)\[\]/g;
/** `:name` or `:table.column`; not the type of a cast. */
const NAMED_VALUE = /(?<!:):([a-z]\w*(?:\.\w+)?)/g;

function isList(bindings: Bindings): bindings is readonly unknown[] {
  return Array.isArray(bindings);
}

/** 25006: a server that has become a standby, which is what a connection finds after a failover. */
const CONNECTION_STATES = new Set([
  '25006',
  '25P03',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '08000',
  '08003',
  '08006',
  '08001',
  '08004',
  '53300',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const BROKEN = [
  'Connection terminated',
  'Connection ended',
  'Client has encountered a connection error',
  'Client was closed',
  'timeout expired', // while it was being set up
  'Knex: Timeout acquiring',
];
const CONNECTION_MESSAGE = new RegExp(`(?:^| - )(?:${BROKEN.join('|')})[^\\n]*$`);
const RETRYABLE_STATES = new Set(['40P01', '40001', '55P03']);

/** The SQLSTATE or socket code of an error of the driver, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The connection broke: whether a commit under way took effect is unknown. */
export function isConnectionError(error: unknown): boolean {
  const code = sqlState(error);
  if (code !== undefined) return CONNECTION_STATES.has(code);
  const message = error instanceof Error ? error.message : '';
  // knex puts the statement before the driver's words: `COMMIT; - Client has encountered …`.
  return CONNECTION_MESSAGE.test(message);
}

/**
 * Deadlock, serialisation failure or a lock that was not had in time: nothing was written and the same work
 * may be tried again.
 */
export function isRetryableError(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && RETRYABLE_STATES.has(code);
}

/** The server has ended a statement that took longer than one may: nothing was written. */
export function isOutOfTime(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** The error for a violated constraint, by the constraint's name. */
export type ConstraintErrors = Readonly<Record<string, (cause: unknown) => Error>>;

/**
 * The error to throw for an error of the driver: the one that the table has for its constraint, else itself.
 */
export function errorOfConstraint(error: unknown, errors: ConstraintErrors): unknown {
  const name = (error as { constraint?: unknown } | null)?.constraint;
  if (typeof name !== 'string' || sqlState(error)?.startsWith('23') !== true) return error;
  return Object.hasOwn(errors, name) ? errors[name]!(error) : error;
}
