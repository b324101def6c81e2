import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RowsOf,
  type RuleTable,
} from '../../platform/in-force';
import { compareTexts } from '../../platform/order';
import { DomainError } from '../errors/errors';
import { GST } from '../policies/policies';
import type { AepsKind } from './request';

/** The timings, caps and velocity rules of AEPS, as rows in force from a business date. */
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
  /** Throws DomainError PRICE_NOT_FOUND if none is in force. */
  at(now: Date): AepsPolicy;
  refresh(): Promise<void>;
  close(): void;
}

const TIMINGS: RuleTable<Dated & AepsTimings> = {
  name: 'aeps_timings',
  columns: {
    from: IN_FORCE_FROM,
    answerWithinMs: 'answer_within_ms',
    answerMarginMs: 'answer_margin_ms',
    acknowledgeWithinMs: 'acknowledge_within_ms',
    dormantAfterDays: 'dormant_after_days',
    kycOtpLifeMs: 'kyc_otp_life_ms',
    kycOtpGapMs: 'kyc_otp_gap_ms',
    shopRadiusM: 'shop_radius_m',
    customerDayCount: 'customer_day_count',
    nightFromHour: 'night_from_hour',
    nightToHour: 'night_to_hour',
  },
  hasProfile: true,
};
const VELOCITY_RULES: RuleTable<Dated & VelocityRule> = {
  name: 'aeps_velocity_rules',
  columns: {
    from: IN_FORCE_FROM,
    rule: 'rule',
    windowMs: 'window_ms',
    atLeast: 'at_least',
    caseAbove: 'case_above',
    refuseAbove: 'refuse_above',
  },
  hasProfile: true,
};
const CHARGES: RuleTable<Dated & { kind: AepsKind; bps: number }> = {
  name: 'aeps_charges',
  columns: { from: IN_FORCE_FROM, kind: 'kind', bps: 'bps' },
};
const TABLES = { timings: TIMINGS, velocity: VELOCITY_RULES, charges: CHARGES, gst: GST };

export async function createAepsPolicies(deps: InForceDependencies): Promise<AepsPolicies> {
  const inForce = await createInForce(deps, TABLES);
  return {
    at: (now) => policyOn(inForce.rows(), businessDate(now)),
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

function policyOn(tables: RowsOf<typeof TABLES>, date: string): AepsPolicy {
  const timings = inForceOn(tables.timings, date);
  const gst = inForceOn(tables.gst, date);
  const chargeOf = (kind: AepsKind): number | undefined =>
    inForceOn(
      tables.charges.filter((c) => c.kind === kind),
      date,
    )?.bps;
  const [withdrawal, payment] = [chargeOf('withdrawal'), chargeOf('merchant_payment')];
  if (timings === undefined || gst === undefined || withdrawal === undefined || payment === undefined)
    throw new DomainError('PRICE_NOT_FOUND', { detail: 'no policy of AEPS is in force' });
  return {
    ...timings,
    velocity: velocityOn(tables.velocity, date),
    chargeBps: { withdrawal: BigInt(withdrawal), merchant_payment: BigInt(payment) },
    gstBps: BigInt(gst.bps),
  };
}

/** The row in force of each rule, in the order of their names. */
function velocityOn(rules: readonly (Dated & VelocityRule)[], date: string): VelocityRule[] {
  const names = [...new Set(rules.map(({ rule }) => rule))].toSorted(compareTexts);
  return names.flatMap(
    (name) =>
      inForceOn(
        rules.filter(({ rule }) => rule === name),
        date,
      ) ?? [],
  );
}
