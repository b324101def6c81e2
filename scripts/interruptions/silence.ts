/**
 * Links that fall silent while payouts keep coming: nobody closes a connection, nothing comes on it any more.
 * Work must go on within 30 s, and /readyz must not say meanwhile that all is well.
 * 1. `present`: what is connected stays silent, what connects anew works (one path of many is gone);
 * 2. `all`: for 10 s nothing new gets through either (a partition);
 * 3. `master`: the master behind Sentinels is frozen (SIGSTOP).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { rows } from '../../platform/database';
import { parsePublicId } from '../../platform/ids';
import { check, type Finding } from './check';
import { onOwnGround, type Ground, type GroundRun } from './ground';
import { startPayouts, type Load } from './load';
import { waitForRest } from './rest';

export interface SilenceOptions extends GroundRun {
  /** Redis behind Sentinels, and its master is frozen. */
  sentinel: boolean;
}

export interface Silence {
  link: 'postgres' | 'redis';
  kind: 'present' | 'all' | 'master';
  /** From the cut (from its end, of a partition) until a payout that was accepted after it had succeeded, ms. */
  goesOnMs: number;
  /** What /readyz said meanwhile, by process and check. */
  notReady: string[];
}

export interface SilenceReport {
  options: Omit<SilenceOptions, 'say' | 'onGround'>;
  silences: Silence[];
  accepted: number;
  findings: Finding[];
  ok: boolean;
}

const LIMIT_MS = 30_000;
const PARTITION_MS = 10_000;
const WARM_UP_MS = 4_000;
const BETWEEN_MS = 5_000;
const LOOK_MS = 250;
const GIVE_UP_MS = 150_000;

export async function runSilences(options: SilenceOptions): Promise<SilenceReport> {
  const { backend, sentinel } = options;
  return onOwnGround({ backend, links: true, sentinel }, options, async (ground) => run(options, ground));
}

async function run(options: SilenceOptions, ground: Ground): Promise<SilenceReport> {
  const load = startPayouts(ground, options);
  await pause(WARM_UP_MS);
  const silences: Silence[] = [];
  const findings: Finding[] = [];
  for (const [link, kind] of planOf(options)) {
    options.say(`the link to ${link} falls silent (${kind})`);
    const seen = await silenceOne(ground, load, link, kind);
    options.say(`  work goes on after ${(seen.goesOnMs / 1_000).toFixed(1)} s`);
    silences.push(seen);
    const where = `${link}, ${kind}`;
    if (seen.goesOnMs > LIMIT_MS)
      findings.push({ what: `${where}: no work for ${seen.goesOnMs} ms`, ids: [] });
    if (seen.notReady.length === 0) findings.push({ what: `${where}: every process said ready`, ids: [] });
    await pause(BETWEEN_MS);
  }
  await load.stop(10_000);
  const rest = await waitForRest(ground, 120_000, options.say);
  const report = load.report();
  findings.push(...(await check(ground, report, undefined)).findings);
  if (!rest.atRest) findings.push({ what: `not at rest in time: ${JSON.stringify(rest.left)}`, ids: [] });
  const { say: _say, onGround: _onGround, ...shown } = options;
  return {
    options: shown,
    silences,
    accepted: report.accepted.length,
    findings,
    ok: findings.length === 0,
  };
}

function planOf({ backend, sentinel }: SilenceOptions): [Silence['link'], Silence['kind']][] {
  if (sentinel) return [['redis', 'master']];
  const links = backend === 'redis' ? (['postgres', 'redis'] as const) : (['postgres'] as const);
  return links.flatMap((link): [Silence['link'], Silence['kind']][] => [
    [link, 'present'],
    [link, 'all'],
  ]);
}

async function silenceOne(
  ground: Ground,
  load: Load,
  name: Silence['link'],
  kind: Silence['kind'],
): Promise<Silence> {
  const notReady = new Set<string>();
  const before = load.acceptedCount();
  const link = ground.links?.[name];
  const thaw = kind === 'master' ? ground.sentinel!.freezeMaster() : undefined;
  link?.silence({ newOnesToo: kind === 'all' });
  if (kind === 'all') {
    await lookFor(PARTITION_MS, async () => {
      await readyTexts(ground, notReady);
      return false;
    });
    link?.heal();
  }
  const from = Date.now();
  await lookFor(GIVE_UP_MS, async () => {
    await readyTexts(ground, notReady);
    return someSucceeded(ground, load.report().accepted.slice(before));
  });
  const goesOnMs = Date.now() - from;
  thaw?.();
  return { link: name, kind, goesOnMs, notReady: [...notReady].toSorted() };
}

async function lookFor(ms: number, done: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    if (await done()) return;
    await pause(LOOK_MS);
  }
}

async function readyTexts({ stack }: Ground, into: Set<string>): Promise<void> {
  await Promise.all(
    Object.entries(stack.urls.admin).map(async ([id, url]) => {
      try {
        const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
        const { checks } = (await answer.json()) as { checks: Record<string, string> };
        for (const [check_, said] of Object.entries(checks))
          if (said !== 'ok') into.add(`${id} ${check_}: ${said.replaceAll(/\d+ s/g, 'n s')}`);
      } catch {
        into.add(`${id}: no answer`);
      }
    }),
  );
}

async function someSucceeded({ knex }: Ground, publicIds: readonly string[]): Promise<boolean> {
  if (publicIds.length === 0) return false;
  const ids = publicIds.map((id) => parsePublicId('transaction', id)!);
  const [found] = await rows<{ some: boolean }>(
    knex,
    "select exists (select 1 from transactions where id = any(?) and state = 'succeeded') as some",
    [ids],
  );
  return found!.some;
}
