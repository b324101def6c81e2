import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './embedded-postgres';
import { guardStore } from './guard';
import { startRedis, type RedisServer } from './redis-server';

const NAME = 'munim';
const SENTINELS = 3;
const QUORUM = 2;
/** After so long without an answer a master counts as down, ms. */
const DOWN_AFTER_MS = 5_000;
const READY_MS = 20_000;

/** A master, a replica and three Sentinels on loopback. */
export interface SentinelGroup {
  /** As `REDIS_URL` names it. */
  readonly url: string;
  /** Freezes the master (SIGSTOP): its connections stay open and say nothing. Returns what thaws it. */
  freezeMaster(): () => void;
  /** The port of the server that the Sentinels call master. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSentinelGroup(dir: string): Promise<SentinelGroup> {
  const servers: RedisServer[] = [];
  const sentinels: { port: number; process: ChildProcess }[] = [];
  const stop = async (): Promise<void> => {
    for (const { process: one } of sentinels) one.kill('SIGKILL');
    await Promise.all(servers.map(async (server) => server.stop('SIGKILL')));
  };
  try {
    for (const name of ['one', 'two']) servers.push(await startRedis({ dir: path.join(dir, name) }));
    const [master, replica] = servers as [RedisServer, RedisServer];
    await command(replica.port, ['REPLICAOF', '127.0.0.1', String(master.port)]);
    for (let i = 0; i < SENTINELS; i += 1)
      sentinels.push(await startSentinel(path.join(dir, `sentinel-${i}`), master.port));
    const first = sentinels[0]!.port;
    await until(async () => {
      const state = await masterState(first);
      return state['num-slaves'] === '1' && state['num-other-sentinels'] === String(SENTINELS - 1);
    });
    let frozen = master;
    return {
      url: `redis://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}?sentinel=${NAME}`,
      freezeMaster: () => {
        frozen = master;
        process.kill(frozen.pid()!, 'SIGSTOP');
        return () => {
          process.kill(frozen.pid()!, 'SIGCONT');
        };
      },
      masterPort: async () => Number((await masterState(first)).port),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  dir: string,
  masterPort: number,
): Promise<{ port: number; process: ChildProcess }> {
  fs.mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const file = path.join(dir, 'sentinel.conf');
  fs.writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `logfile ${path.join(dir, 'sentinel.log')}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} 10000`,
      '',
    ].join('\n'),
  );
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore', detached: true });
  child.unref();
  if (child.pid !== undefined) guardStore(child.pid, 'TERM');
  await until(async () => (await command(port, ['PING'])) === 'PONG');
  return { port, process: child };
}

async function masterState(port: number): Promise<Record<string, string>> {
  const flat = (await command(port, ['SENTINEL', 'MASTER', NAME])) as string[] | Record<string, string>;
  if (!Array.isArray(flat)) return flat;
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : [])));
}

async function command(port: number, [name, ...args]: [string, ...string[]]): Promise<unknown> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: null, enableReadyCheck: false });
  client.on('error', () => undefined);
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const met = await condition().catch(() => false);
    if (met) return;
    if (Date.now() > deadline) throw new Error('the Sentinels do not agree in time');
    await pause(100);
  }
}
