/**
 * `npm run interruptions -- --seed N --interruptions 47 --rate 100 --backend redis|postgres [--scale
 * ledger=2,dispatch=2] [--quick] [--second-host] [--keep]`: kills, freezes and starves a platform of its own
 * under load. Exit 0 only if nothing was lost, done twice or left lying. `--second-host`: a second set of
 * processes with a folder of its own works on the same stores, and PostgreSQL takes 100 connections.
 * `--ledger-stop 300`: instead, no ledger process for so many seconds while payouts keep coming; jobs may never
 * be more than twice the rows. `--silence`: instead, the links to the stores fall silent one after the other;
 * `--silence --sentinel`: the master is frozen. `--night`: instead, the nights of eight generated days are done in peace
 * and again under `--interruptions 30` kills, and must leave the same.
 */
import { parseArgs } from 'node:util';
import type { Ground } from './interruptions/ground';
import { runLedgerStop } from './interruptions/ledger-stop';
import { runNights } from './interruptions/night';
import { PROCESSES } from './interruptions/plan';
import { ledgerStopText, reportLine, reportTable } from './interruptions/report';
import { runInterruptions } from './interruptions/run';
import { runSilences } from './interruptions/silence';
import { onNpmGone } from './stack/npm-parent';
import { parseScale } from './stack/process-list';
import { hasRedisServer } from './stack/redis-server';

function whole(text: string, name: string, most: number, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`--${name} takes a whole number from ${least} to ${most}`);
  return value;
}

const OPTIONS = {
  seed: { type: 'string' },
  'ledger-stop': { type: 'string' },
  silence: { type: 'boolean', default: false },
  sentinel: { type: 'boolean', default: false },
  night: { type: 'boolean', default: false },
  interruptions: { type: 'string' },
  rate: { type: 'string' },
  backend: { type: 'string' },
  scale: { type: 'string' },
  quick: { type: 'boolean', default: false },
  'second-host': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const backend = values.backend ?? (hasRedisServer() ? 'redis' : 'postgres');
  if (backend !== 'redis' && backend !== 'postgres') throw new Error('--backend takes redis or postgres');
  const seed = whole(values.seed ?? String(Date.now() % 1_000_000), 'seed', 4_294_967_295, 0);
  const { quick } = values;
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  say(`seed ${seed}`);
  const onGround = (ground: Ground): void => {
    const takeDown = (): void => {
      void ground.close().finally(() => process.exit(130));
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, takeDown);
    onNpmGone(takeDown);
  };
  if (values['ledger-stop'] !== undefined) {
    const report = await runLedgerStop({
      backend,
      seed,
      say,
      onGround,
      stoppedS: whole(values['ledger-stop'], 'ledger-stop', 3_600),
      rate: whole(values.rate ?? '20', 'rate', 10_000),
    });
    process.stdout.write(`${ledgerStopText(report)}\n`);
    return report.ok ? 0 : 1;
  }
  if (values.night) {
    const report = await runNights({
      ...{ backend, seed, keep: values.keep, say, days: quick ? 4 : 8, transactions: quick ? 400 : 1_600 },
      kills: whole(values.interruptions ?? (quick ? '6' : '30'), 'interruptions', 1_000),
    });
    for (const line of report.differences) say(line);
    process.stdout.write(`${JSON.stringify({ name: 'night', ...report })}\n`);
    return report.ok ? 0 : 1;
  }
  if (values.silence) {
    const { sentinel } = values;
    const rate = whole(values.rate ?? '10', 'rate', 10_000);
    const report = await runSilences({ backend, seed, rate, sentinel, say, onGround });
    process.stdout.write(`${JSON.stringify({ name: 'silence', ...report })}\n`);
    return report.ok ? 0 : 1;
  }
  const report = await runInterruptions({
    backend,
    seed,
    quick,
    keep: values.keep,
    secondHost: values['second-host'],
    interruptions: whole(values.interruptions ?? (quick ? '10' : '47'), 'interruptions', 1_000),
    rate: whole(values.rate ?? (quick ? '30' : backend === 'redis' ? '100' : '40'), 'rate', 10_000),
    processes:
      values.scale === undefined
        ? quick
          ? undefined
          : { ledger: 2, dispatch: 2 }
        : parseScale(values.scale, PROCESSES),
    say,
    onGround,
  });
  const details = report.details === '' ? '' : `${report.details}\n\n`;
  const verifyOutput = report.checked.verify === 'red' ? `${report.checked.verifyOutput}\n` : '';
  process.stdout.write(`${reportTable(report)}\n${details}${verifyOutput}${reportLine(report)}\n`);
  return report.ok ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'the run failed'}\n`);
    process.exit(1);
  },
);
