import { businessDate, type Clock } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import { ruleInForce } from '../errors/rule-in-force';

/** How people sign in (`sign_in_policies`), in force from a day. */
export interface SignInRule {
  codeS: number;
  changeCodeS: number;
  /** In characters. */
  shortestPassword: number;
  payoutsRestS: number;
}

export interface SignInRules {
  /** Throws DomainError POLICY_NOT_FOUND. */
  now(): SignInRule;
  close(): void;
}

const POLICIES: RuleTable<Dated & SignInRule> = {
  name: 'sign_in_policies',
  columns: {
    from: IN_FORCE_FROM,
    codeS: 'code_s',
    changeCodeS: 'change_code_s',
    shortestPassword: 'least_characters',
    payoutsRestS: 'payouts_rest_s',
  },
  hasProfile: true,
};

export async function createSignInRules(deps: InForceDependencies & { clock: Clock }): Promise<SignInRules> {
  const inForce = await createInForce(deps, { policies: POLICIES });
  return {
    now() {
      const found = inForceOn(inForce.rows().policies, businessDate(deps.clock.now()));
      return ruleInForce(found, 'no policy of signing in is in force');
    },
    close: () => inForce.close(),
  };
}
