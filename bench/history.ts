import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { makeListsKnex } from '../platform/database';
import { freshBenchDatabase, startBenchPostgres } from './support/database';
import { figure, note, percentile, readFlags, report } from './support/flags';
import { listQuestions, listReaders, watchStatements, type Question } from './support/list-questions';
import { planAsLists, planOf } from './support/plans';
import { makePlatformHistory, type PlatformHistory } from './support/platform-history';

/**
 * Lists and searches on a long history: the p50 and p99 of each at `connections` connections, through the real readers,
 * and the buffers that its plan touches with a short and with a long history; these must not grow. Each connection asks
 * again `pause` ms after its answer; with 0 the figures are those of a machine that is full. The database is made for
 * it and thrown away at the end.
 */
const DEFAULTS = { rows: 10_000_000, few: 1_000_000, connections: 30, seconds: 5, pause: 50 };
type Flags = typeof DEFAULTS;

/** Measured: what a row of history takes, indexes included, and the log of the server beside it. */
const BYTES_A_ROW = 2_500;
const BYTES_BESIDE = 3 * 1024 ** 3;
const AIM_P99_MS = 20;
/** Of what a question varies, one from the middle of the history. */
const MIDDLE = 20;
/** Plans of a long history may touch so many more buffers: a level more of a tree here and there. */
const AIM_BUFFERS = 1.5;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pg = await startBenchPostgres('history', {
    profile: 'test',
    settings: { max_wal_size: '2GB', max_parallel_workers_per_gather: '0' },
  });
  try {
    requireSpace(pg.dataDir, flags.rows + flags.few);
    const few = await withHistory(pg, { name: 'few', rows: flags.few }, (asked) => asked.buffers());
    const many = await withHistory(pg, { name: 'many', rows: flags.rows }, async (asked) => ({
      buffers: await asked.buffers(),
      times: await asked.times(flags),
    }));
    const lines = [...many.times].map(([name, times]) => ({
      name,
      ...times,
      few: few.get(name)!,
      many: many.buffers.get(name)!,
    }));
    print(lines);
    const worst = Math.max(...lines.map(({ p99Ms }) => p99Ms));
    report({
      bench: 'history',
      ours: figure(worst),
      unit: 'ms, the worst p99 of a list or search',
      aim: AIM_P99_MS,
      buffers_grow: figure(Math.max(...lines.map((line) => line.many / line.few))),
      aim_buffers: AIM_BUFFERS,
      lists: lines,
      flags,
    });
  } finally {
    await pg.stop();
    fs.rmSync(pg.dataDir, { recursive: true, force: true });
  }
}

interface Asked {
  buffers(): Promise<Map<string, number>>;
  times(flags: Flags): Promise<Map<string, Times>>;
}
interface Times {
  asked: number;
  p50Ms: number;
  p99Ms: number;
}

async function withHistory<T>(
  pg: Awaited<ReturnType<typeof startBenchPostgres>>,
  { name, rows }: { name: string; rows: number },
  work: (asked: Asked) => Promise<T>,
): Promise<T> {
  const url = await freshBenchDatabase(pg, name, { queues: false });
  const db = new Client({ connectionString: pg.url(name) });
  await db.connect();
  try {
    const history = await make(db, rows);
    const ask = async <R>(
      connections: number,
      of: (q: readonly Question[], k: ReturnType<typeof makeListsKnex>) => Promise<R>,
    ): Promise<R> => {
      const knex = makeListsKnex(url, { max: connections });
      try {
        return await of(await listQuestions(db, history, listReaders(knex, randomBytes(32))), knex);
      } finally {
        await knex.destroy();
      }
    };
    return await work({
      buffers: () => ask(1, async (questions, knex) => buffersOf(questions, watchStatements(knex), url)),
      times: (flags) => ask(flags.connections, (questions) => timesOf(questions, flags)),
    });
  } finally {
    await db.end();
  }
}

async function make(db: Client, rows: number): Promise<PlatformHistory> {
  const began = performance.now();
  const history = await makePlatformHistory(db, rows, {
    tell: (done) => {
      const seconds = (performance.now() - began) / 1_000;
      const bar = '#'.repeat(Math.round((done / rows) * 30)).padEnd(30);
      note(
        `[${bar}] ${done.toLocaleString('en-IN')} of ${rows.toLocaleString('en-IN')} rows, ${Math.round(done / seconds)}/s`,
      );
    },
  });
  const { rows: sizes } = await db.query<{ size: string }>(
    'select pg_database_size(current_database()) as size',
  );
  const bytes = Number(sizes[0]!.size);
  note(
    `made in ${Math.round((performance.now() - began) / 1_000)} s with its indexes: ` +
      `${figure(bytes / 1024 ** 3)} GiB, ${Math.round(bytes / rows)} bytes a row`,
  );
  return history;
}

/** The shared buffers of each question's plans, found in memory or read. */
async function buffersOf(
  questions: readonly Question[],
  statements: ReturnType<typeof watchStatements>,
  url: string,
): Promise<Map<string, number>> {
  const db = new Client({ connectionString: url });
  await db.connect();
  await planAsLists(db);
  const found = new Map<string, number>();
  try {
    for (const { name, ask } of questions) {
      const asked = await statements.during(() => ask(MIDDLE));
      let buffers = 0;
      for (const { sql, bindings } of asked) {
        const plan = await planOf(db, sql, bindings);
        buffers += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      }
      found.set(name, buffers);
    }
  } finally {
    await db.end();
  }
  return found;
}

async function timesOf(questions: readonly Question[], flags: Flags): Promise<Map<string, Times>> {
  const found = new Map<string, Times>();
  for (const { name, ask } of questions) {
    await load(ask, { ...flags, seconds: 1 }); // plans and pages are there, as in a process that has run for a while
    const ms = await load(ask, flags);
    found.set(name, {
      asked: ms.length,
      p50Ms: figure(percentile(ms, 50)),
      p99Ms: figure(percentile(ms, 99)),
    });
    note(`${name}: ${JSON.stringify(found.get(name))}`);
  }
  return found;
}

async function load(ask: Question['ask'], { connections, seconds, pause }: Flags): Promise<number[]> {
  const until = performance.now() + seconds * 1_000;
  const ms: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async (_none, i) => {
      if (pause > 0) await wait((pause * i) / connections);
      while (performance.now() < until) {
        const began = performance.now();
        await ask(next++);
        ms.push(performance.now() - began);
        if (pause > 0) await wait(pause);
      }
    }),
  );
  return ms;
}

function requireSpace(dir: string, rows: number): void {
  const { bavail, bsize } = fs.statfsSync(dir);
  const needed = rows * BYTES_A_ROW + BYTES_BESIDE;
  const gib = (bytes: number): number => figure(bytes / 1024 ** 3);
  note(`${gib(needed)} GiB are needed in ${dir}, and ${gib(bavail * bsize)} are free`);
  if (bavail * bsize < needed)
    throw new Error('too little space for this history: free some, or take fewer --rows');
}

function print(lines: readonly (Times & { name: string; few: number; many: number })[]): void {
  const head = ['list or search', 'p50 ms', 'p99 ms', 'buffers, few', 'buffers, many'];
  const rows = lines.map((l) => [l.name, l.p50Ms, l.p99Ms, l.few, l.many].map(String));
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [head, ...rows])
    note(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
}
