import type { Knex } from 'knex';
import { addMs, businessDate, startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { date, insertNew, table, text, uuid } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { NightStep } from './step';

export interface NightRule {
  closesAfterS: number;
  firstDaysBack: number;
}

const DAY_MS = 86_400_000;
/** The day so many days later; a business day has no daylight saving. */
export function addDays(day: string, days: number): string {
  return businessDate(addMs(startOfBusinessDate(day), days * DAY_MS));
}

/** The rule in force. Throws DomainError POLICY_NOT_FOUND. */
export async function readNightRule(knex: Knex, profile: string, on: string): Promise<NightRule> {
  const [rule] = await rows<NightRule>(
    knex,
    `select closes_after_s as "closesAfterS", first_days_back as "firstDaysBack" from night_rules
    where profile = ? and in_force_from <= ?::date order by in_force_from desc limit 1`,
    [profile, on],
  );
  if (rule === undefined)
    throw new DomainError('POLICY_NOT_FOUND', { detail: 'no rule of night_rules is in force' });
  return rule;
}

/** The last business day that is closed by now: at midnight in India, and after the time of the rule. */
export function lastEndedDay(now: Date, { closesAfterS }: NightRule): string {
  return addDays(businessDate(addMs(now, -closesAfterS * 1_000)), -1);
}

/** The day of the first night there is. */
export async function firstNight(db: Knex | Knex.Transaction): Promise<string | undefined> {
  const [first] = await rows<{ day: string | null }>(
    db,
    'select min(business_date)::text as day from nights',
  );
  return first?.day ?? undefined;
}

/**
 * The first day that needs a night: the one after the last night. Before any, the day on which the books begin, but
 * no more days back than the rule says; undefined while nothing was ever posted.
 */
export async function firstMissingDay(
  knex: Knex,
  ended: string,
  rule: NightRule,
): Promise<string | undefined> {
  const [last] = await rows<{ day: string | null }>(
    knex,
    'select max(business_date)::text as day from nights',
  );
  if (typeof last?.day === 'string') return addDays(last.day, 1);
  const [begin] = await rows<{ at: Date | null }>(
    knex,
    `select min(first.created_at) as at from ledger_accounts a cross join lateral (
      select created_at from ledger_transfers where debit_account_id = a.id order by id limit 1) first`,
  );
  if (!begin?.at) return undefined;
  const [day, earliest] = [businessDate(begin.at), addDays(ended, 1 - rule.firstDaysBack)];
  return day > earliest ? day : earliest;
}

/** Days whose night was asked for, and has no steps yet. */
export async function askedDays(knex: Knex): Promise<string[]> {
  const asked = await rows<{ day: string }>(
    knex,
    `select business_date::text as day from nights n
    where not exists (select from nightly_runs r where r.business_date = n.business_date)
    order by business_date limit 400`,
  );
  return asked.map(({ day }) => day);
}

interface NewRun {
  id: string;
  kind: string;
  day: string;
  provider: string | null;
}
const RUNS = table<NewRun>('nightly_runs', {
  id: uuid((r) => r.id),
  kind: text((r) => r.kind),
  business_date: date((r) => r.day),
  provider: text((r) => r.provider),
});

export interface OpenNightDependencies {
  knex: Knex;
  ids: Ids;
  steps: readonly NightStep[];
  providers: readonly string[];
}

/**
 * Opens the night of a day with its steps; once, however many processes try. A step that a newer program has is added
 * to a night that is open already.
 */
export async function openNight(
  { knex, ids, steps, providers }: OpenNightDependencies,
  day: string,
): Promise<void> {
  const fresh = steps.flatMap(({ kind, perProvider }): NewRun[] =>
    (perProvider === true ? providers : [null]).map((provider) => ({
      id: ids.uuid(),
      kind,
      day,
      provider,
    })),
  );
  const dependencies = new Map(steps.map((step) => [step.kind, step.dependsOn]));
  await knex.transaction(async (trx) => {
    await execute(trx, 'insert into nights (business_date) values (?::date) on conflict do nothing', [day]);
    for (const [kind, dependsOn] of dependencies)
      await insertNew(
        trx,
        RUNS,
        fresh.filter((run) => run.kind === kind),
        { conflict: '', returning: 'id', shared: { depends_on: dependsOn } },
      );
  });
}
