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

/** How long tokens, sessions and signing keys are good (`token_policies`). */
export interface TokenPolicy {
  accessS: number;
  /** A session that is not renewed for so long is over. */
  refreshIdleS: number;
  /** It is over after so long in any case. */
  sessionS: number;
  /** A key signs for so long, */
  keySignsS: number;
  /** and is published so long before: who keeps a copy of the keys has it in time. */
  keyShownBeforeS: number;
}

export interface TokenPolicies {
  /** Throws DomainError POLICY_NOT_FOUND. */
  now(): TokenPolicy;
  close(): void;
}

const POLICIES: RuleTable<Dated & TokenPolicy> = {
  name: 'token_policies',
  columns: {
    from: IN_FORCE_FROM,
    accessS: 'access_s',
    refreshIdleS: 'refresh_idle_s',
    sessionS: 'session_s',
    keySignsS: 'key_signs_s',
    keyShownBeforeS: 'key_shown_before_s',
  },
  hasProfile: true,
};

export async function createTokenPolicies(
  deps: InForceDependencies & { clock: Clock },
): Promise<TokenPolicies> {
  const inForce = await createInForce(deps, { policies: POLICIES });
  return {
    now() {
      const found = inForceOn(inForce.rows().policies, businessDate(deps.clock.now()));
      return ruleInForce(found, 'no policy of tokens is in force');
    },
    close: () => inForce.close(),
  };
}
