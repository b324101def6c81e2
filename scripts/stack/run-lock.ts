/**
 * One stack per data folder. `run.lock` names the process that owns it, `children.json` what it has started,
 * `dev.json` what a script needs to talk to it. A lock whose process is gone is taken over, and children that
 * outlived it are ended.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rememberSandboxToken } from './sandbox-control';
import { identify, isRunning, type ProcessIdentity } from './process-identity';

const CHILD_EXIT_MS = 2_500;

/** What `npm start` tells scripts, in `.data/dev.json`. */
export interface DevFile {
  api_url: string;
  ops_url: string;
  sandbox_url: string;
  /** Of the sandbox's control API. */
  sandbox_token: string;
  database_url: string;
  redis_url: string | null;
  api_key: string;
  ops_email: string;
  ops_password: string;
  /** Users of a small network, the one above before those below; a stack of before has none. */
  network?: DevUser[];
  /** Accounts of the staff besides. */
  staff?: { account: string; role: string; email: string; password: string }[];
}

export interface DevUser {
  user: string;
  name: string;
  type: string;
  /** The name of the one above. */
  below: string | null;
  mobile: string;
  password: string;
  pin: string;
  api_key: string;
}

export interface RunLock {
  /** Says that its owner is stopping: nothing runs here any more, though the folder is not free yet. */
  leaving(): void;
  release(): void;
}

interface LockContent extends ProcessIdentity {
  leaving?: boolean;
}

const lockFile = (dataDir: string): string => path.join(dataDir, 'run.lock');
const childrenFile = (dataDir: string): string => path.join(dataDir, 'children.json');
const devFile = (dataDir: string): string => path.join(dataDir, 'dev.json');

/** Takes the folder for this process. Returns the owner instead when a running process has it. */
export function takeLock(dataDir: string): RunLock | ProcessIdentity {
  const self = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  const draft = `${lockFile(dataDir)}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (let i = 0; i < 20; i += 1) {
      try {
        fs.linkSync(draft, lockFile(dataDir)); // whole or not at all
        const ours = (): boolean => ownerOf(dataDir)?.pid === process.pid;
        return {
          leaving: () => {
            if (ours()) writeJson(lockFile(dataDir), { ...self, leaving: true });
          },
          release: () => {
            if (ours()) fs.rmSync(lockFile(dataDir), { force: true });
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = ownerOf(dataDir);
      if (owner && isRunning(owner)) return owner;
      dropStale(dataDir);
    }
    throw new Error(`cannot take ${lockFile(dataDir)}`);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Removes a lock whose owner is gone, unless another start has replaced it in the meantime. */
function dropStale(dataDir: string): void {
  const stale = `${lockFile(dataDir)}.stale.${process.pid}`;
  try {
    fs.renameSync(lockFile(dataDir), stale);
    const owner = readJson(stale) as ProcessIdentity | undefined;
    if (owner && isRunning(owner)) fs.linkSync(stale, lockFile(dataDir));
  } catch {
    /* another start was faster: look again */
  }
  fs.rmSync(stale, { force: true });
}

/** The running process that owns the folder, or undefined. */
export function runningOwner(dataDir: string): ProcessIdentity | undefined {
  const owner = ownerOf(dataDir);
  return owner && isRunning(owner) ? owner : undefined;
}

/** What runs in this folder, once its owner is alive and its API answers; undefined when nothing does. */
export async function findRunning(dataDir: string): Promise<DevFile | undefined> {
  const owner = ownerOf(dataDir);
  if (!owner || owner.leaving || !isRunning(owner)) return undefined;
  const dev = readJson(devFile(dataDir)) as DevFile | undefined;
  if (!dev) return undefined;
  try {
    const answer = await fetch(`${dev.api_url}/healthz`, { signal: AbortSignal.timeout(3_000) });
    await answer.body?.cancel();
    rememberSandboxToken(dev.sandbox_url, dev.sandbox_token);
    return dev;
  } catch {
    return undefined;
  }
}

export function writeDevFile(dataDir: string, dev: DevFile): void {
  writeJson(devFile(dataDir), dev);
}

export function removeDevFile(dataDir: string): void {
  fs.rmSync(devFile(dataDir), { force: true });
}

export function writeChildren(dataDir: string, pids: readonly number[]): void {
  writeJson(
    childrenFile(dataDir),
    pids.map(identify).filter((found) => found !== undefined),
  );
}

/**
 * Children of a start that was killed end by themselves; one that is frozen cannot, and is killed. Returns
 * how many were.
 */
export async function endLeftChildren(dataDir: string): Promise<number> {
  const left = (): ProcessIdentity[] =>
    ((readJson(childrenFile(dataDir)) ?? []) as ProcessIdentity[]).filter(isRunning);
  const until = Date.now() + CHILD_EXIT_MS;
  while (left().length > 0 && Date.now() < until) await pause(50);
  const frozen = left();
  for (const { pid } of frozen) process.kill(pid, 'SIGKILL');
  fs.rmSync(childrenFile(dataDir), { force: true });
  return frozen.length;
}

function ownerOf(dataDir: string): LockContent | undefined {
  return readJson(lockFile(dataDir)) as LockContent | undefined;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(draft, file);
}
