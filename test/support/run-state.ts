import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EmbeddedPostgres } from '../../scripts/stack/embedded-postgres';
import type { RedisServer } from '../../scripts/stack/redis-server';

export const RUN_PREFIX = 'munim-jest-';
/** In the folder of a run: the calls of `rows` that its tests have made, one a line (watched-rows.ts). */
export const RUN_CALLS_FILE = 'rows-calls';
export const TEMPLATE_DATABASE = 'munim_template';
/** The same, with timings for the provider that tests script. */
export const SCRIPTED_TEMPLATE = 'munim_template_scripted';

/** What one run of jest has started; set by the global setup, ended by the global teardown (same process). */
export interface TestRun {
  dir: string;
  postgres: EmbeddedPostgres;
  redis: RedisServer | undefined;
}

const MEMORY = '/dev/shm';
const ROOM_BYTES = 2 * 1024 ** 3;

/**
 * Where a run keeps its stores: in memory, where there is room. A database is 800 files, and each test makes one: on
 * ext4 that costs a third of a second of a core, in memory a fiftieth.
 */
export function placeOfRuns(): string {
  return mayUseMemory() ? MEMORY : os.tmpdir();
}

function mayUseMemory(): boolean {
  if (process.platform !== 'linux' || !fs.existsSync(MEMORY)) return false;
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  const options = new RegExp(`^\\S+ ${MEMORY} \\S+ (\\S+)`, 'm').exec(
    fs.readFileSync('/proc/mounts', 'utf8'),
  )?.[1];
  // the programs of PostgreSQL lie beside its data when its user cannot reach them elsewhere
  return bavail * bsize >= ROOM_BYTES && options?.split(',').includes('noexec') === false;
}

let current: TestRun | undefined;

export function setTestRun(run: TestRun | undefined): void {
  current = run;
}

export function testRun(): TestRun | undefined {
  return current;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isCommand(pid: number, name: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(name);
  } catch {
    return process.platform !== 'linux';
  }
}

/** Jest skips the teardown when the setup throws or jest is killed: ends what such runs have left behind. */
export function sweepKilledRuns(): void {
  const runs = [os.tmpdir(), MEMORY]
    .filter((place) => fs.existsSync(place))
    .flatMap((place) => fs.readdirSync(place).map((name) => path.join(place, name)))
    .filter((dir) => path.basename(dir).startsWith(RUN_PREFIX));
  for (const dir of runs) {
    if (alive(Number(path.basename(dir).slice(RUN_PREFIX.length).split('-')[0]))) continue;
    for (const [file, command, signal] of [
      ['postgres/postmaster.pid', 'postgres', 'SIGQUIT'],
      ['redis/redis.pid', 'redis', 'SIGKILL'],
    ] as const) {
      try {
        const pid = Number(fs.readFileSync(path.join(dir, file), 'utf8').split('\n')[0]);
        if (pid > 0 && isCommand(pid, command)) process.kill(pid, signal);
      } catch {
        /* not running any more, or not ours to end */
      }
    }
    try {
      fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    } catch {
      /* another user's */
    }
  }
}
