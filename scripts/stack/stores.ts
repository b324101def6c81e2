import net from 'node:net';
import { Client } from 'pg';

/** Makes the database of `url` when its server does not have it yet. */
export async function ensureDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const probe = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await probe.connect();
    return;
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000') throw new Error(`no PostgreSQL answers at ${withoutPassword(url)}: ${reason(error)}`, { cause: error });
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

/** Throws with a plain sentence when nothing listens at a `redis://` URL. */
export async function requireRedis(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect(Number(port || 6379), hostname.replace(/^\[|\]$/g, ''));
    const refuse = (why: string): void => {
      socket.destroy();
      reject(new Error(`no Redis answers at ${withoutPassword(url)} (${why}). Start one, or leave REDIS_URL out: the queues then run on PostgreSQL`));
    };
    socket.setTimeout(5_000, () => { refuse('time-out'); });
    socket.once('error', (error) => { refuse(reason(error)); });
    socket.once('connect', () => { socket.destroy(); resolve(); });
  });
}

/** A connection URL for people to see. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}

function reason(error: unknown): string {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code ?? error.message : String(error);
}
