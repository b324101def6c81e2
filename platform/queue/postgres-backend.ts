/**
 * BullMQ's PostgreSQL backend, made to outlive the database. Left alone it
 * 1. keeps the rejection of its first connection: a worker that starts while the database is down
 *    never works;
 * 2. takes most broken connections for ordinary errors: it repeats the fetch without a pause, and gives up on
 *    marking a job as done, which then waits for its lock to expire and runs twice. So readiness is
 *    remembered only when it succeeded, and what breaks a connection is reported in the form that BullMQ
 *    waits and repeats on.
 */
import { isNativeError } from 'node:util/types';
import {
  assertSchemaCompatibility,
  PostgresConnection,
  PostgresQueueBackend,
  type BackendFactory,
  type PgPool,
  type PgPoolClient,
  type PgQueryResult,
} from 'bullmq';
import { Pool, types } from 'pg';
import { isConnectionError } from '../database';

const INT8: number = types.builtins.INT8;

/**
 * The pool of queue statements. BullMQ expects int8 as text, as the driver gives it unless told otherwise
 * (platform/database.ts does).
 */
export function queuePool(databaseUrl: string, options: { max: number; applicationName: string }): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: options.max,
    application_name: options.applicationName,
    options: '-c search_path=bullmq',
    connectionTimeoutMillis: 3_000,
    statement_timeout: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8
          ? (text: string) => text
          : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  pool.setMaxListeners(0); // one listener per queue of the process
  pool.on('error', () => undefined); // an idle client that drops is replaced by the next query
  return pool;
}

/** BullMQ recognises this code as "the connection broke": it waits, then does the same again. */
class ConnectionLost extends Error {
  readonly code = 'ECONNREFUSED';
  constructor(cause: Error) {
    super(`the database connection broke: ${cause.message}`, { cause });
    this.name = 'ConnectionLost';
  }
}

function isBroken(error: unknown): error is Error {
  if (!isNativeError(error)) return false; // not `instanceof`: a socket's error may come from another realm
  return (
    isConnectionError(error) ||
    /^(timeout exceeded when trying to connect|Query read timeout)/.test(error.message) ||
    error.name === 'AggregateError'
  );
}

export class LastingPool implements PgPool {
  constructor(private readonly pool: Pool) {}
  // BullMQ reads it to learn whether a dead LISTEN connection will be noticed
  get options(): { keepAlive: boolean } {
    return { keepAlive: true };
  }
  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    try {
      return (await this.pool.query(text, params as unknown[])) as PgQueryResult<never>;
    } catch (error) {
      throw isBroken(error) ? new ConnectionLost(error) : error;
    }
  }
  async connect(): Promise<PgPoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw isBroken(error) ? new ConnectionLost(error) : error;
    }
  }
  async end(): Promise<void> {
    await this.pool.end();
  }
  on(
    event: 'error' | 'connect',
    listener: ((error: Error) => void) & ((client: PgPoolClient) => void),
  ): this {
    this.pool.on(event as 'error', listener);
    return this;
  }
  removeAllListeners(event?: string): this {
    this.pool.removeAllListeners(event);
    return this;
  }
}

class LastingConnection extends PostgresConnection {
  private ready: Promise<void> | undefined;

  override async waitUntilReady(): Promise<void> {
    this.ready ??= this.check();
    try {
      await this.ready;
    } catch (error) {
      this.ready = undefined;
      throw error;
    }
  }

  private async check(): Promise<void> {
    await assertSchemaCompatibility(this.pool, this.schema);
    setImmediate(() => this.emit('ready'));
  }
}

class LastingBackend extends PostgresQueueBackend {
  override async waitUntilReady(): Promise<void> {
    await this.connection.waitUntilReady();
  }
}

/**
 * Makes the backend over a pool from `queuePool`, which the caller ends after the queue or worker is closed.
 */
export const createLastingBackend: BackendFactory<PostgresQueueBackend, Pool> = (name, opts) =>
  new LastingBackend(new LastingConnection(new LastingPool(opts.connection)), name, opts, true);
