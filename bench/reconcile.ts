import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from } from 'pg-copy-streams';
import type { Knex } from 'knex';
import { createReconciliation, type Reconciliation } from '../domain/reconciliation/reconciliation';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { systemClock } from '../platform/clock';
import { LONG_WORK_MS, makeKnex } from '../platform/database';
import { systemIds } from '../platform/ids';
import { REPORT_FORMATS } from '../providers/report-formats';
import { durability, freshBenchDatabase, startBenchPostgres } from './support/database';
import { figure, median, note, readFlags, report } from './support/flags';
import { DAY, makeDay, REPORT_COLUMNS, writeReport } from './support/report-day';

/**
 * A day's report against the books: our import and run, with every row kept, matched, compared and held by two unique
 * indexes. Beside it, in the same run and on the same tables: `COPY` of the same file and one hash join, which is the least
 * that PostgreSQL can do; and one indexed query for each row of the file, as others do it.
 */
const DEFAULTS = { rows: 1_000_000, rounds: 3, single: 20_000, sizes: '' };
type Flags = typeof DEFAULTS;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pg = await startBenchPostgres('reconcile');
  const sizes = flags.sizes === '' ? [flags.rows] : flags.sizes.split(',').map(Number);
  try {
    const app = await freshBenchDatabase(pg, 'reconcile', { queues: false });
    const db = new Client({ connectionString: pg.url('reconcile') });
    await db.connect();
    const patient = { idle_in_transaction_session_timeout: 0 };
    const knex = makeKnex(app, { max: 2, statementMs: LONG_WORK_MS, session: patient });
    const lines: Measured[] = [];
    for (const size of sizes) {
      const measured = await measure({ db, knex, dir: pg.dataDir }, { ...flags, rows: size });
      lines.push(measured);
      report({ bench: 'reconcile', ...measured, flags, server: await durability(pg) });
    }
    const costs = lines.map(({ ours }) => 1 / ours);
    if (lines.length > 1)
      report({ bench: 'reconcile', cost_grows: figure(Math.max(...costs) / Math.min(...costs)), aim: 1.15 });
    await knex.destroy();
    await db.end();
  } finally {
    await pg.stop();
    fs.rmSync(pg.dataDir, { recursive: true, force: true });
  }
}

interface Measured {
  rows: number;
  ours: number;
  unit: string;
  limit: number;
  ratio: number;
  aim: number;
  one_by_one: number;
  times_one_by_one: number;
  peak_mib: number;
  import_s: number;
  run_s: number;
}

interface Place {
  db: Client;
  knex: Knex;
  dir: string;
}

async function measure({ db, knex, dir }: Place, flags: Flags): Promise<Measured> {
  await makeDay(db, flags.rows);
  const file = path.join(dir, 'report.csv');
  await writeReport(db, file);
  note(`${flags.rows.toLocaleString('en-IN')} rows, ${Math.round(fs.statSync(file).size / 1e6)} MB`);
  const desk = createReconciliation({
    ...{ knex, clock: systemClock, ids: systemIds, formats: REPORT_FORMATS },
    accounts: createAccountDirectory({ knex }),
  });
  const limits: number[] = [];
  const ours: number[] = [];
  const imports: number[] = [];
  let peak = 0;
  for (let round = 0; round < flags.rounds; round++) {
    await forget(db);
    const mine = await timed(() => reconcileOnce(desk, file, flags.rows));
    ours.push(mine.seconds);
    imports.push(mine.result.importSeconds);
    peak = Math.max(peak, mine.result.peakMib);
    limits.push((await timed(() => copyAndJoin(db, file, flags.rows))).seconds);
  }
  const single = await timed(() => oneByOne(knex, flags.single));
  const [our, limit] = [flags.rows / median(ours), flags.rows / median(limits)];
  const alone = single.result / single.seconds;
  return {
    ...{
      rows: flags.rows,
      ours: figure(our),
      unit: 'rows/s',
      limit: figure(limit),
      ratio: figure(our / limit),
      aim: 0.5,
    },
    ...{ one_by_one: figure(alone), times_one_by_one: figure(our / alone), peak_mib: Math.round(peak) },
    ...{ import_s: figure(median(imports)), run_s: figure(median(ours) - median(imports)) },
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1_000, result };
}

async function forget(db: Client): Promise<void> {
  await db.query('set session_replication_role = replica');
  await db.query('truncate recon_rows, recon_files, recon_breaks, recon_runs cascade');
  await db.query('set session_replication_role = origin');
  await db.query('checkpoint');
}

async function reconcileOnce(
  desk: Reconciliation,
  file: string,
  count: number,
): Promise<{ importSeconds: number; peakMib: number }> {
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  const imported = await timed(() =>
    desk.importFile({
      ...{ source: 'setu_recharge', businessDate: DAY, name: 'report.csv' },
      open: () => fs.createReadStream(file, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>,
    }),
  );
  const { counts } = await desk.run({ source: 'setu_recharge', businessDate: DAY });
  clearInterval(watch);
  if (imported.result.newCount !== count || Object.keys(counts.open).length > 0)
    throw new Error(`not every row agrees: ${JSON.stringify({ imported: imported.result, counts })}`);
  return { importSeconds: imported.seconds, peakMib: peak / 1_048_576 };
}

async function copyAndJoin(db: Client, file: string, count: number): Promise<void> {
  await db.query(`create table limit_rows (${REPORT_COLUMNS.map((name) => `"${name}" text`).join(', ')})`);
  const stream = db.query(from('copy limit_rows from stdin (format csv, header)'));
  await pipeline(fs.createReadStream(file, { highWaterMark: 1_048_576 }), stream);
  await db.query('set enable_nestloop = off; set enable_mergejoin = off');
  const { rows: found } = await db.query<{ n: string }>(
    `select count(*) as n from limit_rows r join transactions t on t.provider_reference = r."transactionRefId"
      and t.amount_paise = r."amountPaise"::int8`,
  );
  await db.query('reset enable_nestloop; reset enable_mergejoin');
  await db.query('drop table limit_rows');
  if (Number(found[0]?.n) !== count) throw new Error('the limit did not match every row');
}

/** One indexed query for each row of the file, on the same tables; a sample, since a whole file takes minutes. */
async function oneByOne(knex: Knex, count: number): Promise<number> {
  const { rows: asked } = await knex.raw<{ rows: { ref: string }[] }>(
    `select provider_reference as ref from recon_rows limit ${count}`,
  );
  for (const { ref } of asked)
    await knex.raw(
      `select id, amount_paise, state from transactions
      where provider = 'setu' and service <> 'payout' and provider_reference = ?`,
      [ref],
    );
  return asked.length;
}
