import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import type { PolicyProfile } from '../policies/policies';
import type { AepsKind } from './request';

/** The timings, caps and velocity rules of AEPS in force on a business date; rows, like those of policies.ts, and read again every half minute. */
export interface AepsTimings {
  answerWithinMs: number;
  answerMarginMs: number;
  acknowledgeWithinMs: number;
  dormantAfterDays: number;
  kycOtpLifeMs: number;
  kycOtpGapMs: number;
  shopRadiusM: number;
  customerDayCount: number;
  nightFromHour: number;
  nightToHour: number;
}
export type VelocityRuleName = 'burst' | 'customers' | 'night' | 'round_amounts' | 'declines';
export interface VelocityRule {
  rule: VelocityRuleName;
  windowMs: number;
  atLeast: number;
  caseAbove: number | null;
  refuseAbove: number | null;
}
export interface AepsPolicy extends AepsTimings {
  velocity: readonly VelocityRule[];
  chargeBps: Readonly<Record<AepsKind, bigint>>;
  gstBps: bigint;
}

export interface AepsPolicies {
  /** Throws DomainError PRICE_NOT_FOUND where none is in force. */
  at(now: Date): Promise<AepsPolicy>;
  /** Reads the rows again at the next question. */
  forget(): void;
}

const KEEP_MS = 30_000;

export function createAepsPolicies(deps: { knex: Knex; clock: Clock; profile: PolicyProfile }): AepsPolicies {
  let kept: { date: string; until: number; policy: Promise<AepsPolicy> } | undefined;
  return {
    at(now) {
      const date = businessDate(now);
      if (kept === undefined || kept.date !== date || performance.now() > kept.until) {
        const policy = read(deps.knex, deps.profile, date);
        kept = { date, until: performance.now() + KEEP_MS, policy };
        policy.catch(() => {
          kept = undefined;
        });
      }
      return kept.policy;
    },
    forget() {
      kept = undefined;
    },
  };
}

async function read(knex: Knex, profile: PolicyProfile, date: string): Promise<AepsPolicy> {
  const [[timings], velocity, charges, [gst]] = await Promise.all([
    rows<AepsTimings>(
      knex,
      `
      select answer_within_ms as "answerWithinMs", answer_margin_ms as "answerMarginMs", acknowledge_within_ms as "acknowledgeWithinMs", dormant_after_days as "dormantAfterDays", kyc_otp_life_ms as "kycOtpLifeMs",
        kyc_otp_gap_ms as "kycOtpGapMs", shop_radius_m as "shopRadiusM", customer_day_count as "customerDayCount", night_from_hour as "nightFromHour", night_to_hour as "nightToHour"
      from aeps_timings where profile = ? and in_force_from <= ?::date order by in_force_from desc limit 1`,
      [profile, date],
    ),
    rows<VelocityRule>(
      knex,
      `
      select distinct on (rule) rule, window_ms as "windowMs", at_least as "atLeast", case_above as "caseAbove", refuse_above as "refuseAbove"
      from aeps_velocity_rules where profile = ? and in_force_from <= ?::date order by rule, in_force_from desc`,
      [profile, date],
    ),
    rows<{ kind: AepsKind; bps: number }>(
      knex,
      'select distinct on (kind) kind, bps from aeps_charges where in_force_from <= ?::date order by kind, in_force_from desc',
      [date],
    ),
    rows<{ bps: number }>(
      knex,
      "select bps from tax_rates where kind = 'gst' and in_force_from <= ?::date order by in_force_from desc limit 1",
      [date],
    ),
  ]);
  const bpsOf = new Map(charges.map((c) => [c.kind, BigInt(c.bps)]));
  const [withdrawal, payment] = [bpsOf.get('withdrawal'), bpsOf.get('merchant_payment')];
  if (timings === undefined || gst === undefined || withdrawal === undefined || payment === undefined)
    throw new DomainError('PRICE_NOT_FOUND', { detail: 'no policy of AEPS is in force' });
  return {
    ...timings,
    velocity,
    chargeBps: { withdrawal, merchant_payment: payment },
    gstBps: BigInt(gst.bps),
  };
}
