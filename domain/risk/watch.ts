import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt, type Ids } from '../../platform/ids';
import { insertNew, table, text, timestamptz, uuid } from '../../platform/sql';
import { openCases, type NewCase } from '../cases/cases';
import { FINDING_SQL, namesIn, type Finding } from './patterns';
import { alarmSubject, rulesAt, type RiskRule } from './rules';

/**
 * Measures what was done since it looked last by every rule in force, and opens a case for each finding; a rule that holds
 * stops what follows. It runs beside everything else: nobody waits for it, and no row of a transaction is written.
 */
export interface RiskWatch {
  /**
   * One round. `more`: it is behind, and there is another one to do at once; nothing is done while another process looks.
   */
  round(): Promise<{ opened: Readonly<Record<string, number>>; more: boolean }>;
}

/** So much of the time is looked at in one round, after an outage too. */
const SPAN_MS = 600_000;
/** What was committed late is met again. */
const OVERLAP_MS = 30_000;

export function createRiskWatch(deps: WatchDependencies): RiskWatch {
  return { round: () => deps.knex.transaction((trx) => lookOnce(trx, deps)) };
}

export interface WatchDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
  /** Other than the default, ms. */
  spanMs?: number;
}

async function lookOnce(trx: Knex.Transaction, deps: WatchDependencies): ReturnType<RiskWatch['round']> {
  const [looked] = await rows<{ until: Date | null }>(
    trx,
    'select until_at as until from risk_looked for no key update skip locked',
  );
  if (looked === undefined) return { opened: {}, more: false };
  const now = deps.clock.now();
  const { spanMs = SPAN_MS } = deps;
  const since = looked.until ?? addMs(now, -spanMs);
  const to = new Date(Math.min(now.getTime(), since.getTime() + spanMs));
  if (to <= since) return { opened: {}, more: false };
  const span = { from: addMs(since, -OVERLAP_MS), to };
  const opened: Record<string, number> = {};
  for (const rule of await rulesAt(trx, { profile: deps.profile, at: to })) {
    if (!rule.isOn) continue;
    const found = await rows<Finding>(trx, FINDING_SQL[rule.pattern], valuesOf(rule, span));
    const count = await raise(trx, deps, { rule, found, now: to });
    if (count > 0) opened[rule.name] = count;
  }
  await execute(trx, 'update risk_looked set until_at = :to', { to });
  return { opened, more: to < now };
}

/** The values that the statement of a rule names. */
function valuesOf(
  { pattern, windowS, threshold, leastPaise, limitPaise, percent, fromHour, toHour }: RiskRule,
  { from, to }: { from: Date; to: Date },
): Record<string, unknown> {
  const windowFrom = addMs(from, -windowS * 1_000);
  const values: Readonly<Record<string, unknown>> = {
    ...{ windowS, threshold, leastPaise, limitPaise, percent, fromHour, toHour, from, to, windowFrom },
    fromId: firstUuidAt(from),
    toId: firstUuidAt(to),
    windowId: firstUuidAt(windowFrom),
  };
  return Object.fromEntries(namesIn(pattern).map((name) => [name, values[name]]));
}

interface Found {
  rule: RiskRule;
  found: readonly Finding[];
  now: Date;
}

/** A finding that a person has called a false alarm is not raised again on the same day. */
async function raise(
  trx: Knex.Transaction,
  deps: WatchDependencies,
  { rule, found, now }: Found,
): Promise<number> {
  if (found.length === 0) return 0;
  const cases = found.map(({ subject, measured }): NewCase => ({
    kind: 'risk_alarm',
    subject: alarmSubject(rule.name, subject),
    summary: `${rule.name}: ${measured} within ${rule.windowS} s, and more than ${rule.threshold} are looked at`,
    situation: `${rule.name} ${businessDate(now)}`,
    evidence: { rule: rule.name, measured, threshold: rule.threshold, window_s: rule.windowS },
  }));
  const opened = await openCases(trx, deps.ids, cases, now);
  if (opened > 0 && rule.action === 'hold') await stop(trx, deps, { rule, found, now });
  return opened;
}

interface NewStop {
  id: string;
  caseId: string;
  subject: string;
  until: Date;
}
const STOPS = table<NewStop>('risk_stops', {
  id: uuid((s) => s.id),
  case_id: uuid((s) => s.caseId),
  subject: text((s) => s.subject),
  until_at: timestamptz((s) => s.until),
});

/** Of each case that is open a stop, once. */
async function stop(
  trx: Knex.Transaction,
  { ids }: WatchDependencies,
  { rule, found, now }: Found,
): Promise<void> {
  const cases = await rows<{ id: string; subject: string }>(
    trx,
    `select id, subject from ops_cases
     where kind = 'risk_alarm' and subject = any(:subjects::text[]) and closed_at is null`,
    { subjects: found.map(({ subject }) => alarmSubject(rule.name, subject)) },
  );
  const until = addMs(now, rule.stopS! * 1_000);
  const stops = cases.map(({ id, subject }) => ({
    ...{ id: ids.uuid(), caseId: id, until },
    subject: subject.slice(rule.name.length + 1),
  }));
  await insertNew(trx, STOPS, stops, {
    conflict: 'on constraint risk_stops_once_of_case',
    returning: 'id',
    shared: { rule: rule.name, begun_at: now },
  });
}
