/**
 * A ledger that is down while payouts keep coming: the backlog waits in the queue once, and is worked off
 * when the ledger is back. The re-drive loop sees rows that are long overdue all the while, and must leave
 * them alone, since their jobs are merely waiting.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { queueName } from '../../jobs';
import { execute, rows } from '../../platform/database';
import { silentLog } from '../../platform/logger';
import { createQueues } from '../../platform/queue';
import { check, type Finding } from './check';
import { onOwnGround, type Ground, type GroundRun } from './ground';
import { startPayouts, type LoadReport } from './load';
import { waitForRest } from './rest';

export interface LedgerStopOptions extends GroundRun {
  /** How long no ledger process runs, s. */
  stoppedS: number;
}

export interface BacklogSample {
  /** Since the ledger was stopped, ms. */
  atMs: number;
  /** Jobs of the ledger's queues that are not finished. */
  jobs: number;
  /** Rows that have work for the ledger. */
  rows: number;
  oldestJobMs: number;
}

export interface LedgerStopReport {
  options: Omit<LedgerStopOptions, 'say' | 'onGround'>;
  accepted: number;
  samples: BacklogSample[];
  /** At the end of the stop; `named` counts the rows that the jobs name, each as often as it is named. */
  backlog: { rows: number; jobs: number; named: number; oldestJobMs: number };
  /** The largest jobs / rows seen; jobs may never be more than twice the rows. */
  worstRatio: number;
  /** From the start of the ledger until nothing was left to do, ms. */
  recoveredMs: number;
  redriven: number;
  findings: Finding[];
  ok: boolean;
}

const EVERY_MS = 500;
const WARM_UP_MS = 3_000;
const MOST_RATIO = 2;
/** Fewer rows than this say nothing about a ratio: one job more is a third more. */
const FEW_ROWS = 20;

export async function runLedgerStop(options: LedgerStopOptions): Promise<LedgerStopReport> {
  const env = { MUNIM_LOG_LEVEL: 'error' };
  return onOwnGround({ backend: options.backend, env }, options, async (ground) => {
    // The stop may be longer than the two minutes in which development lets a payout wait: production's half
    // hour counts here.
    await execute(
      ground.knex,
      `update service_policies set expire_after_ms = (select expire_after_ms from service_policies p
        where p.profile = 'production' and p.service = service_policies.service)`,
    );
    await ground.stack.stopProcesses('api');
    await ground.stack.startProcesses('api'); // policies are read at the start
    return run(options, ground);
  });
}

async function run(options: LedgerStopOptions, ground: Ground): Promise<LedgerStopReport> {
  const { say, stoppedS } = options;
  const queues = createQueues(
    { backend: options.backend, redisUrl: ground.redis?.url, databaseUrl: ground.stack.urls.database },
    { log: silentLog },
  );
  try {
    const load = startPayouts(ground, options);
    await pause(WARM_UP_MS);
    await ground.stack.stopProcesses('ledger');
    say(`the ledger is stopped for ${stoppedS} s`);
    const samples = await watchBacklog(ground, queues, stoppedS * 1_000, say);
    const redriven = await redrivenRows(ground);
    await load.stop(5_000);
    const stopped = await sample(ground, queues, Date.now() - stoppedS * 1_000);
    samples.push(stopped);
    const named = await namedRows(queues);
    const startedAt = Date.now();
    await ground.stack.startProcesses('ledger');
    const after = watchUntil(ground, queues, startedAt - stoppedS * 1_000);
    const limitMs = 60_000 + stoppedS * 500;
    const rest = await waitForRest(ground, limitMs, say);
    samples.push(...(await after.stop()));
    const report = load.report();
    return await judge(options, ground, {
      samples,
      stopped,
      named,
      redriven,
      report,
      recoveredMs: rest.at - startedAt,
      atRest: rest.atRest,
    });
  } finally {
    await queues.close();
  }
}

interface Seen {
  samples: BacklogSample[];
  stopped: BacklogSample;
  named: number;
  redriven: number;
  report: LoadReport;
  recoveredMs: number;
  atRest: boolean;
}

async function judge(options: LedgerStopOptions, ground: Ground, seen: Seen): Promise<LedgerStopReport> {
  const findings = (await check(ground, seen.report, undefined)).findings;
  const find = (what: string): void => {
    findings.push({ what, ids: [] });
  };
  const worst = seen.samples
    .filter((s) => s.rows >= FEW_ROWS)
    .reduce((most, s) => Math.max(most, s.jobs / s.rows), 0);
  if (worst > MOST_RATIO) find(`there were ${worst.toFixed(2)} jobs for a row`);
  const { stopped } = seen;
  if (seen.named > MOST_RATIO * stopped.rows) find(`${stopped.rows} rows were named ${seen.named} times`);
  if (stopped.rows < FEW_ROWS) find(`the backlog had ${stopped.rows} rows: too few to say anything`);
  if (!seen.atRest) find('it did not recover in time');
  if (seen.report.unexpected.length > 0)
    find(`unexpected answers: ${seen.report.unexpected.slice(0, 3).join('; ')}`);
  const { say: _say, onGround: _onGround, ...shown } = options;
  return {
    options: shown,
    accepted: seen.report.accepted.length,
    samples: seen.samples,
    backlog: { rows: stopped.rows, jobs: stopped.jobs, named: seen.named, oldestJobMs: stopped.oldestJobMs },
    worstRatio: Number(worst.toFixed(3)),
    recoveredMs: seen.recoveredMs,
    redriven: seen.redriven,
    findings,
    ok: findings.length === 0,
  };
}

type Queues = ReturnType<typeof createQueues>;

async function watchBacklog(
  ground: Ground,
  queues: Queues,
  forMs: number,
  say: (line: string) => void,
): Promise<BacklogSample[]> {
  const started = Date.now();
  const samples: BacklogSample[] = [];
  let toldAt = started;
  while (Date.now() - started < forMs) {
    samples.push(await sample(ground, queues, started));
    if (Date.now() - toldAt >= 10_000) {
      const { atMs, jobs, rows: waiting, oldestJobMs } = samples.at(-1)!;
      say(
        `  ${(atMs / 1_000).toFixed(0)} s: ${waiting} rows, ${jobs} jobs, the oldest ${(oldestJobMs / 1_000).toFixed(0)} s`,
      );
      toldAt = Date.now();
    }
    await pause(EVERY_MS);
  }
  return samples;
}

function watchUntil(ground: Ground, queues: Queues, started: number): { stop(): Promise<BacklogSample[]> } {
  const samples: BacklogSample[] = [];
  const state = { stopped: false };
  const running = (async () => {
    while (!state.stopped) {
      samples.push(await sample(ground, queues, started));
      await pause(EVERY_MS);
    }
  })();
  return {
    async stop() {
      state.stopped = true;
      await running;
      return samples;
    },
  };
}

/** Rows are counted after the jobs: what comes in between makes the ratio look better by its own row only. */
async function sample(ground: Ground, queues: Queues, started: number): Promise<BacklogSample> {
  const names = [queueName('hold'), queueName('settle')];
  const counts = await Promise.all(names.map((name) => queues.counts(name)));
  const ages = await Promise.all(names.map((name) => queues.oldestWaitingAgeMs(name)));
  const [found] = await rows<{ n: number }>(
    ground.knex,
    "select count(*)::int as n from transactions where due_job in ('hold', 'settle')",
  );
  return {
    atMs: Date.now() - started,
    rows: found!.n,
    jobs: counts.reduce((sum, c) => sum + c.waiting + c.active + c.delayed + c.paused, 0),
    oldestJobMs: Math.max(0, ...ages.map((age) => age ?? 0)),
  };
}

const PAGE = 20;

/** How many rows the waiting jobs of the ledger name, each as often as it is named. */
async function namedRows(queues: Queues): Promise<number> {
  let named = 0;
  for (const name of [queueName('hold'), queueName('settle')]) {
    // In small pages: on PostgreSQL each job of a page takes a connection of the queue's few.
    for (let start = 0; ; start += PAGE) {
      const jobs = await queues.handle(name).getWaiting(start, start + PAGE - 1);
      for (const job of jobs) named += (job.data as { ids: string[] }).ids.length;
      if (jobs.length < PAGE) break;
    }
  }
  return named;
}

/** Rows that the re-drive loop has queued again, by the metrics of the maintenance process. */
async function redrivenRows({ stack }: Ground): Promise<number> {
  const answer = await fetch(`${stack.urls.admin.maintenance}/metrics`);
  const lines = (await answer.text())
    .split('\n')
    .filter((line) => /^munim_redriven_rows_total\{.*job="(hold|settle)"/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
