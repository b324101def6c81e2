import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from './redis-server';

const NODES = 3;
const SLOTS = 16_384;
const READY_MS = 30_000;

/** A Redis Cluster on loopback: three primaries and, if asked for, a replica of each. */
export interface RedisCluster {
  /** As `REDIS_URL` names it. */
  readonly url: string;
  readonly primaries: readonly RedisServer[];
  stop(): Promise<void>;
}

export async function startRedisCluster(
  dir: string,
  options: { replicas?: boolean } = {},
): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(async (server) => server.stop('SIGKILL')));
  };
  try {
    const count = options.replicas ? 2 * NODES : NODES;
    for (let i = 0; i < count; i += 1)
      servers.push(await startRedis({ dir: path.join(dir, `node-${i}`), settings: CLUSTER }));
    const primaries = servers.slice(0, NODES);
    for (const [i, { port }] of primaries.entries()) {
      const [from, to] = [Math.floor((SLOTS * i) / NODES), Math.floor((SLOTS * (i + 1)) / NODES)];
      await command(port, 'CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, n) => from + n));
      await command(port, 'CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    const first = servers[0]!.port;
    for (const { port } of servers.slice(1)) await command(port, 'CLUSTER', 'MEET', '127.0.0.1', first);
    await everyNode(servers, async (port) => (await info(port)).cluster_known_nodes === String(count));
    for (const [i, { port }] of servers.slice(NODES).entries())
      await command(port, 'CLUSTER', 'REPLICATE', await command(primaries[i]!.port, 'CLUSTER', 'MYID'));
    await everyNode(servers, async (port) => (await info(port)).cluster_state === 'ok');
    // one that has not copied its primary cannot take over
    await everyNode(servers.slice(NODES), async (port) =>
      String(await command(port, 'INFO', 'replication')).includes('master_link_status:up'),
    );
    return {
      url: `redis://${primaries.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      primaries,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const CLUSTER = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  'cluster-config-file': 'nodes.conf',
  'repl-diskless-sync-delay': '0', // 5 s otherwise
};

async function info(port: number): Promise<Record<string, string>> {
  const text = String(await command(port, 'CLUSTER', 'INFO'));
  return Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(':') as [string, string]));
}

async function everyNode(
  servers: readonly RedisServer[],
  holds: (port: number) => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (const { port } of servers) {
    while (!(await holds(port))) {
      if (Date.now() > deadline) throw new Error('the Redis Cluster does not come up in time');
      await pause(50);
    }
  }
}

async function command(port: number, name: string, ...args: unknown[]): Promise<string | Buffer> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: null, enableReadyCheck: false });
  client.on('error', () => undefined);
  try {
    return (await client.call(name, args as (string | number)[])) as string;
  } finally {
    client.disconnect();
  }
}
