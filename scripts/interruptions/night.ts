/**
 * The nights of one generated stretch of days, done twice from the same rows: once in peace, and once while their processes
 * are killed at seeded points, frozen steps are taken over, PostgreSQL stops and the queue is emptied. Both must leave the
 * same, byte for byte but for ids that are drawn and times of the clock.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { verifyTables } from '../../domain/verification/verify';
import { addDays } from '../../domain/night/open';
import { businessDate } from '../../platform/clock';
import { execute, LONG_WORK_MS, makeKnex, rows } from '../../platform/database';
import type { QueueBackend } from '../../platform/queue';
import { startMonthGround, type MonthGround } from '../month/ground';
import { runMonth } from '../month/run';
import { startRedis, type RedisServer } from '../stack/redis-server';
import { startStack, type Stack } from '../stack/stack';
import { redisCommand } from './inject';
import { dumpNights, differencesOf } from './night-dump';
import { createRandom, type Random } from './random';

export interface NightOptions {
  backend: QueueBackend;
  seed: number;
  /** How often processes are killed. */
  kills: number;
  days: number;
  transactions: number;
  keep: boolean;
  say: (line: string) => void;
}

export interface NightReport {
  ok: boolean;
  seed: number;
  backend: QueueBackend;
  nights: number;
  kills: number;
  /** In the middle of which steps. */
  inSteps: Record<string, number>;
  takenOver: number;
  postgresStops: number;
  queueEmptied: number;
  /** Tries of steps, in peace and disturbed. */
  tries: [number, number];
  lines: number;
  calmMs: number;
  disturbedMs: number;
  differences: string[];
}

type Act = 'kill' | 'kill_and_take_over' | 'stop_postgres' | 'empty_queue';

export async function runNights(options: NightOptions): Promise<NightReport> {
  const { backend, seed, days, transactions, say } = options;
  const ground = await startMonthGround({ backend: 'postgres', profile: 'durable' });
  let isGood = false;
  try {
    say(`${days} days with ${transactions} transactions and their reports are written`);
    await runMonth(
      {
        ...{ seed, days, transactions, firstDay: addDays(businessDate(new Date()), -days), onlyWrites: true },
        ...ground.options,
      },
      () => Promise.resolve(),
    );
    say('the nights are done in peace');
    const calm = await onCopy(ground, options, 'calm', async () => ({ ...NOTHING_DONE }));
    say('the nights are done again, disturbed');
    const random = createRandom(seed + 1);
    const disturbed = await onCopy(ground, options, 'disturbed', (place) => disturb(place, options, random));
    const differences = [
      ...differencesOf(calm.dump, disturbed.dump),
      ...calm.violations.map((line) => `undisturbed: ${line}`),
      ...disturbed.violations.map((line) => `disturbed: ${line}`),
    ];
    isGood = differences.length === 0;
    return {
      ...{ ok: isGood, seed, backend, nights: days, ...disturbed.done },
      tries: [calm.tries, disturbed.tries],
      lines: [...calm.dump.values()].reduce((sum, list) => sum + list.length, 0),
      ...{ calmMs: calm.ms, disturbedMs: disturbed.ms, differences },
    };
  } finally {
    await ground.close({ keep: options.keep || !isGood });
    if (options.keep || !isGood) say(`the folder is kept: ${ground.dir}`);
  }
}

interface Place {
  ground: MonthGround;
  stack: Stack;
  knex: Knex;
  redis: RedisServer | undefined;
}

interface Done {
  kills: number;
  inSteps: Record<string, number>;
  takenOver: number;
  postgresStops: number;
  queueEmptied: number;
}
const NOTHING_DONE: Done = { kills: 0, inSteps: {}, takenOver: 0, postgresStops: 0, queueEmptied: 0 };

interface Ended {
  dump: Map<string, string[]>;
  done: Done;
  violations: string[];
  tries: number;
  ms: number;
}

const RESTART = { firstMs: 100, longestMs: 1_000, healthyMs: 2_000 };
const NO_OTHERS = Object.fromEntries(
  ['api', 'ops', 'ledger', 'dispatch', 'callbacks', 'polling', 'maintenance', 'sandbox'].map((name) => [
    name,
    0,
  ]),
);

/** The processes of the nights alone, two of them, on a copy of the rows. */
async function onCopy(
  ground: MonthGround,
  { backend }: NightOptions,
  name: string,
  work: (place: Place) => Promise<Done>,
): Promise<Ended> {
  const urls = await ground.copy(name);
  const redis =
    backend === 'redis'
      ? await startRedis({ dir: path.join(ground.dir, `redis-${name}`), appendonly: true })
      : undefined;
  const dataDir = path.join(ground.dir, name);
  fs.mkdirSync(dataDir, { recursive: true });
  const knex = makeKnex(urls.owner, { max: 2, applicationName: 'interruptions', statementMs: LONG_WORK_MS });
  const began = performance.now();
  const stack = await startStack({
    ...{
      dataDir,
      databaseUrl: urls.app,
      migrateDatabaseUrl: urls.migrate,
      redisUrl: redis?.url,
      ports: 'free',
    },
    ...{ processes: { ...NO_OTHERS, nightly: 2 }, restart: RESTART, profile: 'production' },
    env: { MUNIM_LOG_LEVEL: 'warn' },
    seed: () => Promise.resolve({ apiKey: '', opsEmail: '', opsPassword: '', network: [], staff: [] }),
  });
  try {
    const done = await work({ ground, stack, knex, redis });
    await untilDone(knex);
    const ms = Math.round(performance.now() - began);
    const [found] = await rows<{ tries: number }>(
      knex,
      'select coalesce(sum(attempt_no), 0)::int4 as tries from nightly_runs',
    );
    return {
      dump: await dumpNights(knex),
      done,
      violations: await violationsIn(knex),
      tries: found!.tries,
      ms,
    };
  } finally {
    await stack.stop(5_000);
    await redis?.stop('SIGKILL');
    await knex.destroy();
  }
}

async function violationsIn(knex: Knex): Promise<string[]> {
  const findings = await knex.transaction((trx) => verifyTables(trx, {}));
  // No process of this ground asks providers or drives transactions.
  const notMade = new Set(['overdue-transactions', 'overdue-inquiries']);
  return findings.flatMap(({ name, result }) =>
    !notMade.has(name) && result !== undefined && result.violations > 0
      ? [`${name}: ${JSON.stringify(result.offenders.slice(0, 3))}`]
      : [],
  );
}

const LOOK_MS = 20;
const PATIENT_MS = 900_000;

interface State {
  left: number;
  running: string[];
}

async function stateOf(knex: Knex): Promise<State> {
  const [found] = await rows<State>(
    knex,
    `select (select count(*) from nights n where not exists (select from nightly_runs r
        where r.business_date = n.business_date and r.state = 'done')
      or exists (select from nightly_runs r where r.business_date = n.business_date and r.state <> 'done'))::int4
      + case when exists (select from nights) then 0 else 1 end as left,
      coalesce((select array_agg(kind order by kind) from nightly_runs
        where state = 'running' and lease_until > clock_timestamp()), '{}') as running`,
  );
  return found!;
}

async function untilDone(knex: Knex): Promise<void> {
  const until = Date.now() + PATIENT_MS;
  while (Date.now() < until) {
    if ((await stateOf(knex)).left === 0) return;
    await pause(LOOK_MS * 5);
  }
  throw new Error('the nights do not end');
}

const STOPS = 3;
const EMPTIED = 4;

/** Kills, with the other interruptions at seeded places among them. */
async function disturb(place: Place, { kills, say }: NightOptions, random: Random): Promise<Done> {
  const acts = random.shuffled<Act>([
    ...Array.from({ length: kills }, (_none, i): Act => (i % 3 === 2 ? 'kill_and_take_over' : 'kill')),
    ...Array.from({ length: STOPS }, (): Act => 'stop_postgres'),
    ...Array.from({ length: EMPTIED }, (): Act => 'empty_queue'),
  ]);
  const done: Done = { ...NOTHING_DONE, inSteps: {} };
  for (const act of acts) {
    const { left } = await untilRunning(place.knex);
    if (left === 0) break;
    await pause(random.whole(0, 250));
    const { running } = await stateOf(place.knex).catch(() => ({ running: [] as string[] }));
    await carryOut(place, act, random);
    if (act === 'kill' || act === 'kill_and_take_over') {
      done.kills += 1;
      for (const kind of running) done.inSteps[kind] = (done.inSteps[kind] ?? 0) + 1;
    }
    if (act === 'kill_and_take_over') done.takenOver += 1;
    if (act === 'stop_postgres') done.postgresStops += 1;
    if (act === 'empty_queue') done.queueEmptied += 1;
    say(`${act.replaceAll('_', ' ')}${running.length > 0 ? ` in the middle of ${running.join(', ')}` : ''}`);
  }
  return done;
}

/** Until a step is under way, or none is left. */
async function untilRunning(knex: Knex): Promise<State> {
  const until = Date.now() + PATIENT_MS;
  while (Date.now() < until) {
    const state = await stateOf(knex).catch(() => undefined);
    if (state !== undefined && (state.left === 0 || state.running.length > 0)) return state;
    await pause(LOOK_MS);
  }
  throw new Error('no step begins');
}

async function carryOut({ ground, stack, knex, redis }: Place, act: Act, random: Random): Promise<void> {
  switch (act) {
    case 'kill':
      // Both at once: who did the steps is dead, so their leases may end at once.
      stack.kill('nightly', 'SIGKILL');
      await letLeasesEnd(knex);
      break;
    case 'kill_and_take_over':
      // One of two, and the leases of both end: what the living one does, it and its successor do side by side.
      stack.kill('nightly', 'SIGKILL', random.whole(1, 2));
      await letLeasesEnd(knex);
      break;
    case 'stop_postgres':
      await ground.postgres.stop('immediate');
      await pause(random.whole(200, 1_500));
      await ground.postgres.start();
      break;
    case 'empty_queue':
      if (redis === undefined) await execute(knex, 'delete from bullmq.job');
      else await redisCommand(redis.port, 'FLUSHALL');
      break;
  }
}

/** As if the seconds had gone by after which others take over, and what was queued is queued again. */
async function letLeasesEnd(knex: Knex): Promise<void> {
  await execute(
    knex,
    `update nightly_runs set lease_until = clock_timestamp(), due_at = clock_timestamp()
    where state = 'running'`,
  );
}
