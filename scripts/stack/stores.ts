import net from 'node:net';
import { Client } from 'pg';
import { namesSeveralHosts, ONE_HOST } from '../../platform/database-url';
import { sentenceOf, StartFault } from '../../platform/start-fault';
import { parseRedisUrl } from '../../platform/queue';

/** Makes the database of `url` when its server does not have it yet. */
export async function ensureDatabase(url: string): Promise<void> {
  if (namesSeveralHosts(url)) throw new Error(`DATABASE_URL ${ONE_HOST}`);
  if (!/^postgres(?:ql)?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new Error('DATABASE_URL is not of the form postgres://user:password@host:port/database');
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const probe = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await probe.connect();
    return;
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000')
      throw new StartFault(sentenceOf(error, { databaseUrl: url }), { cause: error });
  } finally {
    await probe.end().catch(() => undefined);
  }
  const server = new URL(url);
  server.pathname = '/postgres';
  const admin = new Client({ connectionString: server.href });
  await admin.connect();
  try {
    await admin.query(`create database ${admin.escapeIdentifier(name)}`);
  } finally {
    await admin.end();
  }
}

/**
 * Throws with a plain sentence when nothing listens at any host of a Redis URL (one server, Sentinels or a
 * cluster).
 */
export async function requireRedis(url: string): Promise<void> {
  let nodes: { host: string; port: number }[];
  try {
    ({ nodes } = parseRedisUrl(url));
  } catch (error) {
    throw new Error(
      'REDIS_URL is not of the form redis://user:password@host:port, or rediss:// for TLS; ' +
        'Sentinels and clusters name several hosts, with a comma between them',
      { cause: error },
    );
  }
  const refusals = await Promise.all(nodes.map(async ({ host, port }) => whyNotListening(host, port)));
  if (refusals.includes(undefined)) return;
  throw new Error(
    `no Redis answers at ${redisHosts(url)} (${refusals[0]}). Start one, or leave REDIS_URL out: the queues then run on PostgreSQL`,
  );
}

async function whyNotListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    const end = (why: string | undefined): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(5_000, () => {
      end('time-out');
    });
    socket.once('error', (error) => {
      end(reason(error));
    });
    socket.once('connect', () => {
      end(undefined);
    });
  });
}

/** The hosts of a Redis URL for people to see, without its password. */
export function redisHosts(url: string): string {
  return parseRedisUrl(url)
    .nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(', ');
}

/** A connection URL for people to see. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
