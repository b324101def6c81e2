/**
 * The whole platform on one machine: PostgreSQL, schema, seed, the sandbox and every process of the Procfile.
 * `npm start`, the demo, the benches and the interruption runs all start it here.
 *
 * Order: lock the folder, end what a killed start has left, database, schema, seed, processes, wait until
 * ready. Stopping goes the other way: processes first, PostgreSQL last.
 */
import fs from 'node:fs';
import path from 'node:path';
import { publicId } from '../../platform/ids';
import {
  reachableDataDir,
  startPostgres,
  type EmbeddedPostgres,
  type PostgresProfile,
} from './embedded-postgres';
import { developmentKeys } from './development-keys';
import { processEnvironment, type EnvironmentInput, type StackPorts } from './environment';
import {
  createManagedProcess,
  RESTART_POLICY,
  type ManagedProcess,
  type RestartPolicy,
} from './managed-process';
import { createPortPicker, randomBasePort, type PortPicker } from './ports';
import { readProcfile, type ProcessCommand } from './process-list';
import { ROOT } from './root';
import {
  endLeftChildren,
  takeLock,
  writeChildren,
  writeDevFile,
  type DevFile,
  type RunLock,
} from './run-lock';
import { rememberSandboxToken } from './sandbox-control';
import { seed, type Seeded } from './seeding';
import { databaseOf, prepareDatabase } from './stack-database';
import { requireRedis } from './stores';

const DEFAULT_PORTS = { api: 3000, ops: 3001, sandbox: 3002, postgres: 25_432, admin: 3010 };
const READY_MS = 90_000;
/**
 * Enough in development, where a terminal waits for 3 s. In production a process manager waits longer
 * (README).
 */
const STOP_GRACE_MS = 10_000;
const POSTGRES_WATCH_MS = 1_000;

export interface StackOptions {
  /** Where the stack keeps its database, logs, keys and the sandbox's book. */
  dataDir: string;
  /** A PostgreSQL of your own; without it the embedded one is started. */
  databaseUrl?: string;
  /** The same in the name of the role that owns the tables; without it, `databaseUrl`. */
  migrateDatabaseUrl?: string;
  /** With it the queues run on Redis, without it on PostgreSQL. */
  redisUrl?: string;
  /** Timing policy of the processes; `development` by default. */
  profile?: 'development' | 'production';
  /**
   * Preferred ports; a taken one is replaced by a free one. `free` looks for all of them away from the
   * defaults.
   */
  ports?: Partial<typeof DEFAULT_PORTS> | 'free';
  /** How many of each process (default 1; 0 leaves it out). Includes `sandbox`. */
  processes?: Record<string, number>;
  /** What to run instead of the Procfile and the sandbox. */
  commands?: readonly ProcessCommand[];
  /** More environment for every process but the sandbox, and for single ones by name. */
  env?: Record<string, string>;
  processEnv?: Record<string, Record<string, string>>;
  restart?: Partial<RestartPolicy>;
  /** Gives the processes another way to the database than its own URL. */
  route?: (databaseUrl: string) => Promise<string>;
  /** How the embedded PostgreSQL runs; `durable` by default. */
  postgresProfile?: PostgresProfile;
  /** More settings of the embedded PostgreSQL (`name: value`). */
  postgresSettings?: Record<string, string>;
  /** The embedded PostgreSQL ends with this process, however that ends. */
  endsWithUs?: boolean;
  /** Fills the new database; tests replace it. */
  seed?: typeof seed;
  /** Steps and restarts, one line each. */
  say?: (line: string) => void;
  /** Aborts the start and cleans up. */
  signal?: AbortSignal;
}

export interface Stack extends Seeded {
  dataDir: string;
  /** As written to `dev.json`. */
  dev: DevFile;
  urls: {
    api: string;
    apis: string[];
    ops: string;
    sandbox: string;
    /** In the name of the role of the processes. */
    database: string;
    /** The same database for what that role may not do: of the superuser, or of the role that owns the tables. */
    owner: string;
    redis: string | undefined;
    admin: Record<string, string>;
  };
  /** The embedded PostgreSQL (stop and start it at will), or undefined with a database of your own. */
  postgres: Pick<EmbeddedPostgres, 'start' | 'stop' | 'pid' | 'dataDir' | 'port' | 'reused'> | undefined;
  /** Running process ids by process name. */
  pids(): Record<string, number[]>;
  /** How often each process was spawned, by name. */
  starts(): Record<string, number>;
  /**
   * Signals all processes of that name, or the n-th (from 1). Returns the process ids that were signalled.
   */
  kill(name: string, signal: NodeJS.Signals, instance?: number): number[];
  /** Ends all processes of that name; they stay down until `startProcesses`. */
  stopProcesses(name: string, graceMs?: number): Promise<void>;
  startProcesses(name: string): Promise<void>;
  /** Waits until every wanted process answers that it is ready. */
  ready(timeoutMs?: number): Promise<void>;
  /** Whether processes (and the embedded PostgreSQL) that die are started again; on from the beginning. */
  setRestart(on: boolean): void;
  stop(graceMs?: number): Promise<void>;
}

/** Thrown when another process already runs a stack in the same folder. */
export class StackRunningError extends Error {
  constructor(readonly pid: number) {
    super(`process ${pid} already runs here`);
  }
}

interface Instance {
  name: string;
  number: number;
  publicPort: number;
  adminPort: number;
  process: ManagedProcess;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = path.resolve(options.dataDir);
  fs.mkdirSync(dataDir, { recursive: true });
  fs.chmodSync(dataDir, 0o711); // the database user passes through; nobody else can list it
  const lock = takeLock(dataDir);
  if (!('release' in lock)) throw new StackRunningError(lock.pid);
  const running: Running = {
    instances: [],
    postgres: undefined,
    watch: undefined,
    lock,
    wanted: true,
    restart: true,
  };
  try {
    return await start({ ...options, dataDir }, running);
  } catch (error) {
    await stopAll(running, 2_000).catch(() => undefined);
    throw error;
  }
}

interface Running {
  instances: Instance[];
  postgres: EmbeddedPostgres | undefined;
  watch: NodeJS.Timeout | undefined;
  lock: RunLock;
  /** Whether PostgreSQL should be up; false while a caller has stopped it on purpose. */
  wanted: boolean;
  restart: boolean;
}

async function start(options: StackOptions, running: Running): Promise<Stack> {
  const { dataDir, signal } = options;
  const say = options.say ?? (() => undefined);
  const killed = await endLeftChildren(dataDir);
  if (killed > 0) say(`ended ${killed} frozen processes of the last start`);
  const picker = createPortPicker();
  const ports = await choosePorts(picker, options.ports);
  for (const line of movedPorts(ports, options.ports)) say(line);
  if (options.redisUrl) await requireRedis(options.redisUrl);

  const database = await databaseOf(options, () => startDatabase(options, ports.postgres, running));
  signal?.throwIfAborted();
  const databaseUrl = database.app;
  const input: EnvironmentInput = {
    dataDir,
    databaseUrl,
    redisUrl: options.redisUrl,
    policyProfile: options.profile ?? 'development',
    ports,
    keys: developmentKeys(dataDir),
  };
  const seeded = await prepareDatabase(database.migrate, {
    redisUrl: options.redisUrl,
    fill: async (knex) => (options.seed ?? seed)(knex, dataDir),
  });
  signal?.throwIfAborted();

  const routed =
    options.route === undefined
      ? options
      : { ...options, env: { ...options.env, DATABASE_URL: await options.route(databaseUrl) } };
  await makeInstances(routed, input, { picker, firstAdmin: ports.admin }, running);
  for (const instance of running.instances) instance.process.start();
  const deadline = Date.now() + READY_MS;
  await Promise.all(running.instances.map(async (instance) => instance.process.ready(deadline, signal)));
  if (running.postgres) running.watch = watchPostgres(running, say);

  const stack = makeStack(options, { ...input, ownerUrl: database.owner }, seeded, running);
  writeDevFile(dataDir, stack.dev);
  return stack;
}

async function choosePorts(
  picker: PortPicker,
  wanted: StackOptions['ports'],
): Promise<StackPorts & { postgres: number; admin: number }> {
  const free = wanted === 'free';
  const base = free ? randomBasePort() : 3_100;
  const preferred = free ? undefined : { ...DEFAULT_PORTS, ...wanted };
  return {
    api: await picker.pick(preferred?.api ?? base, base),
    ops: await picker.pick(preferred?.ops ?? base, base),
    sandbox: await picker.pick(preferred?.sandbox ?? base, base),
    postgres: preferred?.postgres ?? (await picker.pick(base, base)),
    admin: preferred?.admin ?? base,
  };
}

/** One line for each place that is not where it was wanted, because another program is there. */
function movedPorts(ports: StackPorts, wanted: StackOptions['ports']): string[] {
  if (wanted === 'free') return [];
  const preferred = { ...DEFAULT_PORTS, ...wanted };
  return (['api', 'ops', 'sandbox'] as const)
    .filter((name) => ports[name] !== preferred[name])
    .map(
      (name) =>
        `Port ${preferred[name]} is taken by another program: ${PLACES[name]} at ${ports[name]} instead. ` +
        'Use the addresses below.',
    );
}

const PLACES = { api: 'the API is', ops: 'the ops pages are', sandbox: 'the sandbox is' } as const;

async function startDatabase(options: StackOptions, port: number, running: Running): Promise<string> {
  const dir = await reachableDataDir(path.join(options.dataDir, 'postgres'));
  running.postgres = await startPostgres({
    dataDir: dir,
    port,
    profile: options.postgresProfile ?? 'durable',
    settings: options.postgresSettings,
    endsWithUs: options.endsWithUs,
  });
  return running.postgres.url('munim');
}

async function makeInstances(
  options: StackOptions,
  input: EnvironmentInput,
  { picker, firstAdmin }: { picker: PortPicker; firstAdmin: number },
  running: Running,
): Promise<void> {
  const commands = options.commands ?? [
    ...readProcfile(path.join(ROOT, 'Procfile')),
    { name: 'sandbox', command: ['node', 'dist/sandbox/main.js'] },
  ];
  const logs = path.join(input.dataDir, 'logs');
  fs.mkdirSync(logs, { recursive: true });
  for (const { name, command } of commands) {
    for (let number = 1; number <= (options.processes?.[name] ?? 1); number += 1) {
      const id = number === 1 ? name : `${name}.${number}`;
      const adminPort = await picker.pick(firstAdmin, firstAdmin);
      const publicPort =
        name === 'api' || name === 'ops' ? await publicPortOf(name, number, input.ports, picker) : adminPort;
      const logFile = path.join(logs, `${id}.log`);
      if (fs.existsSync(logFile)) fs.renameSync(logFile, path.join(logs, `${id}.previous.log`));
      const sandbox = name === 'sandbox';
      const process = createManagedProcess({
        id,
        command,
        cwd: ROOT,
        logFile,
        env: {
          ...processEnvironment(input, { name, publicPort, adminPort }),
          ...(sandbox ? {} : options.env),
          ...options.processEnv?.[name],
        },
        readyUrl: sandbox
          ? `http://127.0.0.1:${input.ports.sandbox}/__sandbox/health`
          : `http://127.0.0.1:${adminPort}/readyz`,
        restart: { ...RESTART_POLICY, ...options.restart },
        say: options.say ?? (() => undefined),
        changed: () => {
          writeChildren(input.dataDir, childPids(running));
        },
      });
      running.instances.push({ name, number, publicPort, adminPort, process });
    }
  }
}

async function publicPortOf(
  name: 'api' | 'ops',
  number: number,
  ports: StackPorts,
  picker: PortPicker,
): Promise<number> {
  return number === 1 ? ports[name] : picker.pick(ports[name] + 200, ports[name] + 200);
}

function makeStack(
  options: StackOptions,
  input: EnvironmentInput & { ownerUrl: string },
  seeded: Seeded,
  running: Running,
): Stack {
  const { instances, postgres } = running;
  const named = (name: string): Instance[] => instances.filter((instance) => instance.name === name);
  const ready = async (found: Instance[], timeoutMs: number): Promise<void> => {
    await Promise.all(found.map(async (instance) => instance.process.ready(Date.now() + timeoutMs)));
  };
  const down = new Set<string>();
  const urls = urlsOf(options, input, instances);
  rememberSandboxToken(urls.sandbox, input.keys.sandboxToken);
  return {
    ...seeded,
    dataDir: input.dataDir,
    dev: {
      api_url: urls.api,
      ops_url: urls.ops,
      sandbox_url: urls.sandbox,
      sandbox_token: input.keys.sandboxToken,
      database_url: input.databaseUrl,
      redis_url: options.redisUrl ?? null,
      api_key: seeded.apiKey,
      ops_email: seeded.opsEmail,
      ops_password: seeded.opsPassword,
      network: seeded.network.map(({ userId, apiKey, ...user }) => ({
        ...user,
        user: publicId('user', userId),
        api_key: apiKey,
      })),
      staff: seeded.staff,
    },
    urls,
    postgres: postgres && controlOf(postgres, running),
    pids: () => byName(instances, (of) => of.flatMap((i) => i.process.pid() ?? [])),
    starts: () => byName(instances, (of) => of.reduce((sum, i) => sum + i.process.starts(), 0)),
    kill: (name, signal, instance) =>
      named(name)
        .filter((i) => instance === undefined || i.number === instance)
        .flatMap((i) => i.process.kill(signal) ?? []),
    stopProcesses: async (name, graceMs = STOP_GRACE_MS) => {
      down.add(name);
      await Promise.all(named(name).map(async (i) => i.process.stop(graceMs)));
    },
    startProcesses: async (name) => {
      down.delete(name);
      for (const instance of named(name)) instance.process.start();
      await ready(named(name), READY_MS);
    },
    ready: async (timeoutMs = READY_MS) =>
      ready(
        instances.filter(({ name }) => !down.has(name)),
        timeoutMs,
      ),
    setRestart: (on) => {
      running.restart = on;
      for (const { process } of instances) process.setRestart(on);
    },
    stop: async (graceMs = STOP_GRACE_MS) => stopAll(running, graceMs),
  };
}

function urlsOf(
  options: StackOptions,
  input: EnvironmentInput & { ownerUrl: string },
  instances: readonly Instance[],
): Stack['urls'] {
  const apis = instances.filter(({ name }) => name === 'api').map((i) => `http://127.0.0.1:${i.publicPort}`);
  return {
    api: apis[0] ?? `http://127.0.0.1:${input.ports.api}`,
    apis,
    ops: `http://localhost:${input.ports.ops}`, // the name, not the address: browsers keep a secure cookie on it
    sandbox: `http://127.0.0.1:${input.ports.sandbox}`,
    database: input.databaseUrl,
    owner: input.ownerUrl,
    redis: options.redisUrl,
    admin: Object.fromEntries(
      instances
        .filter(({ name }) => name !== 'sandbox')
        .map((i) => [i.process.id, `http://127.0.0.1:${i.adminPort}`]),
    ),
  };
}

/**
 * The embedded PostgreSQL as callers may stop and start it; one that was stopped on purpose is not brought
 * back.
 */
function controlOf(
  postgres: NonNullable<Running['postgres']>,
  running: Running,
): NonNullable<Stack['postgres']> {
  return {
    dataDir: postgres.dataDir,
    port: postgres.port,
    reused: postgres.reused,
    pid: () => postgres.pid(),
    stop: async (mode) => {
      running.wanted = false;
      await postgres.stop(mode);
    },
    start: async () => {
      await postgres.start();
      running.wanted = true;
    },
  };
}

function byName<T>(instances: Instance[], of: (found: Instance[]) => T): Record<string, T> {
  return Object.fromEntries(
    [...new Set(instances.map(({ name }) => name))].map((name) => [
      name,
      of(instances.filter((i) => i.name === name)),
    ]),
  );
}

function childPids(running: Running): number[] {
  return running.instances.flatMap(({ process }) => process.pid() ?? []);
}

/**
 * The postmaster is not our child process: look every second whether it still runs, and start it again if
 * not.
 */
function watchPostgres(running: Running, say: (line: string) => void): NodeJS.Timeout {
  let busy = false;
  return setInterval(() => {
    const { postgres } = running;
    if (!postgres || busy || !running.wanted || !running.restart || postgres.pid() !== undefined) return;
    busy = true;
    say('PostgreSQL ended: starting it again');
    postgres
      .start()
      .catch((error: Error) => {
        say(`PostgreSQL does not start: ${error.message}`);
      })
      .finally(() => {
        busy = false;
      });
  }, POSTGRES_WATCH_MS);
}

async function stopAll(running: Running, graceMs: number): Promise<void> {
  running.wanted = false;
  running.lock.leaving();
  clearInterval(running.watch);
  await Promise.all(running.instances.map(async ({ process }) => process.stop(graceMs)));
  await running.postgres?.stop('fast');
  running.lock.release();
}
