import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import knexFactory, { type Knex } from 'knex';
import { types } from 'pg';
import { runMigrations } from 'bullmq';

// int8 is bigint everywhere: a paise value must never pass through a float.
types.setTypeParser(types.builtins.INT8, (text) => BigInt(text));
types.setTypeParser(
  1016 as typeof types.builtins.INT8,
  (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt)) as never,
);

/** Migration names without the extension, so that a database migrated from sources and one migrated from the build agree. */
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
    return require(path.join(this.dir, file)) as Knex.Migration;
  }
}

export interface DatabaseOptions {
  /** Connections at most. */
  max?: number;
  /** Shown in pg_stat_activity: `munim-<process>`. */
  applicationName?: string;
}

/**
 * A knex on a PostgreSQL URL. Time-outs keep one frozen process from stopping the others: 4 s idle inside a database transaction, 5 s for a lock (so
 * that who waits for a frozen one gets its turn instead of giving up), 30 s for a statement.
 */
export function makeKnex(url: string, options: DatabaseOptions = {}): Knex {
  return knexFactory({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'munim',
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 4_000,
      statement_timeout: 30_000,
      keepAlive: true,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.max ?? 10 },
    // what goes wrong with a connection reaches the caller as an error, and the log once; knex would print it as well
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    acquireConnectionTimeout: 10_000,
    migrations: {
      migrationSource: new Migrations(path.join(__dirname, '..', 'migrations')),
      tableName: 'schema_migrations',
    },
  });
}

/** Brings the schema to the newest version; with `queues`, BullMQ's own tables too (schema `bullmq`). Safe to run again. */
export async function migrateAll(knex: Knex, options: { queues: boolean }): Promise<void> {
  await knex.migrate.latest();
  if (!options.queues) return;
  const client = await knex.client.acquireConnection();
  try {
    await runMigrations(client);
  } finally {
    await knex.client.releaseConnection(client);
  }
}

/** Rows of a raw statement, typed by the caller. */
export async function rows<T>(
  db: Knex | Knex.Transaction,
  sql: string,
  bindings: readonly unknown[] = [],
): Promise<T[]> {
  const result = await run<{ rows: T[] }>(db, sql, bindings);
  return result.rows;
}

/** Runs a raw statement and returns how many rows it touched. */
export async function execute(
  db: Knex | Knex.Transaction,
  sql: string,
  bindings: readonly unknown[] = [],
): Promise<number> {
  const result = await run<{ rowCount: number | null }>(db, sql, bindings);
  return result.rowCount ?? 0;
}

/** Statements with values are prepared: each connection parses and plans a text of ours once. */
function run<R>(db: Knex | Knex.Transaction, sql: string, bindings: readonly unknown[]): Promise<R> {
  const raw = db.raw<R>(sql, bindings as Knex.RawBinding[]);
  return (bindings.length === 0 ? raw : raw.options({ name: nameOf(sql) })) as unknown as Promise<R>;
}

const names = new Map<string, string>();

/** The same short name for the same text, in every process. */
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha256').update(sql).digest('base64url').slice(0, 22);
    names.set(sql, name);
  }
  return name;
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
  return /(?:^| - )(?:Connection terminated|Connection ended|Client has encountered a connection error|Client was closed|Knex: Timeout acquiring)[^\n]*$/.test(
    message,
  );
}

/** Deadlock, serialisation failure or a lock that was not had in time: nothing was written and the same work may be tried again. */
export function isRetryableError(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && RETRYABLE_STATES.has(code);
}
