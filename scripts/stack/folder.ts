/** What runs in a data folder, so that nobody takes it away from under somebody. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { reachableDataDir, stopPostgres } from './embedded-postgres';
import { runningOwner } from './run-lock';

const DEPTH = 4;
const END_MS = 5_000;

/** Thrown when somebody works in a folder that was to be emptied. */
export class FolderInUseError extends Error {
  constructor(
    readonly dir: string,
    readonly pid: number,
  ) {
    super(`${dir} is in use by process ${pid}: stop it first`);
    this.name = 'FolderInUseError';
  }
}

/**
 * Makes a folder free: ends the stores that a killed run has left in it or below. Returns how many. Throws
 * FolderInUseError, and ends nothing, when a process that is alive owns one of them.
 */
export async function freeFolder(dir: string): Promise<number> {
  const folders = [...below(path.resolve(dir), DEPTH)];
  for (const folder of folders) {
    const owner = runningOwner(folder);
    if (owner !== undefined) throw new FolderInUseError(folder, owner.pid);
  }
  let ended = 0;
  for (const folder of folders) {
    if (await endRedis(folder)) ended += 1;
    for (const data of new Set([folder, await reachable(folder)]))
      if (fs.existsSync(path.join(data, 'PG_VERSION')) && (await stopPostgres(data, 'immediate'))) ended += 1;
  }
  return ended;
}

/** Empties a folder that nobody uses. Throws FolderInUseError otherwise. */
export async function clearFolder(dir: string): Promise<void> {
  if (!fs.existsSync(dir)) return;
  await freeFolder(dir);
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Where the PostgreSQL of a data folder has its data, when its user cannot get into the folder. */
async function reachable(folder: string): Promise<string> {
  return fs.existsSync(path.join(folder, 'run.lock')) || fs.existsSync(path.join(folder, 'keys'))
    ? reachableDataDir(path.join(folder, 'postgres'))
    : folder;
}

function* below(dir: string, depth: number): Generator<string> {
  if (!fs.existsSync(dir)) return;
  yield dir;
  if (depth === 0 || fs.existsSync(path.join(dir, 'PG_VERSION'))) return;
  for (const entry of fs.readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) yield* below(path.join(dir, entry.name), depth - 1);
}

async function endRedis(dir: string): Promise<boolean> {
  const pid = redisPid(dir);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  process.kill(pid, 'SIGCONT'); // a frozen one must see it
  const until = Date.now() + END_MS;
  while (redisPid(dir) !== undefined && Date.now() < until) await pause(50);
  if (redisPid(dir) !== undefined) process.kill(pid, 'SIGKILL');
  return true;
}

/** The process id of a Redis that runs in the folder. */
function redisPid(dir: string): number | undefined {
  try {
    const pid = Number(fs.readFileSync(path.join(dir, 'redis.pid'), 'utf8'));
    const [, command, state] = /\((.*)\) (\S)/s.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return command?.startsWith('redis') && state !== 'Z' ? pid : undefined;
  } catch {
    return undefined;
  }
}
