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
  of(action: WayOut): StepUpRule;
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
  return {
    of(action) {
      const rows = inForce.rows().rules.filter((rule) => rule.action === action);
      const found = inForceOn(rows, businessDate(deps.clock.now()));
      return ruleInForce(found, `no rule says how ${action} is confirmed`);
    },
    close: () => inForce.close(),
  };
}
