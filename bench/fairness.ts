import type { Stack } from '../scripts/stack/stack';
import { withStack } from './pipeline';
import { FLOODS, type Answers, type Flood } from './support/edge-load';
import { runLoad, useProductionLimits } from './support/edge-stack';
import { figure, median, note, readFlags, report } from './support/flags';
import { payoutBody } from './support/payouts';
import type { BenchUser } from './support/users';

/**
 * What others have while one key floods each class of route in turn, without a pause on many connections: their
 * throughput (answers that were not refused) and their p99, compared with theirs while the same key floods a second
 * platform on the same machine. That one takes and refuses as much, so that the machine is equally busy. The two arms
 * alternate within one run, and medians count. Production's limits are in force. `--only read,list` floods with these
 * alone. `--strict yes` ends with an error when a target is missed.
 */
const DEFAULTS = { seconds: 10, rounds: 3, connections: 64, others: 10, rate: 60, only: 'all', strict: 'no' };
const WARM_UP_S = 4;
const TARGETS = { throughput: 0.9, p99: 1.5 };

interface Arm {
  others: Answers;
  flood: Answers;
}

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const floods = flags.only === 'all' ? FLOODS : flags.only.split(',').map(floodOf);
  let missed = 0;
  await withPlatform(flags.others + 1, 'pipeline', (stack, [flooder, ...others]) =>
    withPlatform(1, 'beside', async (second, [itsFlooder]) => {
      await usual(stack, others, { ...flags, seconds: 3 }); // registers beneficiaries, warms up
      for (const flood of floods) {
        const ours: Arm[] = [];
        const peers: Arm[] = [];
        const at = (flooded: Flooded, seconds = flags.seconds): Promise<Arm> =>
          floodAt(flooded, flood, { stack, others }, { ...flags, seconds });
        await at({ stack, flooder }, WARM_UP_S);
        await at({ stack: second, flooder: itsFlooder }, WARM_UP_S);
        for (let round = 1; round <= flags.rounds; round++) {
          ours.push(await at({ stack, flooder }));
          peers.push(await at({ stack: second, flooder: itsFlooder }));
          note(
            `${flood}, round ${round}: p99 ${figure(ours.at(-1)!.others.p99Ms)} ms, beside ${figure(peers.at(-1)!.others.p99Ms)} ms`,
          );
        }
        if (!tell(flood, ours, peers, flags)) missed += 1;
      }
    }),
  );
  if (missed > 0 && flags.strict === 'yes')
    throw new Error(`${missed} of ${floods.length} classes miss their targets`);
}

function floodOf(name: string): Flood {
  const flood = FLOODS.find((one) => one === name);
  if (flood === undefined) throw new Error(`--only ${name}: there are ${FLOODS.join(', ')}`);
  return flood;
}

const withPlatform = (
  wallets: number,
  folder: string,
  work: (stack: Stack, users: [BenchUser, ...BenchUser[]]) => Promise<void>,
): Promise<void> =>
  withStack(
    {},
    async (stack, _redis, users) => {
      await useProductionLimits(stack);
      await work(stack, users as [BenchUser, ...BenchUser[]]);
    },
    { wallets, folder },
  );

type Flags = typeof DEFAULTS;
interface Flooded {
  stack: Stack;
  flooder: BenchUser;
}

const usual = (
  stack: Stack,
  others: readonly BenchUser[],
  { rate, seconds }: Pick<Flags, 'rate' | 'seconds'>,
) =>
  runLoad({
    kind: 'usual',
    url: stack.urls.api,
    keys: others.map(({ apiKey }) => apiKey),
    perSecond: rate,
    seconds,
    connections: 256,
  });

/** What others have from our API while one key floods it, or the second platform. */
async function floodAt(
  flooded: Flooded,
  flood: Flood,
  { stack, others }: { stack: Stack; others: readonly BenchUser[] },
  flags: Flags,
): Promise<Arm> {
  const { connections, seconds } = flags;
  const { apiKey: key } = flooded.flooder;
  const { api: url } = flooded.stack.urls;
  const awaited = flood === 'wait' ? await pendingOf(flooded.stack, flooded.flooder) : '';
  const [theirs, its] = await Promise.all([
    usual(stack, others, flags),
    runLoad({ kind: 'flood', url, key, flood, awaited, connections, seconds }),
  ]);
  return { others: theirs, flood: its };
}

/** A payout of which the provider says nothing for a while. */
async function pendingOf(stack: Stack, { apiKey }: BenchUser): Promise<string> {
  const body = payoutBody(1).replace('0000"', '5555"');
  const answer = await fetch(`${stack.urls.api}/v1/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body,
  });
  if (answer.status !== 202) throw new Error(`the payout to wait for was answered ${answer.status}`);
  return ((await answer.json()) as { id: string }).id;
}

function tell(flood: Flood, ours: readonly Arm[], peers: readonly Arm[], flags: Flags): boolean {
  const of = (arms: readonly Arm[], what: (answers: Answers) => number): number =>
    median(arms.map(({ others }) => what(others)));
  const throughput = of(ours, (a) => a.ok) / of(peers, (a) => a.ok);
  const p99 = of(ours, (a) => a.p99Ms) / of(peers, (a) => a.p99Ms);
  const isMet = throughput >= TARGETS.throughput && p99 <= TARGETS.p99;
  report({
    bench: 'fairness',
    flood,
    throughput: figure(throughput),
    aim_throughput: TARGETS.throughput,
    p99: figure(p99),
    aim_p99: TARGETS.p99,
    met: isMet,
    others: {
      p99_ms: figure(of(ours, (a) => a.p99Ms)),
      p99_ms_beside: figure(of(peers, (a) => a.p99Ms)),
      p50_ms: figure(of(ours, (a) => a.p50Ms)),
      p50_ms_beside: figure(of(peers, (a) => a.p50Ms)),
      statuses: ours.at(-1)!.others.statuses,
    },
    flooder: {
      per_second: figure(ours.at(-1)!.flood.perSecond),
      statuses: ours.at(-1)!.flood.statuses,
      per_second_beside: figure(peers.at(-1)!.flood.perSecond),
      statuses_beside: peers.at(-1)!.flood.statuses,
    },
    flags,
  });
  return isMet;
}
