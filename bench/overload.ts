import { setTimeout as pause } from 'node:timers/promises';
import { makeKnex, rows } from '../platform/database';
import type { Stack } from '../scripts/stack/stack';
import { withStack } from './pipeline';
import { rssMiB } from './support/cpu';
import type { Answers } from './support/edge-load';
import { runLoad, useProductionLimits } from './support/edge-stack';
import { figure, median, note, readFlags, report } from './support/flags';
import type { BenchUser } from './support/users';

/**
 * Many keys offer several times what the API can take, for minutes. Every answer is 202, or 429 or 503 with
 * Retry-After; what was accepted ends; the number that ends in a second stays near its peak, and memory level; ten
 * seconds later it is as before. The peak is that of the best minute: of one in which no more is offered than is taken,
 * or of any under the load. `--strict yes` ends with an error when a target is missed.
 */
const DEFAULTS = { minutes: 10, keys: 200, times: 3, slice: 10, connections: 4_000, strict: 'no' };
const TARGETS = { ofPeak: 0.9, normalAgain: 1.5, memory: 1.25 };
const SETTLE_MS = 600_000;
const MINUTE_S = 60;
const QUIET_RATE = 50;

interface Slice {
  answers: Answers;
  accepted: number;
  rss: Record<string, number>;
}

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const faults: string[] = [];
  await withStack(
    {},
    async (stack, _redis, users) => {
      await useProductionLimits(stack);
      const keys = users.map(({ apiKey }) => apiKey);
      const quiet = () =>
        runLoad({
          kind: 'payouts',
          url: stack.urls.api,
          keys,
          perSecond: QUIET_RATE,
          seconds: 5,
          connections: 64,
        });
      await quiet();
      const before = await quiet();
      await capacityOf(stack, users, flags); // a process that has just begun takes half of what it can
      const capacity = await capacityOf(stack, users, flags);
      note(
        `capacity: ${figure(capacity)} payouts a second are accepted; offered: ${figure(capacity * flags.times)}`,
      );
      const atCapacityFrom = Date.now();
      await slice(stack, keys, {
        ...{ perSecond: capacity, seconds: MINUTE_S, connections: flags.connections },
      });
      const [atCapacity] = await endedOf(stack, {
        ...{ from: atCapacityFrom, to: atCapacityFrom + MINUTE_S * 1_000, sliceS: MINUTE_S },
      });
      await settle(stack);
      const slices: Slice[] = [];
      const from = Date.now();
      const end = from + flags.minutes * 60_000;
      while (Date.now() < end) {
        slices.push(
          await slice(stack, keys, {
            perSecond: capacity * flags.times,
            seconds: flags.slice,
            connections: flags.connections,
          }),
        );
        const last = slices.at(-1)!;
        note(
          `accepted ${figure(last.accepted)}/s, ${JSON.stringify(last.answers.statuses)}, MiB ${JSON.stringify(last.rss)}`,
        );
      }
      const to = Date.now();
      await pause(10_000);
      const after = await quiet();
      const open = await settle(stack);
      const ended = await endedOf(stack, { from, to, sliceS: flags.slice });
      faults.push(...tell({ before, after, slices, ended, open, capacity, atCapacity: atCapacity! }, flags));
    },
    { wallets: flags.keys },
  );
  if (faults.length > 0 && flags.strict === 'yes') throw new Error(faults.join('; '));
}

/** What is accepted in a second when more and more is offered. */
async function capacityOf(
  stack: Stack,
  users: readonly BenchUser[],
  { connections }: { connections: number },
): Promise<number> {
  const keys = users.map(({ apiKey }) => apiKey);
  let best = 0;
  for (let perSecond = 200; perSecond <= 25_600; perSecond *= 2) {
    const { accepted } = await slice(stack, keys, { perSecond, seconds: 4, connections });
    best = Math.max(best, accepted);
    if (accepted < perSecond * 0.9) return best;
  }
  return best;
}

async function slice(
  stack: Stack,
  keys: readonly string[],
  load: { perSecond: number; seconds: number; connections: number },
): Promise<Slice> {
  const started = performance.now();
  const answers = await runLoad({ kind: 'payouts', url: stack.urls.api, keys, ...load });
  const tookS = Math.max(load.seconds, (performance.now() - started) / 1_000);
  const rss = Object.fromEntries(
    Object.entries(stack.pids()).map(([name, pids]) => [name, Math.max(...pids.map(rssMiB))]),
  );
  return { answers, accepted: (answers.statuses['202'] ?? 0) / tookS, rss };
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
  slices: readonly Slice[];
  /** Payouts a second, of each slice. */
  ended: readonly number[];
  open: number;
  capacity: number;
  /** Payouts a second that ended in a minute in which the capacity was offered. */
  atCapacity: number;
}

function tell(measured: Measured, flags: typeof DEFAULTS): string[] {
  const { before, after, slices, ended, open, capacity, atCapacity } = measured;
  const accepted = slices.map((one) => one.accepted);
  const peak = Math.max(atCapacity, ...means(ended, Math.max(1, MINUTE_S / flags.slice)));
  const statuses: Record<string, number> = {};
  for (const { answers } of slices)
    for (const [status, count] of Object.entries(answers.statuses))
      statuses[status] = (statuses[status] ?? 0) + count;
  const others = Object.keys(statuses).filter((status) => !['202', '429', '503'].includes(status));
  const unannounced = slices.reduce((n, { answers }) => n + answers.withoutRetryAfter, 0);
  const memory = growthOf(slices);
  const faults = [
    ...(others.length > 0 ? [`answers ${others.join(', ')}`] : []),
    ...(unannounced > 0 ? [`${unannounced} refusals without Retry-After`] : []),
    ...(open > 0 ? [`${open} accepted payouts have not ended`] : []),
    ...(median(ended) < peak * TARGETS.ofPeak ? ['the throughput falls'] : []),
    ...(memory > TARGETS.memory ? ['memory grows'] : []),
    ...(after.p99Ms > before.p99Ms * TARGETS.normalAgain ? ['it is slower afterwards'] : []),
  ];
  report({
    bench: 'overload',
    capacity: figure(capacity),
    accepted: figure(median(accepted)),
    accepted_peak: figure(Math.max(...accepted)),
    ended: figure(median(ended)),
    ended_worst: figure(Math.min(...ended)),
    ended_at_capacity: figure(atCapacity),
    ended_best_slice: figure(Math.max(...ended)),
    ended_peak: figure(peak),
    of_peak: figure(median(ended) / peak),
    aim_of_peak: TARGETS.ofPeak,
    statuses,
    without_retry_after: unannounced,
    not_ended: open,
    memory_growth: figure(memory),
    aim_memory_growth: TARGETS.memory,
    rss_mib: slices.at(-1)?.rss,
    p99_ms_before: figure(before.p99Ms),
    p99_ms_after: figure(after.p99Ms),
    faults,
    flags,
  });
  return faults;
}

/** The mean of each `n` that follow each other. */
function means(values: readonly number[], n: number): number[] {
  const most = Math.min(n, values.length);
  return Array.from({ length: values.length - most + 1 }, (_, i) =>
    values.slice(i, i + most).reduce((sum, value) => sum + value / most, 0),
  );
}

/** The most that a process takes in the last third, as a multiple of what it took in the first. */
function growthOf(slices: readonly Slice[]): number {
  const third = Math.max(1, Math.floor(slices.length / 3));
  const meanOf = (part: readonly Slice[], name: string): number =>
    part.reduce((sum, { rss }) => sum + (rss[name] ?? 0), 0) / part.length;
  const names = Object.keys(slices[0]?.rss ?? {});
  return Math.max(
    1,
    ...names.map((name) => meanOf(slices.slice(-third), name) / meanOf(slices.slice(0, third), name)),
  );
}
