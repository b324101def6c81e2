import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import type { Paise } from '../../platform/money';
import type { Caller } from '../auth/api-keys';
import { isAmong, type Whom } from '../auth/whom';
import { ruleInForce } from '../errors/rule-in-force';
import type { ValidationMethod } from '../validations/port';

/** How new a beneficiary is before all may be paid to it, and when a bank is asked whose an account is. */
export interface PayeeRules {
  /** Throws DomainError POLICY_NOT_FOUND. */
  payees(at: Date): PayeeRule;
  /** Throws DomainError POLICY_NOT_FOUND. */
  checks(at: Date): CheckRule;
  refresh(): Promise<void>;
  close(): void;
}

export interface PayeeRule {
  /** Whose payouts the limits bind. */
  binds: Whom;
  /** So long a beneficiary is new; 0: nobody is. */
  newForS: number;
  /** To one beneficiary in all while it is new; null: no cap. */
  newCapPaise: Paise | null;
  /** New ones of one user in a day of India; null: no limit. */
  mostNewADay: number | null;
  /** Whose changes of the list their owner is told of. */
  tells: Whom;
  /** What is changed within so long is told together. */
  tellGapS: number;
}

export interface CheckRule {
  method: ValidationMethod;
  /** So long an answer counts. */
  freshDays: number;
  /** Of one user. */
  mostADay: number;
  /** A score of the name from here on is a match. */
  matchFrom: number;
  /** From here on some of it is; below, it is another name. */
  partialFrom: number;
}

const PAYEES: RuleTable<Dated & PayeeRule> = {
  name: 'beneficiary_rules',
  columns: {
    from: IN_FORCE_FROM,
    binds: 'binds',
    newForS: 'new_for_s',
    newCapPaise: 'new_cap_paise',
    mostNewADay: 'most_new_a_day',
    tells: 'tells',
    tellGapS: 'tell_gap_s',
  },
  hasProfile: true,
};
const CHECKS: RuleTable<Dated & CheckRule> = {
  name: 'beneficiary_check_rules',
  columns: {
    from: IN_FORCE_FROM,
    method: 'method',
    freshDays: 'fresh_days',
    mostADay: 'most_a_day',
    matchFrom: 'match_from',
    partialFrom: 'partial_from',
  },
};

export async function createPayeeRules(deps: InForceDependencies): Promise<PayeeRules> {
  const inForce = await createInForce(deps, { payees: PAYEES, checks: CHECKS });
  return {
    payees: (at) =>
      ruleInForce(inForceOn(inForce.rows().payees, businessDate(at)), 'no rule for new beneficiaries'),
    checks: (at) =>
      ruleInForce(inForceOn(inForce.rows().checks, businessDate(at)), 'no rule for checks of beneficiaries'),
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

/** Whether the limits of new beneficiaries bind this caller. */
export function bindsCaller({ binds }: Pick<PayeeRule, 'binds'>, caller: Pick<Caller, 'by'>): boolean {
  return isAmong(binds, caller);
}

/** Whether the owner is told of what this caller changes. */
export function tellsOf({ tells }: Pick<PayeeRule, 'tells'>, caller: Pick<Caller, 'by'>): boolean {
  return isAmong(tells, caller);
}
