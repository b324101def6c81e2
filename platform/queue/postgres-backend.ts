/**
 * BullMQ's PostgreSQL backend, made to outlive the database. Left alone it
 * 1. keeps the rejection of its first connection: a worker that starts while the database is down
 *    never works;
 * 2. takes most broken connections for ordinary errors: it repeats the fetch without a pause, and gives up on
 *    marking a job as done, which then waits for its lock to expire and runs twice. So readiness is
 *    remembered only when it succeeded, and what breaks a connection is reported in the form that BullMQ
 *    waits and repeats on.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
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
import { Pool, types, type PoolConfig } from 'pg';
import { IDLE_MS, isConnectionError } from '../database';
import { createListener, type Listener } from '../listener';
import { createTurn, type Turn } from '../turn';
import { LimitedClient, type LimitedClientConfig } from '../postgres-client';

const INT8: number = types.builtins.INT8;

/**
 * What the queues and workers of one process share: a pool for their statements, and the connection that
 * listens for new jobs. At rest that is two connections, whatever the number of queues.
 */
export interface PostgresPlace {
  readonly pool: Pool;
  readonly listener: Listener;
  /** For what may wait. */
  readonly turn: Turn;
  /** The last to leave closes both; at most 2 s. */
  leave(): Promise<void>;
}

interface OpenPlace {
  pool: Pool;
  listener: Listener;
  turn: Turn;
  users: number;
}

/** So many connections at most for each queue or worker that shares the pool. */
export const CONNECTIONS_EACH = 4;
const CLOSE_MS = 2_000;
const ANSWER_MS = 15_000;
const JOBS_CHANNEL = 'bullmq_jobs';
const places = new Map<string, OpenPlace>();

/** Each user raises what the pool may hold, as if it had one of its own. */
export function enterPlace(databaseUrl: string, answerWithinMs = ANSWER_MS): PostgresPlace {
  const key = `${databaseUrl} ${answerWithinMs}`;
  const place = places.get(key) ?? openPlace(databaseUrl, answerWithinMs);
  places.set(key, place);
  place.users += 1;
  resize(place);
  let left = false;
  return {
    pool: place.pool,
    listener: place.listener,
    turn: place.turn,
    leave: async () => {
      if (left) return;
      left = true;
      place.users -= 1;
      resize(place);
      if (place.users > 0) return;
      places.delete(key);
      await Promise.race([
        Promise.allSettled([place.listener.close(), place.pool.end()]),
        pause(CLOSE_MS, undefined, { ref: false }),
      ]);
    },
  };
}

function resize({ pool, users }: OpenPlace): void {
  pool.options.max = Math.max(1, users) * CONNECTIONS_EACH;
}

function openPlace(databaseUrl: string, answerWithinMs: number): OpenPlace {
  return {
    pool: queuePool(databaseUrl, answerWithinMs),
    listener: createListener({ databaseUrl, applicationName: 'munim-queue-listen' }),
    turn: createTurn(),
    users: 0,
  };
}

/**
 * The pool of queue statements. BullMQ expects int8 as text, as the driver gives it unless told otherwise
 * (platform/database.ts does).
 */
function queuePool(databaseUrl: string, answerWithinMs: number): Pool {
  const config: LimitedClientConfig & PoolConfig = {
    connectionString: databaseUrl,
    max: CONNECTIONS_EACH,
    idleTimeoutMillis: IDLE_MS,
    application_name: 'munim-queues',
    connectionTimeoutMillis: 3_000,
    statementMs: answerWithinMs,
    session: { search_path: 'bullmq' },
    Client: LimitedClient as unknown as NonNullable<PoolConfig['Client']>,
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8
          ? (text: string) => text
          : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  };
  const pool = new Pool(config);
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

/** What BullMQ's workers ask while they have nothing to do. */
const AT_REST =
  /\b(?:has_waiting_job|next_delay|move_stalled_jobs_to_wait)\b|^-- Whether the queue has a claimable/;

export class LastingPool implements PgPool {
  constructor(
    private readonly pool: Pool,
    private readonly turn: Turn,
  ) {}
  // BullMQ reads it to learn whether a dead LISTEN connection will be noticed
  get options(): { keepAlive: boolean } {
    return { keepAlive: true };
  }
  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    // workers without work take turns: together they would keep two connections each
    return AT_REST.test(text) ? this.turn(() => this.run(text, params)) : this.run(text, params);
  }
  private async run<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
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

type PgListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** The listening connection of the process as BullMQ wants it: a client of its own. */
class SharedListenClient extends EventEmitter implements PgListenClient {
  private stop: (() => void) | undefined;
  constructor(
    private readonly listener: Listener,
    private readonly missed: () => void,
  ) {
    super();
  }
  /** Whatever BullMQ asks for here, it is to hear of new jobs. */
  async query<R>(): Promise<PgQueryResult<R>> {
    this.stop ??= this.listener.listen(JOBS_CHANNEL, (payload) => {
      if (payload === undefined) this.missed();
      else this.emit('notification', { channel: JOBS_CHANNEL, payload });
    });
    return { rows: [] };
  }
  end(): void {
    this.stop?.();
  }
}

class LastingConnection extends PostgresConnection {
  private ready: Promise<void> | undefined;
  private readonly shared: SharedListenClient;

  constructor({ pool, listener, turn }: PostgresPlace) {
    super(new LastingPool(pool, turn));
    this.shared = new SharedListenClient(listener, () => {
      this.emit('listenerinvalidated'); // who waits looks for itself
    });
    this.shared.setMaxListeners(0);
  }

  override async getListenClient(): Promise<PgListenClient> {
    return this.shared;
  }

  override get hasListenClientKeepAlive(): boolean {
    return true;
  }

  override async close(): Promise<void> {
    this.shared.end();
    await super.close();
  }

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

/** Makes the backend in a place, which the caller leaves after the queue or worker is closed. */
export const createLastingBackend: BackendFactory<PostgresQueueBackend, PostgresPlace> = (name, opts) => {
  const options = { ...opts, connection: opts.connection.pool };
  return new LastingBackend(new LastingConnection(opts.connection), name, options, true);
};
