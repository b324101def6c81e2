import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execute, makeKnex, rows } from '../platform/database';
import { firstUuidAt } from '../platform/ids';
import { hasRedisServer, startRedis, type RedisServer } from '../scripts/stack/redis-server';
import { clearFolder } from '../scripts/stack/folder';
import { startStack, type Stack } from '../scripts/stack/stack';
import { cpuMs, rssMiB, treeCpuMs } from './support/cpu';
import { figure, median, note, percentile, readFlags, report } from './support/flags';
import {
  agentCount,
  alone,
  checkServices,
  parseMix,
  prepareMix,
  sendMix,
  shareNames,
  type Mix,
} from './support/mix';
import { sendPayouts, type Sent } from './support/payouts';
import { makeUsers, type BenchUser } from './support/users';

/**
 * Payouts a second through the whole path, from the first request to the last final commit: API, Redis (AOF everysec),
 * every worker process, the sandbox with delay 0 and callbacks on; encryption, events, logs and audit on. Peer: a chain
 * of four empty BullMQ jobs on the same Redis. The arms alternate.
 *
 * `--mix payout=60,bbps=10,recharge=10,dmt=10,aeps=10` runs transactions of these services in these shares, and with
 * `--alone yes` each service alone afterwards. Senders, recipients and one-time passwords for DMT, and enough AEPS agents
 * that no velocity rule is met, are prepared before the measurement. A withdrawal is done when it is answered: its latency
 * includes the provider's, it counts as refused unless the answer says SUCCESS, and its terminal acknowledges it. Every
 * fifth is above 5,000 rupees, and its customer is first sent a one-time password.
 */
const DEFAULTS = {
  count: 20_000,
  rounds: 3,
  callers: 128,
  wallets: 1_000,
  beneficiaries: 200,
  new: 'yes',
  twice: 'yes',
  mix: 'payout=100',
  alone: 'no',
};
type Flags = typeof DEFAULTS;
const FINISH_TIMEOUT_MS = 300_000;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  if (!hasRedisServer()) throw new Error('the pipeline runs on Redis: install redis-server');
  if (flags.mix !== DEFAULTS.mix) return runMix(flags);
  await runPayouts(flags);
  if (flags.twice === 'yes') await runTwoOfEach(flags);
}

/** Payouts against the peer, with known beneficiaries and, if wanted, a new one for each payout. */
async function runPayouts(flags: Flags): Promise<void> {
  await withStack(
    {},
    async (stack, redis, users) => {
      await pass(stack, users, { ...flags, count: flags.wallets }); // registers the beneficiaries
      await analyze(stack);
      const ours: Pass[] = [];
      const peers: number[] = [];
      for (let round = 1; round <= flags.rounds; round++) {
        ours.push(await measured({ stack, redis, users }, flags));
        peers.push(await peer(redis, flags));
        note(`round ${round}: ours ${figure(ours.at(-1)!.rate)}/s, peer ${figure(peers.at(-1)!)}/s`);
      }
      const rate = median(ours.map((p) => p.rate));
      const { cpuMsAPayout, jobsAPayout, writtenAPayout, p99Ms } = ours.at(-1)!;
      report({
        bench: 'pipeline',
        ours: figure(rate),
        unit: 'payouts/s',
        peer: figure(median(peers)),
        peer_name: 'a chain of four empty BullMQ jobs',
        ratio: figure(rate / median(peers)),
        aim: 0.5,
        refused: ours.reduce((n, p) => n + p.refused, 0),
        accept_p99_ms: figure(p99Ms),
        cpu_ms_a_payout: cpuMsAPayout,
        written_a_payout: writtenAPayout,
        jobs_a_payout: jobsAPayout,
        rss_mib: rss(stack),
        flags: { ...flags, redis: 'AOF everysec', fsync: 'on', synchronous_commit: 'on' },
      });
      if (flags.new === 'yes') {
        const fresh = await measured({ stack, redis, users }, { ...flags, beneficiaries: 0 });
        report({
          bench: 'pipeline',
          variant: 'a new beneficiary with each payout',
          ours: figure(fresh.rate),
          unit: 'payouts/s',
          peer: figure(median(peers)),
          ratio: figure(fresh.rate / median(peers)),
          jobs_a_payout: fresh.jobsAPayout,
          cpu_ms_a_payout: fresh.cpuMsAPayout,
          flags,
        });
      }
      await checkBooks(stack);
    },
    flags,
  );
}

/** Payouts with two processes of each type. */
async function runTwoOfEach(flags: Flags): Promise<void> {
  await withStack(
    { api: 2, ledger: 2, dispatch: 2, callbacks: 2, polling: 2 },
    async (stack, redis, users) => {
      await pass(stack, users, { ...flags, count: flags.wallets });
      await analyze(stack);
      const two = await measured({ stack, redis, users }, flags);
      const peerRate = await peer(redis, flags);
      report({
        bench: 'pipeline',
        variant: 'two of each worker',
        ours: figure(two.rate),
        unit: 'payouts/s',
        peer: figure(peerRate),
        ratio: figure(two.rate / peerRate),
        jobs_a_payout: two.jobsAPayout,
        cpu_ms_a_payout: two.cpuMsAPayout,
        flags,
      });
    },
    flags,
  );
}

/** The services in their shares, against the same peer; then, if wanted, each alone. */
async function runMix(flags: Flags): Promise<void> {
  const mix = parseMix(flags.mix);
  const singles = flags.alone === 'yes' ? shareNames(mix).map(alone) : [];
  await withStack(
    {},
    async (stack, redis, users) => {
      const places = { apiUrl: stack.urls.api, sandboxUrl: stack.urls.sandbox };
      const loads = [...Array.from({ length: flags.rounds }, () => mix), ...singles].map((m) => ({
        mix: m,
        count: flags.count,
      }));
      const warmUps = shareNames(mix).map((name) => ({ mix: alone(name), count: flags.wallets }));
      const prepared = await prepareMix(
        places,
        users,
        await makeAgents(stack, agentCount([...warmUps, ...loads])),
        [...warmUps, ...loads],
      );
      for (const load of warmUps)
        // registers the beneficiaries, so that each table has rows
        await pass(stack, users, flags, () => sendMix({ ...places, users, ...flags, ...load, prepared }));
      await analyze(stack);
      const once = (m: Mix): Promise<Pass> =>
        measured({ stack, redis, users }, flags, () =>
          sendMix({ ...places, users, ...flags, mix: m, prepared }),
        );
      const ours: Pass[] = [];
      const peers: number[] = [];
      for (let round = 1; round <= flags.rounds; round++) {
        ours.push(await once(mix));
        peers.push(await peer(redis, flags));
        note(`round ${round}: ours ${figure(ours.at(-1)!.rate)}/s, peer ${figure(peers.at(-1)!)}/s`);
      }
      reportMix(flags.mix, { ...ours.at(-1)!, rate: median(ours.map((p) => p.rate)) }, median(peers), {
        ...flags,
        redis: 'AOF everysec',
        fsync: 'on',
        synchronous_commit: 'on',
      });
      for (const single of singles) {
        const one = await once(single);
        reportMix(`${shareNames(single)[0]}=100`, one, median(peers), flags);
      }
      await checkBooks(stack);
      const compared = await checkServices(stack.urls.database, stack.urls.sandbox);
      note(
        `the providers' books agree: ${Object.entries(compared)
          .map(([service, count]) => `${count} of ${service}`)
          .join(', ')}`,
      );
    },
    flags,
  );
}

/** Separate users for withdrawals: far more than the users with wallets that pay. */
async function makeAgents(stack: Stack, count: number): Promise<BenchUser[]> {
  const knex = makeKnex(stack.urls.database, { max: 8 });
  try {
    return await makeUsers(knex, count, 100n);
  } finally {
    await knex.destroy();
  }
}

function reportMix(
  mix: string,
  { rate, refused, p99Ms, cpuMsAPayout, jobsAPayout }: Pass,
  peerRate: number,
  flags: object,
): void {
  report({
    bench: 'pipeline',
    mix,
    ours: figure(rate),
    unit: 'transactions/s',
    peer: figure(peerRate),
    peer_name: 'a chain of four empty BullMQ jobs',
    ratio: figure(rate / peerRate),
    refused,
    accept_p99_ms: figure(p99Ms),
    cpu_ms_a_transaction: cpuMsAPayout,
    jobs_a_transaction: jobsAPayout,
    flags,
  });
}

/** A stack of the bench's own, with users; stopped and removed afterwards. */
export async function withStack(
  processes: Record<string, number>,
  work: (stack: Stack, redis: RedisServer, users: BenchUser[]) => Promise<void>,
  { wallets, profile, folder = 'pipeline' }: { wallets: number; profile?: 'production'; folder?: string },
): Promise<void> {
  const dir = path.join(process.cwd(), '.data', 'bench', folder);
  await clearFolder(dir);
  const redis = await startRedis({ dir: path.join(dir, 'redis'), appendonly: true });
  const stack = await startStack({
    dataDir: dir,
    redisUrl: redis.url,
    ports: 'free',
    endsWithUs: true,
    profile,
    processes: { ops: 0, ...processes },
  });
  try {
    const knex = makeKnex(stack.urls.database, { max: 8 });
    const users = await makeUsers(knex, wallets, 10_000_000_000n);
    await knex.destroy();
    await work(stack, redis, users);
  } finally {
    await stack.stop();
    await redis.stop();
  }
}

interface Pass {
  rate: number;
  refused: number;
  p99Ms: number;
  jobsAPayout: Record<string, number>;
  cpuMsAPayout: Record<string, number>;
  writtenAPayout: Record<string, number>;
}

async function measured(
  { stack, redis, users }: { stack: Stack; redis: RedisServer; users: BenchUser[] },
  flags: Flags,
  send?: () => Promise<Sent>,
): Promise<Pass> {
  const before = { cpu: cpuOf(stack, redis), jobs: await jobsOf(stack), written: await writtenOf(stack) };
  const result = await pass(stack, users, flags, send);
  const after = { cpu: cpuOf(stack, redis), jobs: await jobsOf(stack), written: await writtenOf(stack) };
  const perPayout = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.keys(b).map((k) => [k, figure((b[k]! - (a[k] ?? 0)) / flags.count)]));
  return {
    ...result,
    cpuMsAPayout: withTotal(perPayout(before.cpu, after.cpu)),
    jobsAPayout: withTotal(perPayout(before.jobs, after.jobs)),
    writtenAPayout: perPayout(before.written, after.written),
  };
}

/**
 * What PostgreSQL has written so far: KiB of its log and on its disk, and updates of the tables that are on the way of
 * every payout, those that stayed on their page (HOT) beside all.
 */
async function writtenOf(stack: Stack): Promise<Record<string, number>> {
  const knex = makeKnex(stack.urls.owner, { max: 1 });
  try {
    const written = await rows<{ name: string; amount: number }>(
      knex,
      `select 'wal_kib' as name, (pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') / 1024)::float8 as amount
       union all select 'disk_kib', (pg_database_size(current_database()) / 1024)::float8
       union all
       select s.relname || n.what, n.amount::float8 from pg_stat_user_tables s
       cross join lateral (values ('_updates', s.n_tup_upd), ('_hot', s.n_tup_hot_upd)) n(what, amount)
       where s.relname in ('transactions', 'callbacks', 'dispatch_attempts')`,
    );
    return Object.fromEntries(written.map(({ name, amount }) => [name, amount]));
  } finally {
    await knex.destroy();
  }
}

export function withTotal(values: Record<string, number>): Record<string, number> {
  return { ...values, total: figure(Object.values(values).reduce((a, b) => a + b, 0)) };
}

/**
 * One load, of payouts unless `send` makes another. Ends when each of its transactions is final or in review: a withdrawal
 * that was too late for its terminal waits for a person, and `checkBooks` reports it.
 */
export async function pass(
  stack: Stack,
  users: BenchUser[],
  flags: Pick<Flags, 'count' | 'callers' | 'beneficiaries'>,
  send: () => Promise<Sent> = () => sendPayouts({ apiUrl: stack.urls.api, users, ...flags }),
): Promise<{ rate: number; refused: number; p99Ms: number }> {
  const knex = makeKnex(stack.urls.database, { max: 1 });
  try {
    const sent = await send();
    const deadline = Date.now() + FINISH_TIMEOUT_MS;
    for (;;) {
      const [state] = await rows<{ open: bigint; last: Date | null }>(
        knex,
        `
        select count(*) filter (where finished_at is null and state <> 'in_review') as open,
          max(finished_at) as last from transactions where id >= ?`,
        [firstUuidAt(sent.startedAt)],
      );
      if (state!.open === 0n)
        return {
          rate: flags.count / ((state!.last!.getTime() - sent.startedAt.getTime()) / 1_000),
          refused: sent.refused,
          p99Ms: percentile(sent.latenciesMs, 99),
        };
      if (Date.now() > deadline)
        throw new Error(`${state!.open} transactions are not final after ${FINISH_TIMEOUT_MS / 1_000} s`);
      await pause(200);
    }
  } finally {
    await knex.destroy();
  }
}

/** CPU time of each process of a stack so far, ms. */
export function cpuOf(stack: Stack, redis: RedisServer): Record<string, number> {
  const own = Object.fromEntries(
    Object.entries(stack.pids()).map(([name, pids]) => [
      name,
      pids.reduce((sum, pid) => sum + cpuMs(pid), 0),
    ]),
  );
  return { ...own, postgres: treeCpuMs(stack.postgres!.pid()!), redis: cpuMs(redis.pid()!) };
}

function rss(stack: Stack): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stack.pids()).map(([name, pids]) => [name, Math.max(...pids.map(rssMiB))]),
  );
}

/** Jobs processed so far by all processes, by job. */
async function jobsOf(stack: Stack): Promise<Record<string, number>> {
  const jobs: Record<string, number> = {};
  for (const url of Object.values(stack.urls.admin)) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, job, value] of text.matchAll(/^munim_jobs_total\{job="([a-z-]+)"[^}]*\} (\d+)/gm))
      jobs[job!] = (jobs[job!] ?? 0) + Number(value);
  }
  return jobs;
}

async function peer(redis: RedisServer, flags: Flags): Promise<number> {
  return new Promise((resolve, reject) => {
    const p = spawn(
      process.execPath,
      [path.join(__dirname, 'pipeline-peer.js'), redis.url, String(flags.count), String(flags.callers)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let out = '';
    p.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    p.on('exit', (code) => {
      if (code === 0) resolve((JSON.parse(out) as { rate: number }).rate);
      else reject(new Error(`the peer ended with ${code}`));
    });
  });
}

/** Statistics as any database has that is older than a minute. */
async function analyze(stack: Stack): Promise<void> {
  const knex = makeKnex(stack.urls.owner, { max: 1 });
  await execute(knex, 'analyze');
  await knex.destroy();
}

/** The figures count only if every payout succeeded once and the books balance. */
async function checkBooks(stack: Stack): Promise<void> {
  const knex = makeKnex(stack.urls.database, { max: 1 });
  const [r] = await rows<{ sum: bigint; failed: bigint }>(
    knex,
    `select (select sum(credits_paise - debits_paise)::int8 from ledger_accounts) as sum,
       (select count(*) from transactions where state <> 'succeeded') as failed`,
  );
  await knex.destroy();
  if (r!.sum !== 0n || r!.failed !== 0n)
    throw new Error(`the books are wrong: sum ${r!.sum}, not succeeded ${r!.failed}`);
}
