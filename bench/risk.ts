import fs from 'node:fs';
import { Client } from 'pg';
import { LONG_WORK_MS, makeKnex } from '../platform/database';
import { freshBenchDatabase, startBenchPostgres } from './support/database';
import { figure, note, readFlags, report } from './support/flags';
import { measureTraffic } from './support/risk-measure';
import { makeTraffic } from './support/risk-traffic';

/**
 * The rules of risk, as they stand in production, on made traffic of a week with six patterns planted in it: which of them
 * are found, and how many others each rule accuses. The database is made for it and thrown away at the end.
 */
const DEFAULTS = { transactions: 100_000, days: 7, seed: 1, 'span-s': 600 };
const UNTIL = new Date('2026-11-28T18:30:00.000Z');

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pg = await startBenchPostgres('risk', { profile: 'test' });
  try {
    const url = await freshBenchDatabase(pg, 'risk', { queues: false });
    const db = new Client({ connectionString: pg.url('risk') });
    await db.connect();
    const traffic = await makeTraffic((sql) => db.query(sql), { ...flags, until: UNTIL });
    await db.end();
    note(`${flags.transactions.toLocaleString('en-IN')} transactions are made`);
    // A busy machine may leave this process alone for longer than production allows.
    const patient = { idle_in_transaction_session_timeout: 0 };
    const knex = makeKnex(url, { max: 2, statementMs: LONG_WORK_MS, session: patient });
    try {
      const began = performance.now();
      const { found, rounds, slowestMs } = await measureTraffic(knex, traffic, flags['span-s'] * 1_000);
      print(found);
      report({
        bench: 'risk',
        ours: found.filter((one) => one.found === true).length,
        unit: 'of six planted patterns found',
        aim: 6,
        false_alarms: found.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0),
        rules: found,
        rounds,
        slowest_round_ms: figure(slowestMs),
        seconds: figure((performance.now() - began) / 1_000),
        flags,
      });
    } finally {
      await knex.destroy();
    }
  } finally {
    await pg.stop();
    fs.rmSync(pg.dataDir, { recursive: true, force: true });
  }
}

function print(found: Awaited<ReturnType<typeof measureTraffic>>['found']): void {
  note(lineOf('rule', 'planted', 'cases', 'false alarms'));
  for (const { rule, found: isFound, cases, falseAlarms } of found)
    note(lineOf(rule, wordFor(isFound), cases, falseAlarms));
}

function wordFor(isFound: boolean | null): string {
  if (isFound === null) return '';
  return isFound ? 'found' : 'MISSED';
}

function lineOf(rule: string, planted: string, cases: string | number, falseAlarms: string | number): string {
  return [
    rule.padEnd(16),
    planted.padEnd(10),
    String(cases).padStart(6),
    String(falseAlarms).padStart(14),
  ].join('');
}
