/**
 * `npm run demo`: retailers of the network of development push payouts of every scenario through the platform, and
 * beside them the counter (money transfers, bills, recharges, withdrawals of every scenario). Then everyone is asked
 * what became of them, and every user of the network what they see. Exit code 0 only if all agree.
 * Options: --count N payouts (300), --concurrency N (32), --counter N of each service and scenario (3; 0 for
 * none), --data DIR, --free-ports. Uses what npm start runs; starts a stack of its own if nothing runs.
 */
import { parseArgs } from 'node:util';
import { userId, type UserId } from '../domain/ids/ids';
import { bringInquiryForward } from '../domain/lifecycle/inquiries';
import { isGreen } from '../domain/verification/verify';
import { makeKnex } from '../platform/database';
import { readTestClock } from '../platform/test-clock';
import { parsePublicId } from '../platform/ids';
import { createDemoApi, type DemoApi } from './demo/api';
import { counterCount, runCounter } from './demo/counter/counter';
import { hearCounter } from './demo/counter/hear';
import { createPeople, type People } from './demo/counter/people';
import { createPhone } from './demo/counter/phone';
import { openShops } from './demo/counter/shops';
import { counterBookTable, counterTable } from './demo/counter/print';
import { createProviderBooks } from './mix/provider-books';
import type { Counter, Taken } from './demo/counter/taken';
import { connectorOf, findPlace, type DemoPlace } from './demo/place';
import { makePlan, type PlannedPayout } from './demo/plan';
import { lookAround, sightTable } from './demo/privacy';
import { bookTable, problemList, scenarioTable, trialBalanceTable } from './demo/print';
import { createProgress } from './demo/progress';
import { pushAll, type PushedPayout } from './demo/push';
import { readTrialBalance } from './demo/our-rows';
import { createSandboxBook } from './demo/sandbox-book';
import { hearWitnesses } from './demo/witnesses';
import type { DevFile, DevUser } from './stack/run-lock';
import { verificationText } from './verify/print';
import { runVerification } from './verify/run';
import { logFilesOf } from './verify/target';
import { paint } from './verify/terminal';

interface Options {
  count: number;
  concurrency: number;
  rounds: number;
  dataDir: string | undefined;
  freePorts: boolean;
}

const say = (line: string): void => {
  console.log(line);
};

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  const startedAt = Date.now();
  const place = await findPlace({ dataDir: options.dataDir, freePorts: options.freePorts, say, signal });
  try {
    say(
      place.isOwn
        ? `Nothing runs: Munim was started for this demo in ${seconds(startedAt)}.`
        : `Munim runs at ${place.dev.api_url}.`,
    );
    return await demonstrate(place, options, signal);
  } finally {
    if (place.isOwn) await place.stop();
  }
}

async function demonstrate(place: DemoPlace, options: Options, signal: AbortSignal): Promise<number> {
  const { dev } = place;
  const knex = makeKnex(dev.database_url, { max: 4, applicationName: 'munim-demo' });
  const book = createSandboxBook(dev.sandbox_url);
  const books = createProviderBooks(dev.sandbox_url);
  const clock = await readTestClock(knex); // which `munim clock` may have moved on
  const connector = connectorOf(place, clock);
  const begunAt = Date.now();
  try {
    const startedAt = clock.now();
    const [bookedBefore, counterBefore] = await Promise.all([book.count(), books.counts()]);
    const plan = makePlan(options.count);
    const people = createPeople();
    const backend = dev.redis_url === null ? 'PostgreSQL' : 'Redis';
    say(
      `${plan.length} payouts, ${options.concurrency} at a time, ` +
        `and ${counterCount(options.rounds)} transactions at the counter, queues on ${backend}:`,
    );
    const shopKeys = await openShops(knex, options.rounds, distributorOf(dev));
    const doubt = async (id: string): Promise<void> => {
      await bringInquiryForward(knex, [id], clock.now());
    };
    const { pushed, taken } = await push(place, plan, { people, shopKeys, doubt }, { ...options, signal });

    const testimony = await hearWitnesses({ knex, clock, book, connector, startedAt, bookedBefore, pushed });
    const counter = await hearCounter(knex, books, counterBefore, taken);
    say(`\n${paint.bold('How the payouts ended')}\n\n${scenarioTable(pushed, testimony.ours)}`);
    if (taken.length > 0) say(`\n${paint.bold('How it ended at the counter')}\n\n${counterTable(taken)}`);
    say(`\n${paint.bold('The books')}\n\n${trialBalanceTable(await readTrialBalance(knex))}`);
    say(
      `\n${paint.bold("Beside the provider's own book: RazorpayX, payouts")}\n\n${bookTable(testimony.totals, testimony.float)}`,
    );
    if (taken.length > 0)
      say(
        `\n${paint.bold("Beside the providers' own books: the counter")}\n\n${counterBookTable(counter.sums, counter.others)}`,
      );
    const unseen = await seen(place, signal);
    const isVerified = await verify(place, {
      accepted: [...pushed, ...taken].flatMap((t) => t.id ?? []),
      planted: [
        ...[...shopKeys, ...plan.flatMap((p) => p.planted), ...people.planted],
        ...network(dev).flatMap(({ mobile, password, api_key: key }) => [mobile, password, key]),
      ],
    });
    return conclude([...testimony.problems, ...counter.problems, ...unseen], isVerified, {
      what: `${pushed.length} payouts and ${taken.length} transactions at the counter`,
      startedAt: begunAt,
    });
  } finally {
    await connector.close();
    await knex.destroy();
  }
}

/** Payouts and counter side by side, each transaction followed to its end. */
async function push(
  place: DemoPlace,
  plan: readonly PlannedPayout[],
  { people, shopKeys, doubt }: { people: People; shopKeys: readonly string[] } & Pick<Counter, 'doubt'>,
  { signal, ...options }: Options & { signal: AbortSignal },
): Promise<{ pushed: PushedPayout[]; taken: Taken[] }> {
  const progress = createProgress(plan.length + counterCount(options.rounds), say);
  const onDone = (): void => {
    progress.done();
  };
  const apis: DemoApi[] = retailerKeys(place.dev).map((key) => createDemoApi(place.dev.api_url, key, signal));
  const [api] = apis as [DemoApi];
  const shops = shopKeys.map((key) => createDemoApi(place.dev.api_url, key, signal));
  const phone = createPhone(place.dev.sandbox_url, (otp) => {
    people.saw(otp);
  });
  try {
    const [pushed, taken] = await Promise.all([
      pushAll(plan, apis, { concurrency: options.concurrency, signal, onDone }),
      runCounter({ api, people, phone, doubt, onDone }, shops),
    ]);
    return { pushed, taken };
  } finally {
    progress.stop();
  }
}

const network = ({ network: users = [] }: DevFile): readonly DevUser[] => users;

/** Of those that serve customers; a stack that was started before there was a network has one user. */
function retailerKeys(dev: DevFile): string[] {
  const keys = network(dev).flatMap(({ type, api_key: key }) => (type === 'retailer' ? [key] : []));
  return keys.length === 0 ? [dev.api_key] : keys;
}

/** Under whom the shops of this run stand. */
function distributorOf(dev: DevFile): UserId | undefined {
  const found = network(dev).find(({ type }) => type === 'distributor');
  const id = found === undefined ? undefined : parsePublicId('user', found.user);
  return id === undefined ? undefined : userId(id);
}

/** Shows who sees what; returns what is wrong. */
async function seen({ dev }: DemoPlace, signal: AbortSignal): Promise<string[]> {
  const sights = await lookAround(network(dev), ({ api_key: key }) =>
    createDemoApi(dev.api_url, key, signal),
  );
  if (sights.length > 0) say(`\n${paint.bold('Who sees what of the network')}\n\n${sightTable(sights)}`);
  return sights.flatMap(({ problems }) => problems);
}

/** The promises, with the ids that were answered 202 and every value that must not be found. */
async function verify(place: DemoPlace, lists: { accepted: string[]; planted: string[] }): Promise<boolean> {
  const startedAt = Date.now();
  const target = {
    databaseUrl: place.dev.database_url,
    redisUrl: place.dev.redis_url ?? undefined,
    queuePrefix: undefined,
    logFiles: await logFilesOf(place.dataDir),
  };
  const report = await runVerification(target, {
    accepted: lists.accepted,
    planted: [place.dev.api_key, ...lists.planted],
  });
  say(`\n${paint.bold('The seven promises')}\n\n${verificationText(report, Date.now() - startedAt)}`);
  return isGreen(report);
}

function conclude(
  problems: readonly string[],
  isVerified: boolean,
  { what, startedAt }: { what: string; startedAt: number },
): number {
  if (problems.length > 0) say(`\n${paint.red('Not everyone agrees:')}\n${problemList(problems)}`);
  if (problems.length > 0 || !isVerified) return 1;
  say(
    `\n${paint.green(`All agree: ${what} ended as they should, and every book says the same`)} (${seconds(startedAt)}).`,
  );
  return 0;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '300' },
      concurrency: { type: 'string', default: '32' },
      counter: { type: 'string', default: '3' },
      data: { type: 'string' },
      'free-ports': { type: 'boolean', default: false },
    },
  });
  return {
    count: wholeNumber('count', values.count, 9_999),
    concurrency: wholeNumber('concurrency', values.concurrency, 256),
    rounds: wholeNumber('counter', values.counter, 3, 0),
    dataDir: values.data,
    freePorts: values['free-ports'],
  };
}

function wholeNumber(name: string, text: string, most: number, least = 1): number {
  const n = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (n < least || n > most) throw new Error(`--${name} takes a number from ${least} to ${most}`);
  return n;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(1)} s`;
}

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    abort.abort();
  });
process.stdout.on('error', () => undefined); // a closed pipe is no reason to fail
main(abort.signal).then(
  (code) => {
    process.exit(code);
  },
  (error: Error) => {
    if (abort.signal.aborted) {
      console.log('Stopped.');
      process.exit(130);
    }
    console.error(`\nThe demo could not run: ${error.message}`);
    process.exit(1);
  },
);
