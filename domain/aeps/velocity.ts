import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, businessDate, startOfBusinessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import type { NewCase } from '../cases/cases';
import type { AepsPolicy, VelocityRule, VelocityRuleName } from './policy';

/**
 * Velocity: an agent's activity in a time window, this transaction included, measured against policy rows.
 * Above one threshold a case is opened, above another the transaction is refused. Read under the agent's
 * lock. Source: RBI/2025-26/63 (operators are watched by location, type, volume and velocity).
 */
interface Done {
  at: Date;
  customer: string;
  amountPaise: bigint;
  state: string;
}

const HOUR_MS = 3_600_000;
const ROUND_PAISE = 50_000n; // 500 rupees
const MAX_ROWS = 2_000;

export interface VelocityFinding {
  rule: VelocityRuleName;
  measured: number;
  windowMs: number;
  isRefused: boolean;
}

/** The rules that are exceeded. The current transaction is already stored and counts. */
export async function measureVelocity(
  trx: Knex.Transaction,
  userId: UserId,
  policy: AepsPolicy,
  now: Date,
): Promise<VelocityFinding[]> {
  const longestMs = Math.max(0, ...policy.velocity.map((r) => r.windowMs));
  const done = await rows<Done>(
    trx,
    `
    select w.created_at as at, encode(w.customer_ref, 'hex') as customer, t.amount_paise as "amountPaise",
      t.state
    from aeps_withdrawals w join transactions t on t.id = w.transaction_id
    where w.user_id = ? and w.created_at > ? order by w.created_at desc limit ${MAX_ROWS}`,
    [userId, addMs(now, -longestMs)],
  );
  return policy.velocity.flatMap((rule): VelocityFinding[] => {
    const within = done.filter((d) => d.at.getTime() > now.getTime() - rule.windowMs);
    const measured = within.length < rule.atLeast ? 0 : MEASURES[rule.rule](within, policy);
    const isRefused = rule.refuseAbove !== null && measured > rule.refuseAbove;
    return isRefused || (rule.caseAbove !== null && measured > rule.caseAbove)
      ? [{ rule: rule.rule, measured, windowMs: rule.windowMs, isRefused }]
      : [];
  });
}

const MEASURES: Readonly<
  Record<VelocityRule['rule'], (done: readonly Done[], policy: AepsPolicy) => number>
> = {
  burst: (done) => done.length,
  customers: (done) => new Set(done.map((d) => d.customer)).size,
  night: (done, policy) => done.filter((d) => isNight(d.at, policy)).length,
  round_amounts: (done) =>
    Math.max(
      0,
      ...countBy(done.filter((d) => d.amountPaise % ROUND_PAISE === 0n).map((d) => d.amountPaise)).values(),
    ),
  declines: (done) => Math.floor((done.filter((d) => d.state === 'failed').length * 100) / done.length),
};

function isNight(at: Date, { nightFromHour, nightToHour }: AepsPolicy): boolean {
  const hour = Math.floor((at.getTime() - startOfBusinessDate(businessDate(at)).getTime()) / HOUR_MS);
  return nightFromHour > nightToHour
    ? hour >= nightFromHour || hour < nightToHour
    : hour >= nightFromHour && hour < nightToHour;
}

function countBy<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** At most one open case for each agent, whichever rules were exceeded. */
export function velocityCase(userId: UserId, findings: readonly VelocityFinding[]): NewCase {
  return {
    kind: 'aeps_velocity',
    subject: `aeps_agent:${userId}`,
    summary: findings
      .map((f) => `${f.rule} ${f.measured} in ${f.windowMs / 60_000} min${f.isRefused ? ', refused' : ''}`)
      .join('; '),
  };
}

export function velocityRefusal(findings: readonly VelocityFinding[]): DomainError {
  return new DomainError(AEPS_ERRORS.AEPS_VELOCITY_REFUSED, {
    detail: `too much of: ${findings
      .filter((f) => f.isRefused)
      .map((f) => f.rule)
      .join(', ')}; it is looked into, wait before you try again`,
  });
}
