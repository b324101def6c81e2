/**
 * Redis by URL, in one of three forms; `rediss://` is the same over TLS.
 * - one server:  `redis://[user[:password]@]host[:port][/db]`
 * - Sentinels:   `redis://[user[:password]@]host:port,host:port[/db]?sentinel=<master name>` and, if they
 *   have one, `&sentinelPassword=…`
 * - a cluster:   `redis://[user[:password]@]host:port,host:port[?cluster]`, or one host with `?cluster`
 */
import {
  Cluster,
  Redis,
  SentinelConnector,
  type RedisOptions,
  type SentinelConnectionOptions,
} from 'ioredis';

export type RedisClient = Redis | Cluster;

export interface RedisTarget {
  kind: 'single' | 'sentinel' | 'cluster';
  nodes: { host: string; port: number }[];
  db: number;
  username?: string;
  password?: string;
  tls: boolean;
  master?: string;
  sentinelPassword?: string;
}

const FORM = /^(rediss?):\/\/(?:([^@/]*)@)?([^/?@]+)(?:\/(\d*))?(?:\?(.*))?$/;
const RETRY_STEP_MS = 50;
const RETRY_MAX_MS = 1_000;
/** The longest that a Sentinel may take to say who is master, ms: one may be frozen like its master. */
const SENTINEL_MS = 2_000;
/** A Sentinel that is away is tried again so often, ms. */
const SENTINEL_AGAIN_MS = 5_000;
const PRODUCER_SILENCE_MS = 5_000;
/** Longer than a worker waits for a job (5 s). */
const WORKER_SILENCE_MS = 15_000;

/** Reads a Redis URL. Throws an Error that does not repeat it, since it may hold a password. */
export function parseRedisUrl(url: string): RedisTarget {
  const match = FORM.exec(url);
  if (!match) throw new Error('the Redis URL is not of a known form');
  const [, scheme, credentials, hosts = '', db, query] = match;
  const parameters = new URLSearchParams(query ?? '');
  const master = parameters.get('sentinel') ?? undefined;
  const nodes = hosts.split(',').map((text) => parseNode(text, master === undefined ? 6379 : 26_379));
  const [username, ...rest] = (credentials ?? '').split(':');
  const password = rest.join(':');
  const single = nodes.length === 1 && !parameters.has('cluster');
  return {
    kind: master === undefined ? (single ? 'single' : 'cluster') : 'sentinel',
    nodes,
    db: db ? Number(db) : 0,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    tls: scheme === 'rediss',
    ...(master === undefined ? {} : { master }),
    ...(parameters.get('sentinelPassword') ? { sentinelPassword: parameters.get('sentinelPassword')! } : {}),
  };
}

function parseNode(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  if (!match) throw new Error('the Redis URL names a host that is not of a known form');
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: match[2] ? Number(match[2]) : defaultPort };
}

/**
 * `producer` fails at once while Redis is down: the row is durable and will be queued again, so nobody should
 * wait. `worker` keeps its commands and reconnects at least once a second, so it needs no restart. A connection
 * that owes an answer and stays silent (5 s, 15 s for a worker, or `silenceMs`) is replaced; behind Sentinels
 * also when they name another master. A command fails that is not answered within `commandMs`.
 */
export function connectRedis(
  url: string,
  role: 'producer' | 'worker',
  { silenceMs, commandMs }: { silenceMs?: number; commandMs?: number } = {},
): RedisClient {
  const target = parseRedisUrl(url);
  const retryStrategy = (times: number): number => Math.min(times * RETRY_STEP_MS, RETRY_MAX_MS);
  const common: RedisOptions = {
    ...(target.username ? { username: target.username } : {}),
    ...(target.password ? { password: target.password } : {}),
    ...(target.tls ? { tls: {} } : {}),
    // after a failover the old master answers READONLY: reconnect and send the command again
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    keepAlive: 10_000,
    ...(commandMs === undefined ? {} : { commandTimeout: commandMs }),
    ...(role === 'producer'
      ? // a server that hangs with the connection open must not collect commands without end
        {
          maxRetriesPerRequest: 1,
          enableOfflineQueue: false,
          socketTimeout: silenceMs ?? PRODUCER_SILENCE_MS,
          connectTimeout: 2_000,
        }
      : {
          maxRetriesPerRequest: null,
          socketTimeout: silenceMs ?? WORKER_SILENCE_MS,
          connectTimeout: 5_000,
        }),
  };
  if (target.kind === 'cluster') {
    return new Cluster(target.nodes, {
      redisOptions: common,
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: role === 'worker',
      slotsRefreshTimeout: 2_000,
    });
  }
  if (target.kind === 'sentinel') {
    return new Redis({
      ...common,
      db: target.db,
      retryStrategy,
      sentinels: target.nodes,
      name: target.master ?? '',
      sentinelRetryStrategy: retryStrategy,
      sentinelCommandTimeout: SENTINEL_MS,
      failoverDetector: true,
      Connector: LastingSentinelConnector,
      sentinelReconnectStrategy: () => SENTINEL_AGAIN_MS,
      ...(target.sentinelPassword ? { sentinelPassword: target.sentinelPassword } : {}),
      ...(target.tls ? { enableTLSForSentinelMode: true } : {}),
    });
  }
  return new Redis({
    ...common,
    db: target.db,
    retryStrategy,
    host: target.nodes[0]!.host,
    port: target.nodes[0]!.port,
  });
}

/**
 * Stops watching for a change of master when the connection is gone, before it asks for the master again. Left
 * alone, ioredis watches on: a change that is told while it asks breaks off the asking, and the client never
 * connects again.
 */
class LastingSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(
    onError: Parameters<SentinelConnector['connect']>[0],
  ): ReturnType<SentinelConnector['connect']> {
    (this as unknown as { failoverDetector: { cleanup(): void } | null }).failoverDetector?.cleanup();
    return super.connect(onError);
  }
}

/** Resolves when the client has a working connection, rejects when it has none after `timeoutMs`. */
export async function whenReady(client: RedisClient, timeoutMs: number): Promise<void> {
  if (client.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      client.off('ready', done);
      reject(new Error('Redis is not reachable'));
    }, timeoutMs);
    client.once('ready', done);
  });
}

/**
 * A sentence about a setting of this Redis that would lose jobs, or undefined when all is well. Queues need
 * `noeviction`: an evicted key is half a job. (The work itself is safe: it is in the rows.)
 */
export async function checkRedis(url: string, timeoutMs = 2_000): Promise<string | undefined> {
  const client = connectRedis(url, 'producer');
  client.on('error', () => undefined);
  try {
    await whenReady(client, timeoutMs);
    const info = await client.info();
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    if (policy !== undefined && policy !== 'noeviction')
      return `Redis may evict keys (maxmemory-policy ${policy}); set it to noeviction`;
    const version = /^redis_version:(\d+)\.(\d+)/m.exec(info);
    if (version && (Number(version[1]) < 6 || (Number(version[1]) === 6 && Number(version[2]) < 2)))
      return 'Redis is older than 6.2; use 6.2 or newer';
    return undefined;
  } finally {
    client.disconnect();
  }
}
