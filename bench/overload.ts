import { setTimeout as pause } from 'node:timers/promises';
import { makeKnex, rows } from '../platform/database';
import type { Stack } from '../scripts/stack/stack';
import { cpuOf, withStack } from './pipeline';
import { rssMiB, workMs } from './support/cpu';
import type { Answers } from './support/edge-load';
import { runLoad, useProductionLimits } from './support/edge-stack';
import { figure, median, note, readFlags, report } from './support/flags';

/**
 * Many keys offer several times what the API can take, for minutes. Every answer is 202, or 429 or 503 with
 * Retry-After; what was accepted ends; the number that ends in a second stays near its peak, and memory level; ten
 * seconds later it is as before. The peak is that of the best minute: of one in which no more is offered than is taken,
 * or of any under the load. `of_peak_at_even_speed` takes out the speed of the machine, which its neighbours change: it
 * explains, and decides nothing. `--strict yes` ends with an error when a target is missed.
 */
const DEFAULTS = { minutes: 10, keys: 200, times: 3, slice: 10, connections: 4_000, strict: 'no' };
const TARGETS = { ofPeak: 0.9, normalAgain: 1.5, memory: 1.25 };
const SETTLE_MS = 600_000;
const MINUTE_S = 60;
const QUIET_RATE = 50;
const QUIET_S = 15;
const RAMP_S = 4;
const WORK_EVERY_MS = 1_000;

type Memory = Record<string, number>;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const faults: string[] = [];
  await withStack(
    {},
    async (stack, redis, users) => {
      await useProductionLimits(stack);
      const keys = users.map(({ apiKey }) => apiKey);
      const send = (perSecond: number, seconds: number, connections = flags.connections) =>
        runLoad({
          ...{
            kind: 'payouts',
            url: stack.urls.api,
            keys,
            perSecond,
            seconds,
            connections,
            endsInTime: true,
          },
        });
      const quiet = () => send(QUIET_RATE, QUIET_S, 64);
      await quiet();
      const before = await quiet();
      await capacityOf(send); // a process that has just begun takes half of what it can
      const capacity = await capacityOf(send);
      const offered = capacity * flags.times;
      note(`capacity: ${figure(capacity)} payouts a second are accepted; offered: ${figure(offered)}`);
      const atCapacityFrom = Date.now();
      await send(capacity, MINUTE_S);
      const [atCapacity] = await endedOf(stack, {
        ...{ from: atCapacityFrom, to: atCapacityFrom + MINUTE_S * 1_000, sliceS: MINUTE_S },
      });
      await settle(stack);
      const from = Date.now();
      const seconds = flags.minutes * MINUTE_S;
      const load = send(offered, seconds);
      const cpu = [cpuOf(stack, redis)];
      const work: number[][] = [[]];
      const working = setInterval(() => work.at(-1)!.push(workMs()), WORK_EVERY_MS);
      const memory = await memoryOf(stack, {
        ...{ until: from + seconds * 1_000, everyMs: flags.slice * 1_000 },
        each: () => {
          cpu.push(cpuOf(stack, redis));
          work.push([]);
        },
      });
      clearInterval(working);
      const to = Date.now();
      const answers = await load;
      await pause(to + 10_000 - Date.now());
      const after = await quiet();
      const open = await settle(stack);
      const ended = await endedOf(stack, { from, to, sliceS: flags.slice });
      const speed = speedsOf(work.slice(0, ended.length));
      const measured = { before, after, answers, memory, cpu, speed, ended, open, capacity, offered };
      faults.push(...tell({ ...measured, atCapacity: atCapacity! }, flags));
    },
    { wallets: flags.keys },
  );
  if (faults.length > 0 && flags.strict === 'yes') throw new Error(faults.join('; '));
}

/** What is accepted in a second when more and more is offered. */
async function capacityOf(send: (perSecond: number, seconds: number) => Promise<Answers>): Promise<number> {
  let best = 0;
  for (let perSecond = 200; perSecond <= 25_600; perSecond *= 2) {
    const { statuses, tookS } = await send(perSecond, RAMP_S);
    const accepted = (statuses['202'] ?? 0) / tookS;
    best = Math.max(best, accepted);
    if (accepted < perSecond * 0.9) return best;
  }
  return best;
}

/** The MiB of each kind of process, again and again until then. */
async function memoryOf(
  stack: Stack,
  { until, everyMs, each }: { until: number; everyMs: number; each: () => void },
): Promise<Memory[]> {
  const found: Memory[] = [];
  while (Date.now() < until) {
    await pause(Math.min(everyMs, Math.max(0, until - Date.now())));
    each();
    found.push(
      Object.fromEntries(
        Object.entries(stack.pids()).map(([name, pids]) => [name, Math.max(...pids.map(rssMiB))]),
      ),
    );
    note(`MiB ${JSON.stringify(found.at(-1))}`);
  }
  return found;
}

/** How many transactions are not final when nothing more comes. */
async function settle(stack: Stack): Promise<number> {
  const knex = makeKnex(stack.urls.database, { max: 1 });
  try {
    for (const end = Date.now() + SETTLE_MS; ;) {
      const [found] = await rows<{ open: bigint }>(
        knex,
        'select count(*) as open from transactions where finished_at is null',
      );
      if (found!.open === 0n || Date.now() > end) return Number(found!.open);
      await pause(1_000);
    }
  } finally {
    await knex.destroy();
  }
}

/** How many payouts ended in each second of each slice: what is accepted is a promise, what has ended is work done. */
async function endedOf(
  stack: Stack,
  { from, to, sliceS }: { from: number; to: number; sliceS: number },
): Promise<number[]> {
  const knex = makeKnex(stack.urls.database, { max: 1 });
  try {
    const found = await rows<{ slice: number; count: number }>(
      knex,
      `select floor(extract(epoch from finished_at - :from::timestamptz) / :sliceS)::int4 as slice, count(*)::int4 as count
      from transactions where finished_at >= :from::timestamptz and finished_at < :to::timestamptz group by 1`,
      { from: new Date(from), to: new Date(to), sliceS },
    );
    const counts = new Map(found.map(({ slice, count }) => [slice, count]));
    const whole = Math.floor((to - from) / 1_000 / sliceS);
    return Array.from({ length: whole }, (_, n) => (counts.get(n) ?? 0) / sliceS);
  } finally {
    await knex.destroy();
  }
}

interface Measured {
  before: Answers;
  after: Answers;
  answers: Answers;
  memory: readonly Memory[];
  /** CPU time of each kind of process so far, ms, before each slice and after the last. */
  cpu: readonly Record<string, number>[];
  /** Of the machine in each slice, as a multiple of its usual one. */
  speed: readonly number[];
  /** Payouts a second, of each slice. */
  ended: readonly number[];
  open: number;
  capacity: number;
  offered: number;
  /** Payouts a second that ended in a minute in which the capacity was offered. */
  atCapacity: number;
}

function tell(measured: Measured, flags: typeof DEFAULTS): string[] {
  const { before, after, answers, ended, open, capacity, offered, atCapacity } = measured;
  const perMinute = Math.max(1, Math.round(MINUTE_S / flags.slice));
  const peak = Math.max(atCapacity, ...means(ended, perMinute));
  const evenly = ended.map((perSecond, i) => perSecond / measured.speed[i]!);
  const { statuses, withoutRetryAfter } = answers;
  const others = Object.keys(statuses).filter((status) => !['202', '429', '503'].includes(status));
  const memory = growthOf(measured.memory);
  const faults = [
    ...(others.length > 0 ? [`answers ${others.join(', ')}`] : []),
    ...(withoutRetryAfter > 0 ? [`${withoutRetryAfter} refusals without Retry-After`] : []),
    ...(open > 0 ? [`${open} accepted payouts have not ended`] : []),
    ...(median(ended) < peak * TARGETS.ofPeak ? ['the throughput falls'] : []),
    ...(memory > TARGETS.memory ? ['memory grows'] : []),
    ...(after.p99Ms > before.p99Ms * TARGETS.normalAgain ? ['it is slower afterwards'] : []),
  ];
  report({
    bench: 'overload',
    capacity: figure(capacity),
    offered: figure(offered),
    answered: figure(answers.perSecond),
    accepted: figure(answers.ok / answers.tookS),
    ended: figure(median(ended)),
    ended_worst: figure(Math.min(...ended)),
    ended_at_capacity: figure(atCapacity),
    ended_best_slice: figure(Math.max(...ended)),
    ended_peak: figure(peak),
    ended_each_minute: chunks(ended, perMinute).map((part) => figure(meanOf(part))),
    cpu_ms_a_payout_each_minute: cpuAPayout(measured, { sliceS: flags.slice, perMinute }),
    speed_each_minute: chunks(measured.speed, perMinute).map((part) => figure(meanOf(part))),
    of_peak: figure(median(ended) / peak),
    aim_of_peak: TARGETS.ofPeak,
    of_peak_at_even_speed: figure(median(evenly) / Math.max(...means(evenly, perMinute))),
    statuses,
    without_retry_after: withoutRetryAfter,
    not_ended: open,
    memory_growth: figure(memory),
    aim_memory_growth: TARGETS.memory,
    rss_mib: measured.memory.at(-1),
    p99_ms_before: figure(before.p99Ms),
    p99_ms_after: figure(after.p99Ms),
    faults,
    flags,
  });
  return faults;
}

/** CPU ms of each kind of process that a payout took, minute by minute. */
function cpuAPayout(
  { cpu, ended }: Measured,
  { sliceS, perMinute }: { sliceS: number; perMinute: number },
): Record<string, number[]> {
  const minutes = chunks(ended, perMinute);
  const of = (name: string): number[] =>
    minutes.map((part, n) => {
      const first = n * perMinute;
      const ms = (cpu[first + part.length]?.[name] ?? 0) - (cpu[first]?.[name] ?? 0);
      return figure(ms / Math.max(1, meanOf(part) * part.length * sliceS));
    });
  return Object.fromEntries(Object.keys(cpu[0] ?? {}).map((name) => [name, of(name)]));
}

/** How fast the machine was in each slice, from the CPU time that the same work took. */
function speedsOf(work: readonly (readonly number[])[]): number[] {
  const usualMs = median(work.flat());
  return work.map((ms) => usualMs / (ms.length === 0 ? usualMs : median(ms)));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of each `n` that follow each other. */
function means(values: readonly number[], n: number): number[] {
  const most = Math.min(n, values.length);
  return Array.from({ length: values.length - most + 1 }, (_, i) => meanOf(values.slice(i, i + most)));
}

function chunks<T>(values: readonly T[], n: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / n) }, (_, i) => values.slice(i * n, (i + 1) * n));
}

/**
 * The most that a process of ours takes in the last third, as a multiple of what it took in the first. The sandbox plays
 * the providers and keeps their books in memory.
 */
function growthOf(memory: readonly Memory[]): number {
  const third = Math.max(1, Math.floor(memory.length / 3));
  const mibOf = (part: readonly Memory[], name: string): number => meanOf(part.map((one) => one[name] ?? 0));
  return Math.max(
    1,
    ...Object.keys(memory[0] ?? {})
      .filter((name) => name !== 'sandbox')
      .map((name) => mibOf(memory.slice(-third), name) / mibOf(memory.slice(0, third), name)),
  );
}
