import type { TransactionId, UserId } from '../ids/ids';
import type { OffersTransfers } from './port';
import { DomainError } from '../errors/errors';
import type { ProviderCallOptions } from '../provider/calls';
import type { ProviderRegistry } from '../provider/provider';
import type { Policies } from '../policies/policies';
import { timeoutsOf } from '../policies/timeouts';
import type { DmtCalls } from './port';

/** Questions to the provider while the customer waits at the counter: asked once, never repeated by us. */
export interface Desk {
  readonly provider: string;
  /**
   * The provider's calls for money transfers. Throws DomainError PROVIDER_UNAVAILABLE if there is no
   * provider.
   */
  calls(): DmtCalls;
  /**
   * The time limits and options of one call. Throws DomainError POLICY_NOT_FOUND if the provider has no
   * policy.
   */
  options(of?: {
    who?: UserId;
    transactionId?: TransactionId;
  }): ProviderCallOptions & { timeouts: { totalMs: number } };
}

export function createDesk(deps: {
  providers: ProviderRegistry<OffersTransfers>;
  policies: Policies;
  provider: string;
}): Desk {
  return {
    provider: deps.provider,
    calls() {
      const calls = deps.providers.has(deps.provider) ? deps.providers.get(deps.provider).dmt : undefined;
      if (calls === undefined)
        throw new DomainError('PROVIDER_UNAVAILABLE', { detail: 'money transfer is not set up here' });
      return calls;
    },
    options(of = {}) {
      return {
        timeouts: timeoutsOf(deps.policies.provider(deps.provider)),
        ...of,
      };
    },
  };
}
