import { Client } from 'pg';
import type { Stack } from '../scripts/stack/stack';
import { pass, withStack } from './pipeline';
import { rssMiB } from './support/cpu';
import { figure, median, note, readFlags, report } from './support/flags';
import { makeHistory } from './support/history';

/**
 * Does speed and memory stay the same over time? Memory: RSS of each process after many payouts, compared with RSS after
 * fewer. History: payouts a second with a million finished rows (made by SQL), compared with ten thousand in the same run.
 */
const DEFAULTS = {
  part: 'memory,history',
  first: 20_000,
  last: 100_000,
  few: 10_000,
  many: 1_000_000,
  count: 5_000,
  rounds: 3,
  callers: 64,
  wallets: 200,
  beneficiaries: 200,
};
type Flags = typeof DEFAULTS;
const RSS_EVERY_MS = 250;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  if (flags.part.includes('memory')) await memory(flags);
  if (flags.part.includes('history')) await history(flags);
}

/** The median RSS while a load runs. A single reading would mostly show when the last garbage collection was. */
async function memory(flags: Flags): Promise<void> {
  await withStack(
    {},
    async (stack, _redis, users) => {
      const step = 10_000;
      let early: Record<string, number> = {};
      let late: Record<string, number> = {};
      for (let done = step; done <= flags.last; done += step) {
        late = await watched(stack, () => pass(stack, users, { ...flags, count: step }));
        note(`${done} payouts: ${JSON.stringify(late)}`);
        if (done === flags.first) early = late;
      }
      const ratios = Object.fromEntries(
        Object.keys(late).map((name) => [name, figure(late[name]! / early[name]!)]),
      );
      report({
        bench: 'endurance',
        part: 'memory',
        unit: 'MiB RSS, median of the last 10,000',
        [`after_${flags.first}`]: early,
        [`after_${flags.last}`]: late,
        ratio: ratios,
        aim: 1.1,
        flags,
      });
    },
    flags,
  );
}

async function watched(stack: Stack, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const readings: Record<string, number>[] = [];
  const timer = setInterval(() => readings.push(rss(stack)), RSS_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  readings.push(rss(stack));
  return Object.fromEntries(
    Object.keys(readings[0]!).map((name) => [name, median(readings.map((r) => r[name]!))]),
  );
}

async function history(flags: Flags): Promise<void> {
  await withStack(
    {},
    async (stack, _redis, users) => {
      const db = new Client({ connectionString: stack.urls.owner });
      await db.connect();
      await pass(stack, users, { ...flags, count: flags.wallets });
      const measure = async (): Promise<number> => {
        const rates: number[] = [];
        for (let round = 1; round <= flags.rounds; round++)
          rates.push((await pass(stack, users, flags)).rate);
        return median(rates);
      };
      await makeHistory(db, users[0]!, 1, flags.few);
      await db.query('vacuum analyze');
      const few = await measure();
      note(`with ${flags.few} finished rows: ${figure(few)}/s`);
      for (let from = flags.few + 1; from <= flags.many; from += 100_000)
        await makeHistory(db, users[0]!, from, Math.min(flags.many, from + 99_999));
      await db.query('vacuum analyze');
      await db.query('checkpoint');
      const many = await measure();
      report({
        bench: 'endurance',
        part: 'history',
        unit: 'payouts/s',
        ours: figure(many),
        peer: figure(few),
        peer_name: `the same with ${flags.few} finished rows`,
        ratio: figure(many / few),
        aim: 0.9,
        flags,
      });
      await db.end();
    },
    flags,
  );
}

function rss(stack: Stack): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stack.pids()).map(([name, pids]) => [name, Math.max(...pids.map(rssMiB))]),
  );
}
