/**
 * `npm run demo`: pushes payouts of every scenario through the platform, and asks everyone what became of them. Exit code 0 only if all agree.
 * Options: --count N (300), --concurrency N (32), --data DIR, --free-ports. Uses what npm start runs; starts a stack of its own if nothing runs.
 */
import { parseArgs } from 'node:util';
import { isGreen } from '../domain/verification/verify';
import { makeKnex } from '../platform/database';
import { createDemoApi } from './demo/api';
import { connectorOf, findPlace, type DemoPlace } from './demo/place';
import { makePlan, type PlannedPayout } from './demo/plan';
import { bookTable, problemList, scenarioTable, trialBalanceTable } from './demo/print';
import { createProgress } from './demo/progress';
import { pushAll, type PushedPayout } from './demo/push';
import { readTrialBalance } from './demo/our-rows';
import { createSandboxBook } from './demo/sandbox-book';
import { hearWitnesses, type Testimony } from './demo/witnesses';
import { verificationText } from './verify/print';
import { runVerification } from './verify/run';
import { logFilesOf } from './verify/target';
import { paint } from './verify/terminal';

interface Options { count: number; concurrency: number; dataDir: string | undefined; freePorts: boolean }

const say = (line: string): void => { console.log(line); };

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  const startedAt = Date.now();
  const place = await findPlace({ dataDir: options.dataDir, freePorts: options.freePorts, say, signal });
  try {
    say(place.isOwn ? `Nothing runs: Munim was started for this demo in ${seconds(startedAt)}.` : `Munim runs at ${place.dev.api_url}.`);
    return await demonstrate(place, options, signal);
  } finally {
    if (place.isOwn) await place.stop();
  }
}

async function demonstrate(place: DemoPlace, options: Options, signal: AbortSignal): Promise<number> {
  const { dev } = place;
  const knex = makeKnex(dev.database_url, { max: 4, applicationName: 'munim-demo' });
  const connector = connectorOf(place);
  const book = createSandboxBook(dev.sandbox_url);
  try {
    const startedAt = new Date();
    const bookedBefore = await book.count();
    const plan = makePlan(options.count);
    say(`${plan.length} payouts, ${options.concurrency} at a time, queues on ${dev.redis_url === null ? 'PostgreSQL' : 'Redis'}:`);
    const pushed = await push(place, plan, options.concurrency, signal);

    const testimony = await hearWitnesses({ knex, book, connector, startedAt, bookedBefore, pushed });
    say(`\n${paint.bold('How they ended')}\n\n${scenarioTable(pushed, testimony.ours)}`);
    say(`\n${paint.bold('The books')}\n\n${trialBalanceTable(await readTrialBalance(knex))}`);
    say(`\n${paint.bold("Beside the provider's own book")}\n\n${bookTable(testimony.totals, testimony.float)}`);
    const isVerified = await verify(place, plan, pushed);
    return conclude(testimony, isVerified, pushed.length, startedAt.getTime());
  } finally {
    await connector.close();
    await knex.destroy();
  }
}

async function push(place: DemoPlace, plan: readonly PlannedPayout[], concurrency: number, signal: AbortSignal): Promise<PushedPayout[]> {
  const progress = createProgress(plan.length, say);
  try {
    return await pushAll(plan, createDemoApi(place.dev.api_url, place.dev.api_key, signal), { concurrency, signal, onDone: () => { progress.done(); } });
  } finally {
    progress.stop();
  }
}

/** The promises, with the ids that were answered 202 and every value that must not be found. */
async function verify(place: DemoPlace, plan: readonly PlannedPayout[], pushed: readonly PushedPayout[]): Promise<boolean> {
  const startedAt = Date.now();
  const target = { databaseUrl: place.dev.database_url, redisUrl: place.dev.redis_url ?? undefined, queuePrefix: undefined, logFiles: await logFilesOf(place.dataDir) };
  const report = await runVerification(target, { accepted: pushed.flatMap((p) => p.id ?? []), planted: [place.dev.api_key, ...plan.flatMap((p) => p.planted)] });
  say(`\n${paint.bold('The seven promises')}\n\n${verificationText(report, Date.now() - startedAt)}`);
  return isGreen(report);
}

function conclude(testimony: Testimony, isVerified: boolean, count: number, startedAt: number): number {
  if (testimony.problems.length > 0) say(`\n${paint.red('Not everyone agrees:')}\n${problemList(testimony.problems)}`);
  if (testimony.problems.length > 0 || !isVerified) return 1;
  say(`\n${paint.green(`All agree: ${count} payouts ended as they should, and every book says the same`)} (${seconds(startedAt)}).`);
  return 0;
}

function readOptions(): Options {
  const { values } = parseArgs({ options: { count: { type: 'string', default: '300' }, concurrency: { type: 'string', default: '32' }, data: { type: 'string' }, 'free-ports': { type: 'boolean', default: false } } });
  return { count: wholeNumber('count', values.count, 9_999), concurrency: wholeNumber('concurrency', values.concurrency, 256), dataDir: values.data, freePorts: values['free-ports'] };
}

function wholeNumber(name: string, text: string, most: number): number {
  const n = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (n < 1 || n > most) throw new Error(`--${name} takes a number from 1 to ${most}`);
  return n;
}

function seconds(since: number): string { return `${((Date.now() - since) / 1_000).toFixed(1)} s`; }

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { abort.abort(); });
process.stdout.on('error', () => undefined); // a closed pipe is no reason to fail
main(abort.signal).then(
  (code) => { process.exit(code); },
  (error: Error) => {
    if (abort.signal.aborted) {
      console.log('Stopped.');
      process.exit(130);
    }
    console.error(`\nThe demo could not run: ${error.message}`);
    process.exit(1);
  },
);
