import fs from 'node:fs';
import path from 'node:path';
import { reachableDataDir } from '../stack/embedded-postgres';
import type { DevFile } from '../stack/run-lock';
import { rememberSandboxToken } from '../stack/sandbox-control';

/** What is to be verified: where its rows, queues and logs are. */
export interface VerifyTarget {
  databaseUrl: string;
  redisUrl: string | undefined;
  queuePrefix: string | undefined;
  /** It is what `npm start` runs, with the timings of development. */
  isOwnStack?: boolean;
  /** Of that stack. */
  sandboxUrl?: string;
  /** Log files, or why there are none. */
  logFiles: readonly string[] | string;
}

/**
 * The database of DATABASE_URL with the queues of REDIS_URL, or else what `npm start` runs from `dataDir`.
 * Logs are those of the data folder, if the database is the one that runs from it. Throws Error, in words for
 * people, when there is neither.
 */
export async function findTarget(
  dataDir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<VerifyTarget> {
  const dev = readDev(dataDir);
  const databaseUrl = env.DATABASE_URL || dev?.database_url;
  if (databaseUrl === undefined)
    throw new Error('no database: start one with npm start, or set DATABASE_URL');
  const isDev = dev !== undefined && samePlace(databaseUrl, dev.database_url);
  if (isDev) rememberSandboxToken(dev.sandbox_url, dev.sandbox_token);
  return {
    databaseUrl,
    redisUrl: env.REDIS_URL || (isDev ? (dev.redis_url ?? undefined) : undefined),
    queuePrefix: env.MUNIM_QUEUE_PREFIX || undefined,
    isOwnStack: isDev,
    ...(isDev ? { sandboxUrl: dev.sandbox_url } : {}),
    logFiles: isDev ? await logFilesOf(dataDir) : 'the logs of this database are not known here',
  };
}

/** The logs of a data folder: of every process, and of its PostgreSQL. */
export async function logFilesOf(dataDir: string): Promise<string[]> {
  const logs = path.join(dataDir, 'logs');
  const names = fs.existsSync(logs) ? fs.readdirSync(logs).filter((name) => name.endsWith('.log')) : [];
  const server = path.join(await reachableDataDir(path.join(dataDir, 'postgres')), 'server.log');
  return [...names.map((name) => path.join(logs, name)), ...(fs.existsSync(server) ? [server] : [])];
}

function readDev(dataDir: string): DevFile | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(dataDir, 'dev.json'), 'utf8')) as DevFile;
  } catch {
    return undefined;
  }
}

/** The password of an embedded server may be newer than the file; the place is what counts. */
function samePlace(a: string, b: string): boolean {
  const [one, two] = [new URL(a), new URL(b)];
  return one.host === two.host && one.pathname === two.pathname;
}
