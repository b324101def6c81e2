import { businessDate, type Clock } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import type { Paise } from '../../platform/money';
import { ruleInForce } from '../errors/rule-in-force';

/**
 * What leaves an account: its data, and money to other people. Whoever is signed in confirms it where its rule says so.
 */
export type WayOut = 'payout' | 'transfer' | 'dmt' | 'bbps' | 'recharge' | 'data_copy';

/** A rule of its own beside that of the action: a payout to somebody who is new to the user. */
export type NewPayee = 'new_payee';

export interface StepUpRule {
  /** Null: never. */
  pinFromPaise: Paise | null;
  codeFromPaise: Paise | null;
  goodForS: number;
  /** While the account may be in wrong hands. */
  rests: boolean;
}

export interface StepUpRules {
  /** Throws DomainError POLICY_NOT_FOUND: what is risky is not let through for want of a row. */
  of(action: WayOut | NewPayee): StepUpRule;
  /** The rule of the action, and for somebody who is new the stricter of the two. Throws as `of`. */
  ofPayment(risk: { action: WayOut; isNewPayee?: boolean }): StepUpRule;
  close(): void;
}

const RULES: RuleTable<Dated & StepUpRule & { action: string }> = {
  name: 'step_up_rules',
  columns: {
    from: IN_FORCE_FROM,
    action: 'action',
    pinFromPaise: 'pin_from_paise',
    codeFromPaise: 'code_from_paise',
    goodForS: 'good_for_s',
    rests: 'rests',
  },
  hasProfile: true,
};

export async function createStepUpRules(deps: InForceDependencies & { clock: Clock }): Promise<StepUpRules> {
  const inForce = await createInForce(deps, { rules: RULES });
  const of = (action: WayOut | NewPayee): StepUpRule => {
    const rows = inForce.rows().rules.filter((rule) => rule.action === action);
    const found = inForceOn(rows, businessDate(deps.clock.now()));
    return ruleInForce(found, `no rule says how ${action} is confirmed`);
  };
  return {
    of,
    ofPayment: ({ action, isNewPayee }) =>
      isNewPayee === true ? stricter(of(action), of('new_payee')) : of(action),
    close: () => inForce.close(),
  };
}

function stricter(a: StepUpRule, b: StepUpRule): StepUpRule {
  return {
    pinFromPaise: lower(a.pinFromPaise, b.pinFromPaise),
    codeFromPaise: lower(a.codeFromPaise, b.codeFromPaise),
    goodForS: Math.min(a.goodForS, b.goodForS),
    rests: a.rests || b.rests,
  };
}

/** Null is never. */
function lower(a: Paise | null, b: Paise | null): Paise | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
