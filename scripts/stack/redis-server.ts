import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './embedded-postgres';
import { guardStore, type Guard } from './guard';

const READY_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;

export interface RedisServerOptions {
  /** Working directory; made when missing. Also holds `redis.pid`. */
  dir: string;
  /** Preferred port; a free one when it is taken or not given. */
  port?: number;
  /** AOF with `appendfsync everysec`, as production runs it; without it nothing is kept. */
  appendonly?: boolean;
  /** More settings of the server, by name. */
  settings?: Readonly<Record<string, string>>;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  pid(): number | undefined;
  /** Starts it again on the same port after `stop`. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Whether a `redis-server` is on PATH. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Starts a `redis-server` from PATH on 127.0.0.1 with eviction off, and waits until it answers PING. */
export async function startRedis(options: RedisServerOptions): Promise<RedisServer> {
  const dir = path.resolve(options.dir);
  fs.mkdirSync(dir, { recursive: true });
  const port = await freePort(options.port);
  let child: ChildProcess | undefined;
  let guard: Guard | undefined;
  const start = async (): Promise<void> => {
    child = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
        '--appendonly',
        options.appendonly ? 'yes' : 'no',
        '--appendfsync',
        'everysec',
        '--logfile',
        path.join(dir, 'redis.log'),
        ...Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, value]),
      ],
      { stdio: 'ignore', detached: true },
    ); // its own group: Ctrl-C in the terminal is ours to pass on
    const failed = new Promise<never>((_resolve, reject) => {
      child?.once('error', reject);
      // for one, because another program has taken the port meanwhile: that one must not be taken for ours
      child?.once('exit', (code) => {
        reject(new Error(`redis-server on port ${port} ended with ${code}: see ${dir}/redis.log`));
      });
    });
    failed.catch(() => undefined);
    if (child.pid !== undefined) fs.writeFileSync(path.join(dir, 'redis.pid'), String(child.pid));
    child.unref();
    if (child.pid !== undefined) guard = guardStore(child.pid, 'TERM');
    await Promise.race([failed, answers(port)]);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: () => (child && child.exitCode === null && child.signalCode === null ? child.pid : undefined),
    start,
    stop: async (signal = 'SIGTERM') => {
      const running = child;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => {
        running.once('exit', () => {
          resolve();
        });
      });
      running.kill(signal);
      const timer = setTimeout(() => {
        running.kill('SIGKILL');
      }, STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
      guard?.dismiss();
      fs.rmSync(path.join(dir, 'redis.pid'), { force: true });
    },
  };
}

/** Waits until the Redis on a port of this machine answers PING. */
async function answers(port: number): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (!(await ping(port))) {
    if (Date.now() > until) throw new Error(`redis-server on port ${port} does not answer`);
    await pause(20);
  }
}

async function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write('PING\r\n');
    });
    socket.setTimeout(1_000, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
