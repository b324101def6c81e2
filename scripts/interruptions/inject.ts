/**
 * Carries the plan out. Interruptions overlap, but each target (a process, PostgreSQL, Redis) suffers one at
 * a time. A kill point is armed through the process's admin port; the process notes the hit in a file just
 * before the signal. A point that is not passed in time is disarmed, and the process is signalled where it
 * happens to be.
 */
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { execute, rows } from '../../platform/database';
import type { Ground } from './ground';
import { describeInterruption, type Interruption, type ProcessName } from './plan';
import type { Random } from './random';

export interface Done {
  what: Interruption;
  at: number;
  endedAt: number;
  hitPoint: boolean;
  note?: string;
}

export interface InjectOptions {
  ground: Ground;
  random: Random;
  plan: readonly Interruption[];
  /** Between the begins of two, ms. */
  gapMs: { from: number; to: number };
  say: (line: string) => void;
}

const HIT_WAIT_MS = 10_000;
const AWAKE_LOOKS = 20;
const POLL_MS = 25;
const ADMIN_TIMEOUT_MS = 1_000;

/** Resolves when the last interruption is over and everything that was stopped or frozen runs again. */
export async function inject(options: InjectOptions): Promise<Done[]> {
  const { plan, random, say } = options;
  const busy = new Set<string>();
  const done: Done[] = [];
  const running: Promise<void>[] = [];
  const left = [...plan];
  while (left.length > 0) {
    const next = takeFree(options, left, busy);
    if (next === undefined) {
      await pause(POLL_MS);
      continue;
    }
    const { what, target, instance } = next;
    busy.add(target);
    const at = Date.now();
    say(
      `${running.length + 1}/${plan.length} ${describeInterruption(what)}${instance > 1 ? ` (${target})` : ''}`,
    );
    running.push(
      carryOut(options, what, instance)
        .then(
          (result) => {
            done.push({ what, at, endedAt: Date.now(), ...result });
          },
          (error: unknown) => {
            done.push({
              what,
              at,
              endedAt: Date.now(),
              hitPoint: false,
              note: error instanceof Error ? error.message : 'failed',
            });
          },
        )
        .finally(() => {
          busy.delete(target);
        }),
    );
    await pause(random.whole(options.gapMs.from, options.gapMs.to));
  }
  await Promise.all(running);
  return done;
}

function takeFree(
  { ground, random }: InjectOptions,
  left: Interruption[],
  busy: ReadonlySet<string>,
): { what: Interruption; target: string; instance: number } | undefined {
  for (let i = 0; i < left.length; i += 1) {
    const what = left[i]!;
    const instance =
      what.kind === 'kill' || what.kind === 'freeze' ? random.whole(1, ground.counts[what.process] ?? 1) : 1;
    const target = targetOf(what, instance);
    if (busy.has(target)) continue;
    left.splice(i, 1);
    return { what, target, instance };
  }
  return undefined;
}

function targetOf(what: Interruption, instance: number): string {
  switch (what.kind) {
    case 'kill':
    case 'freeze':
      return `${what.process}.${instance}`;
    case 'stop_postgres':
    case 'cut_connections':
      return 'postgres';
    case 'empty_queue':
    case 'stop_redis':
      return 'queue';
  }
}

type Result = Pick<Done, 'hitPoint' | 'note'>;

async function carryOut(options: InjectOptions, what: Interruption, instance: number): Promise<Result> {
  const { ground } = options;
  switch (what.kind) {
    case 'kill':
      return kill(ground, { name: what.process, instance }, what.point);
    case 'freeze':
      return freeze(ground, { name: what.process, instance }, what.forMs, what.point);
    case 'stop_postgres':
      return stopPostgres(ground, what.forMs);
    case 'cut_connections':
      return cutConnections(ground);
    case 'empty_queue':
      return emptyQueue(ground);
    case 'stop_redis':
      return stopRedis(ground, what.forMs);
  }
}

interface Target {
  name: ProcessName;
  instance: number;
}

async function kill(ground: Ground, target: Target, point: string | undefined): Promise<Result> {
  const hit = point === undefined ? undefined : await passPoint(ground, target, point, 'SIGKILL');
  const pid = hit?.pid ?? (await signal(ground, target, 'SIGKILL'));
  const { name } = target;
  // the supervisor has seen it and starts another
  await until(() => !ground.stack.pids()[name]!.includes(pid), HIT_WAIT_MS);
  await until(() => ground.stack.pids()[name]!.length === (ground.counts[name] ?? 1), HIT_WAIT_MS);
  return { hitPoint: hit !== undefined };
}

async function freeze(
  ground: Ground,
  target: Target,
  forMs: number,
  point: string | undefined,
): Promise<Result> {
  const hit = point === undefined ? undefined : await passPoint(ground, target, point, 'SIGSTOP');
  const pid = hit?.pid ?? (await signal(ground, target, 'SIGSTOP'));
  await pause(forMs);
  process.kill(pid, 'SIGCONT');
  if (point !== undefined) await keepAwake(pid, pointUrl(ground, target, point));
  return { hitPoint: hit !== undefined };
}

/**
 * A request to arm the point that was given up as late may be read only now, and stops the process once more: nobody
 * would wake it.
 */
async function keepAwake(pid: number, url: string): Promise<void> {
  for (let n = 0; n < AWAKE_LOOKS; n += 1) {
    await ask(url, 'DELETE');
    await pause(POLL_MS);
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      return; // it has ended meanwhile
    }
  }
}

const pointUrl = ({ stack }: Ground, { name, instance }: Target, point: string): string =>
  `${stack.urls.admin[instance === 1 ? name : `${name}.${instance}`]}/kill-points?point=${point}`;

/** Signals a running process; waits for one that is just starting again. */
async function signal(ground: Ground, { name, instance }: Target, what: NodeJS.Signals): Promise<number> {
  let pid: number | undefined;
  await until(() => {
    [pid] = ground.stack.kill(name, what, instance);
    return pid !== undefined;
  }, HIT_WAIT_MS);
  if (pid === undefined) throw new Error(`${name} did not come back to be signalled`);
  return pid;
}

/** Arms a point and waits for its hit; undefined, and disarmed, when it is not passed in time. */
async function passPoint(
  ground: Ground,
  target: Target,
  point: string,
  what: 'SIGKILL' | 'SIGSTOP',
): Promise<{ pid: number } | undefined> {
  const { name } = target;
  const url = pointUrl(ground, target, point);
  const claim = (): Hit | undefined => {
    // two processes of one name may be armed alike at the same time: each hit is taken once, whoever's it was
    const at = readHits(ground.hitsFile).findIndex(
      (hit, i) =>
        !ground.claimedHits.has(i) && hit.point === point && hit.process === name && hit.signal === what,
    );
    if (at < 0) return undefined;
    ground.claimedHits.add(at);
    return readHits(ground.hitsFile)[at];
  };
  const deadline = Date.now() + HIT_WAIT_MS;
  let armed = false;
  while (Date.now() < deadline) {
    armed ||= await ask(`${url}&signal=${what}`, 'POST');
    const hit = claim();
    if (hit !== undefined) return hit;
    await pause(POLL_MS);
  }
  await ask(url, 'DELETE');
  return claim();
}

export interface Hit {
  process: string;
  pid: number;
  point: string;
  signal: 'SIGKILL' | 'SIGSTOP';
}

/** Every hit of a kill point so far. */
export function readHits(file: string): Hit[] {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Hit);
}

async function ask(url: string, method: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(ADMIN_TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // it is just coming back
  }
}

async function stopPostgres({ stack }: Ground, forMs: number): Promise<Result> {
  await stack.postgres!.stop('immediate');
  await pause(forMs);
  await stack.postgres!.start();
  return { hitPoint: false };
}

/**
 * Every session of ours ends in the middle of whatever it does: a commit that is under way may or may not
 * take effect.
 */
async function cutConnections({ knex }: Ground): Promise<Result> {
  const cut = await retried(() =>
    rows<{ ended: boolean }>(
      knex,
      "select pg_terminate_backend(pid) as ended from pg_stat_activity where application_name like 'munim-%'",
    ),
  );
  return { hitPoint: false, note: `${cut.length} sessions` };
}

/** Every queued job is gone while everything runs: FLUSHALL, or the rows of BullMQ's job table. */
async function emptyQueue({ redis, knex }: Ground): Promise<Result> {
  if (redis === undefined) {
    const lost = await retried(() => execute(knex, 'delete from bullmq.job'));
    return { hitPoint: false, note: `${lost} jobs` };
  }
  await retried(() => redisCommand(redis.port, 'FLUSHALL'));
  return { hitPoint: false };
}

async function stopRedis({ redis }: Ground, forMs: number): Promise<Result> {
  await redis!.stop('SIGKILL');
  await pause(forMs);
  await redis!.start();
  return { hitPoint: false };
}

export async function redisCommand(port: number, command: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(`${command}\r\n`);
    });
    socket.setTimeout(5_000, () => {
      socket.destroy(new Error('Redis does not answer'));
    });
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      if (data.toString().startsWith('+OK')) resolve();
      else reject(new Error(`Redis says ${data.toString().trim()}`));
    });
  });
}

/** Tries again until it succeeds, because the database may be down at the moment. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(200);
    }
  }
}

async function until(condition: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!condition() && Date.now() < end) await pause(POLL_MS);
}
