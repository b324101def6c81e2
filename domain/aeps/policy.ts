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
import type { Paise } from '../../platform/money';
import { compareTexts } from '../../platform/order';
import type { CaptureRule } from '../captures/fitness';
import { DomainError } from '../errors/errors';
import { GST } from '../policies/policies';
import type { AepsKind } from './request';

/** The timings, caps and velocity rules of AEPS, as rows in force from a business date. */
export interface AepsTimings {
  answerWithinMs: number;
  answerMarginMs: number;
  acknowledgeWithinMs: number;
  dormantAfterMonths: number;
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
/** Withdrawals of more than `abovePaise` need a one-time password of the customer, good for `lifeMs`. */
export interface WithdrawalOtpRule {
  abovePaise: Paise;
  lifeMs: number;
}
export interface AepsPolicy extends AepsTimings {
  velocity: readonly VelocityRule[];
  withdrawalOtp: WithdrawalOtpRule;
  /** How a finger is captured for a bank: its own rule, or that of all others. */
  captureFor(bank: string): CaptureRule;
  chargeBps: Readonly<Record<AepsKind, bigint>>;
  gstBps: bigint;
}

export interface AepsPolicies {
  /** Throws DomainError PRICE_NOT_FOUND, POLICY_NOT_FOUND if none is in force. */
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
    dormantAfterMonths: 'dormant_after_months',
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
const OTP_RULES: RuleTable<Dated & WithdrawalOtpRule> = {
  name: 'aeps_otp_rules',
  columns: { from: IN_FORCE_FROM, abovePaise: 'above_paise', lifeMs: 'life_ms' },
  hasProfile: true,
};
const CAPTURE_RULES: RuleTable<Dated & CaptureRule & { bank: string }> = {
  name: 'aeps_capture_rules',
  columns: { from: IN_FORCE_FROM, bank: 'bank', fingerType: 'finger_type', leastPoints: 'least_points' },
};
const ALL_OTHERS = '*';
const TABLES = {
  timings: TIMINGS,
  velocity: VELOCITY_RULES,
  charges: CHARGES,
  gst: GST,
  withdrawalOtps: OTP_RULES,
  captures: CAPTURE_RULES,
};

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
  const withdrawalOtp = inForceOn(tables.withdrawalOtps, date);
  const captureOf = (bank: string): CaptureRule | undefined =>
    inForceOn(
      tables.captures.filter((c) => c.bank === bank),
      date,
    );
  const capture = captureOf(ALL_OTHERS);
  const gst = inForceOn(tables.gst, date);
  const chargeOf = (kind: AepsKind): number | undefined =>
    inForceOn(
      tables.charges.filter((c) => c.kind === kind),
      date,
    )?.bps;
  const [withdrawal, payment] = [chargeOf('withdrawal'), chargeOf('merchant_payment')];
  if (timings === undefined || gst === undefined || withdrawal === undefined || payment === undefined)
    throw new DomainError('PRICE_NOT_FOUND', { detail: 'no policy of AEPS is in force' });
  if (withdrawalOtp === undefined || capture === undefined)
    throw new DomainError('POLICY_NOT_FOUND', {
      detail: 'no rule of AEPS for one-time passwords or captures is in force',
    });
  return {
    ...timings,
    withdrawalOtp,
    captureFor: (bank) => captureOf(bank) ?? capture,
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
