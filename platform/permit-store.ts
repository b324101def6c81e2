import { Pool, types, type PoolConfig } from 'pg';
import { RateLimiterPostgres, RateLimiterRedis, type RateLimiterStoreAbstract } from 'rate-limiter-flexible';
import { LimitedClient } from './postgres-client';
import { connectRedis } from './queue/redis-connection';
import type { PermitStore } from './permits';

/**
 * Where permits are counted: in Redis with PostgreSQL as its insurance, or in PostgreSQL where there is no Redis.
 * While Redis is away the counts go on in PostgreSQL, from nothing: within one window a caller may get twice its
 * limit, and is never refused for want of a store. With both away `count` rejects. The windows in PostgreSQL are
 * those of the processes' clocks, which NTP keeps together.
 */
export interface PermitStoreSettings {
  databaseUrl: string;
  redisUrl?: string | undefined;
  /** Begins the keys in Redis. */
  prefix: string;
  onError?(error: unknown): void;
}

const TABLE = 'request_permits';
const CONNECTIONS = 2;
/** A store that takes longer than this to answer is away: whoever waits is a request. */
const REDIS_MS = 250;
const STATEMENT_MS = 4_000;
const CONNECT_MS = 5_000;
const CLEAN_EVERY_MS = 300_000;

export function createPermitStore(settings: PermitStoreSettings): PermitStore & { close(): Promise<void> } {
  const pool = new Pool(poolOf(settings.databaseUrl));
  pool.on('error', (error) => settings.onError?.(error));
  // `points` decides nothing here: `penalty` counts, and whoever asked compares.
  const inPostgres = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: TABLE,
    tableCreated: true,
    keyPrefix: '',
    points: 1,
    duration: 1,
  });
  const redis = settings.redisUrl === undefined ? undefined : redisOf(settings.redisUrl, settings);
  const limiter: RateLimiterStoreAbstract =
    redis === undefined
      ? inPostgres
      : new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: `${settings.prefix.replaceAll(/[{}]/g, '')}:permits`,
          points: 1,
          duration: 1,
          rejectIfRedisNotReady: true,
          insuranceLimiter: inPostgres,
        });
  const cleaning = setInterval(() => {
    pool
      .query(`delete from ${TABLE} where expire < $1`, [Date.now() - CLEAN_EVERY_MS])
      .catch((error: unknown) => settings.onError?.(error));
  }, CLEAN_EVERY_MS);
  cleaning.unref();
  return {
    async count(key, n, windowS) {
      const count = () => limiter.penalty(key, n, { customDuration: windowS });
      // A connection that was idle may be dead: the next one is not. What was counted twice is refused early.
      const counted = await count().catch(count);
      return { total: counted.consumedPoints, endsInMs: Math.max(0, counted.msBeforeNext) };
    },
    async close() {
      clearInterval(cleaning);
      redis?.disconnect();
      await pool.end();
    },
  };
}

/** A few connections of its own: a pool that is full of other work does not stop the counting. */
function poolOf(databaseUrl: string): PoolConfig {
  const config = {
    connectionString: databaseUrl,
    application_name: 'munim-permits',
    max: CONNECTIONS,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: CONNECT_MS,
    Client: LimitedClient,
    statementMs: STATEMENT_MS,
    // A count that a crash loses is no loss.
    session: { synchronous_commit: 'off' },
    // The library computes with the end of the window, which is bigint everywhere else.
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === (types.builtins.INT8 as number)
          ? Number
          : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  };
  // The types leave out that a client has settings of its own, and that it is made with them.
  return config as unknown as PoolConfig;
}

function redisOf(url: string, settings: PermitStoreSettings) {
  const client = connectRedis(url, 'producer', { silenceMs: 1_000, commandMs: REDIS_MS });
  client.on('error', (error: unknown) => settings.onError?.(error));
  return client;
}
