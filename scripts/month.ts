/**
 * `npm run month -- --seed S --transactions 200000 --days 30 --backend postgres|redis`: a month of every service with
 * planted breaks of every kind and their mixes, on a platform of its own. Past days are written straight into the rows of
 * the platform and into the sandbox's books, which keep the truth; after each day its reports are imported and its night is
 * done, by the process that does nights, on that backend. Then everything that reconciliation found is compared with what
 * was planted; suspense, floats, commission, tax, the promises and the seal are checked. Options: --keep leaves the folder.
 * Exit code 0 when there is no difference, 1 when there is one, 2 when the month could not be made.
 */
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { addDays } from '../domain/night/open';
import { businessDate } from '../platform/clock';
import { startMonthGround } from './month/ground';
import { differencesText, judgeMonth, type Judged } from './month/judge';
import { runMonth, waitForNights } from './month/run';
import { hasRedisServer } from './stack/redis-server';

const OPTIONS = {
  seed: { type: 'string' },
  transactions: { type: 'string', default: '200000' },
  days: { type: 'string', default: '30' },
  backend: { type: 'string' },
  keep: { type: 'boolean', default: false },
} as const;

interface Asked {
  seed: number;
  transactions: number;
  days: number;
  backend: 'postgres' | 'redis';
  keep: boolean;
}

function asked(): Asked {
  const { values } = parseArgs({ options: OPTIONS });
  const whole = (name: 'seed' | 'transactions' | 'days', text: string, most: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new Error(`--${name} takes a whole number from 1 to ${most}`);
    return value;
  };
  const backend = values.backend ?? (hasRedisServer() ? 'redis' : 'postgres');
  if (backend !== 'redis' && backend !== 'postgres') throw new Error('--backend takes redis or postgres');
  return {
    ...{ backend, keep: values.keep },
    seed: whole('seed', values.seed ?? String(Date.now() % 1_000_000), 4_294_967_295),
    transactions: whole('transactions', values.transactions, 2_000_000),
    days: whole('days', values.days, 31),
  };
}

async function main(): Promise<number> {
  const { seed, transactions, days, backend, keep } = asked();
  say(
    `seed ${seed}: ${days} days, ${transactions.toLocaleString('en-IN')} transactions, queues on ${backend}`,
  );
  const ground = await startMonthGround({ backend, profile: 'test' });
  const bar = progress(transactions, days);
  const began = performance.now();
  let isGood = false;
  try {
    const judged = await runMonth(
      {
        ...{ seed, transactions, days },
        firstDay: addDays(businessDate(new Date()), -days),
        ...ground.options,
        begin: async (world) => {
          const nightly = await ground.startNightly(world.clock);
          return { night: (day) => waitForNights(world, day + 1), stop: () => nightly.stop() };
        },
        told: (told) => bar.tell(told),
      },
      (world, month) => judgeMonth(world, month, month.expected),
    );
    bar.stop();
    isGood = judged.differences.length === 0;
    process.stdout.write(table(judged, { seed, backend, seconds: (performance.now() - began) / 1_000 }));
    return isGood ? 0 : 1;
  } finally {
    bar.stop();
    await ground.close({ keep });
    if (keep) say(`the folder is kept: ${ground.dir}`);
  }
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function progress(total: number, days: number) {
  const began = performance.now();
  const left = (done: number): string => {
    const seconds = (performance.now() - began) / 1_000;
    return done === 0 ? '' : `${Math.ceil((seconds / done) * (total - done))} s left`;
  };
  if (!process.stderr.isTTY) {
    let last = -1;
    return {
      tell({ day, written, isNight }: { day: number; written: number; isNight: boolean }): void {
        if (isNight && day !== last)
          say(`day ${day + 1} of ${days}: ${written} transactions, ${left(written)}`);
        if (isNight) last = day;
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    {
      format: '{bar} day {day} of {days}, {value} of {total} transactions, {what} | {left}',
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { day: 1, days, what: '', left: '' });
  return {
    tell({ day, written, isNight }: { day: number; written: number; isNight: boolean }): void {
      bar.update(written, {
        day: day + 1,
        days,
        what: isNight ? 'its night' : 'orders',
        left: left(written),
      });
    },
    stop: () => bar.stop(),
  };
}

function table(
  judged: Judged,
  { seed, backend, seconds }: { seed: number; backend: string; seconds: number },
): string {
  const head = ['break', 'planted', 'found as planted'];
  const rows = judged.kinds.map(({ kind, planted, found }) => [kind, String(planted), String(found)]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}\n`;
  const sums = {
    ...{ name: 'month', seed, backend, seconds: Math.round(seconds), transactions: judged.transactions },
    ...{ planted: judged.planted, found: judged.found, differences: judged.differences.length },
    suspense_paise: judged.suspensePaise.toString(),
    commission_paise: judged.commissionPaise.toString(),
    tds_paise: judged.tdsPaise.toString(),
  };
  const differences =
    judged.differences.length === 0
      ? 'no difference\n'
      : `${judged.differences.length} differences:\n${differencesText(judged.differences)}`;
  return `${line(head)}${rows.map(line).join('')}${differences}${JSON.stringify(sums)}\n`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : 'no month');
    process.exit(2);
  },
);
