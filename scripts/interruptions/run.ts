/**
 * One interruption run: a platform of its own under a steady load, a seeded plan of kills, freezes and
 * outages, then the question whether anything was lost, done twice, or left lying.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check, describeOffenders, type Checked, type Finding } from './check';
import { onOwnGround, type Ground, type GroundRun } from './ground';
import { inject, readHits, type Done } from './inject';
import {
  prepareAgents,
  prepareBills,
  prepareTransfers,
  settleOtps,
  type PreparedTransfer,
} from '../mix/prepare';
import { startLoad, type Load, type LoadReport } from './load';
import { transferEnding } from './orders';
import { makePlan, PROCESSES } from './plan';
import { createRandom, type Random } from './random';
import { startRefunds } from './refunds';
import { waitForRest, type Rest } from './rest';
import { startWatch, type Watch } from './watch';

export interface RunOptions extends GroundRun {
  interruptions: number;
  /** CI: shorter gaps and waits. */
  quick: boolean;
  /** How many of each process; one where nothing is said. */
  processes?: Record<string, number>;
  /** A second host works on the same stores (GroundOptions). */
  secondHost?: boolean;
  /** Keep the folder (logs, database, timeline.jsonl) also when all is well. */
  keep?: boolean;
}

export interface RunReport {
  options: Omit<RunOptions, 'say' | 'onGround'>;
  done: Done[];
  hits: Record<string, number>;
  /** How often processes ended that nobody had killed: they could not start while the database was away. */
  otherEnds: Record<string, number>;
  load: Omit<LoadReport, 'accepted'> & { accepted: number };
  checked: Checked;
  longestOverdueMs: number;
  mostConnections: number;
  redriveMs: number;
  /**
   * Transfers that failed after the provider took them, and were given back with the customer's one-time
   * password.
   */
  refunds: number;
  drainedMs: number;
  findings: Finding[];
  /** For people, when something is wrong. */
  details: string;
  ok: boolean;
}

/**
 * A loop's pause is 250 ms, a round on a busy machine takes a few hundred more: a row that is overdue longer
 * has not been driven.
 */
const TOLERANCE_MS = 1_000;
const REDRIVE_LIMIT_MS = 30_000;
const CLIENT_GRACE_MS = 10_000;
const REPLAYED = 50;
/** More are not asked for in the time before the one-time passwords are too old. */
const QUICK_TRANSFERS = 120;
const FULL_TRANSFERS = 1_200;

export async function runInterruptions(options: RunOptions): Promise<RunReport> {
  const { quick, seed, say } = options;
  const { backend, processes, secondHost } = options;
  return onOwnGround({ backend, processes, secondHost }, options, async (ground) => {
    const report = await run(options, ground, quick ? 90_000 : 180_000);
    if (!report.ok || options.keep === true) say(`seed ${seed}; the folder is kept: ${ground.dir}`);
    return report;
  });
}

async function run(options: RunOptions, ground: Ground, drainMs: number): Promise<RunReport> {
  const { seed, quick, say } = options;
  const plan = makePlan(createRandom(seed), {
    backend: options.backend,
    interruptions: options.interruptions,
    processes: PROCESSES.filter((name) => name in ground.stack.pids()),
  });
  say('agents, senders and one-time passwords are prepared');
  const transfers = await prepareCounter(
    ground,
    quick ? QUICK_TRANSFERS : FULL_TRANSFERS,
    createRandom(seed + 2),
  );
  const load = startLoad({
    url: ground.stack.urls.api,
    users: ground.users,
    transfers,
    perSecond: options.rate,
    random: createRandom(seed ^ 0x5eed),
  });
  const refunds = startRefunds(ground);
  const watch = startWatch(ground.knex);
  const timeline = startTimeline(path.join(ground.dir, 'timeline.jsonl'), load, watch);
  await pause(quick ? 1_000 : 3_000);
  const done = await inject({
    ground,
    random: createRandom(seed + 1),
    plan,
    gapMs: quick ? { from: 1_000, to: 2_500 } : { from: 1_500, to: 4_500 },
    say: (line) => {
      timeline.note(line);
      say(line);
    },
  });
  const over = Math.max(...done.map((d) => d.endedAt));
  say('the last interruption is over; the clients go on for a moment');
  await pause(quick ? 1_000 : 5_000);
  await load.stop(CLIENT_GRACE_MS);
  const accepted = load.report().accepted.length;
  say(`${accepted} accepted; waiting until all have ended`);
  const loadEndedAt = Date.now();
  const rest = await waitForRest(ground, drainMs, say);
  await watch.stop();
  await refunds.stop();
  timeline.stop();
  const different = await load.replay(REPLAYED);
  const acceptedFile = path.join(ground.dir, 'accepted.txt');
  fs.writeFileSync(
    acceptedFile,
    load
      .report()
      .accepted.map((id) => `${id}\n`)
      .join(''),
  );
  const checked = await check(ground, load.report(), acceptedFile);
  return judge(options, ground, {
    done,
    over,
    watch,
    rest,
    drainedMs: rest.at - loadEndedAt,
    refunds: refunds.given(),
    different,
    load: load.report(),
    checked,
  });
}

/** What a counter has before it opens. */
async function prepareCounter(
  { stack, users }: Ground,
  transfers: number,
  random: Random,
): Promise<PreparedTransfer[]> {
  const places = { apiUrl: stack.urls.api, sandboxUrl: stack.urls.sandbox };
  await settleOtps(places);
  await prepareBills(places, users[0]!);
  await prepareAgents(places, users);
  return prepareTransfers(places, users, transfers, () => transferEnding(random));
}

interface Seen {
  done: Done[];
  over: number;
  watch: Watch;
  rest: Rest;
  drainedMs: number;
  refunds: number;
  different: string[];
  load: LoadReport;
  checked: Checked;
}

async function judge(options: RunOptions, ground: Ground, seen: Seen): Promise<RunReport> {
  const { done, checked, load, rest } = seen;
  const findings = [...checked.findings];
  const find = (what: string, ids: readonly string[] = []): void => {
    findings.push({ what, ids: [...ids] });
  };
  const redriveMs = seen.watch.overdueUntilMs(seen.over, TOLERANCE_MS);
  if (redriveMs > REDRIVE_LIMIT_MS) find(`work was overdue for ${redriveMs} ms after the last interruption`);
  if (!rest.atRest) find(`not at rest in time: ${JSON.stringify(rest.left)}`);
  if (seen.different.length > 0) find('a repeat with the same key got another answer', seen.different);
  if (load.unexpected.length > 0) find('answers that no interruption excuses', load.unexpected);
  const failed = done.filter(
    (d) =>
      d.endedAt > 0 &&
      d.note !== undefined &&
      d.what.kind !== 'cut_connections' &&
      d.what.kind !== 'empty_queue',
  );
  if (failed.length > 0)
    find(
      'interruptions that could not be carried out',
      failed.map((d) => `${JSON.stringify(d.what)}: ${d.note}`),
    );
  const { say: _say, onGround: _onGround, ...shown } = options;
  const hits: Record<string, number> = {};
  for (const hit of readHits(ground.hitsFile))
    hits[`${hit.point} ${hit.signal}`] = (hits[`${hit.point} ${hit.signal}`] ?? 0) + 1;
  return {
    options: shown,
    done,
    hits,
    otherEnds: otherEnds(ground, done),
    load: { ...load, accepted: load.accepted.length },
    checked,
    findings,
    longestOverdueMs: Math.round(seen.watch.longestOverdueMs()),
    mostConnections: seen.watch.mostConnections(),
    redriveMs,
    drainedMs: seen.drainedMs,
    refunds: seen.refunds,
    details: findings.length === 0 ? '' : await describeOffenders(ground.knex, findings),
    ok: findings.length === 0,
  };
}

function otherEnds({ stack, counts }: Ground, done: readonly Done[]): Record<string, number> {
  const killed = (name: string): number =>
    done.filter(({ what }) => what.kind === 'kill' && what.process === name).length;
  const ends = Object.entries(stack.starts()).map(([name, starts]): [string, number] => [
    name,
    starts - (counts[name] ?? 1) - killed(name),
  ]);
  return Object.fromEntries(ends.filter(([, n]) => n > 0));
}

/**
 * One line a second for whoever wants to know what happened when: requests accepted so far, the most overdue
 * row of each kind, what was done.
 */
function startTimeline(file: string, load: Load, watch: Watch): { note(text: string): void; stop(): void } {
  const write = (fields: object): void => {
    fs.appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...fields })}\n`);
  };
  const timer = setInterval(() => {
    write({
      accepted: load.acceptedCount(),
      overdue_ms: watch.samples.at(-1)?.overdueMs,
      sampled: watch.samples.length,
    });
  }, 1_000);
  return {
    note: (text) => {
      write({ note: text });
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}
