import { DomainError } from '../errors/errors';
import { scrub } from '../../platform/scrub';
import { asked } from '../provider/answers';
import type { DeskAnswer, ProviderCallOptions, ProviderRegistry } from '../provider/provider';
import type { Policies } from '../policies/policies';
import type { DmtCalls } from './port';

/** Questions to the provider while the customer stands at the counter: asked once, never repeated by us. */
export interface Desk {
  readonly provider: string;
  /** The provider's calls for money transfers. Throws DomainError PROVIDER_UNAVAILABLE where there is none. */
  calls(): DmtCalls;
  /** The limits of one call. Throws DomainError POLICY_NOT_FOUND where the provider has no policy. */
  options(transactionId?: string): ProviderCallOptions & { timeouts: { totalMs: number } };
}

export function createDesk(deps: {
  providers: ProviderRegistry;
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
    options(transactionId) {
      const { connectTimeoutMs, totalTimeoutMs } = deps.policies.provider(deps.provider);
      return {
        timeouts: { connectMs: connectTimeoutMs, totalMs: totalTimeoutMs },
        ...(transactionId === undefined ? {} : { transactionId }),
      };
    },
  };
}

/** The provider was certainly not asked: nothing of the question left us. */
export class NotAsked extends DomainError {
  constructor(options: { detail: string; retryAfterS: number }) {
    super('PROVIDER_UNAVAILABLE', options);
  }
}

/**
 * What a question was answered.
 * Throws DomainError DMT_REFUSED (a definite no, with the provider's code), PROVIDER_UNAVAILABLE (we could not learn it; as NotAsked where it never left us).
 */
export async function answered<T>(question: Promise<DeskAnswer<T>>): Promise<T> {
  const answer = await asked(() => question);
  if (answer.ok) return answer.value;
  if (answer.kind === 'refused')
    throw new DomainError('DMT_REFUSED', {
      detail: `the provider refused it (${shownCode(answer.rawReason ?? answer.rawStatus)}); change the request before you send it again`,
    });
  const retryAfterS = Math.max(1, Math.ceil((answer.retryAfterMs ?? 1_000) / 1_000));
  if (answer.sent === false)
    throw new NotAsked({ detail: 'the provider cannot be asked now, and was not; try again', retryAfterS });
  throw new DomainError('PROVIDER_UNAVAILABLE', {
    detail: 'the provider gave no clear answer; look at the sender or the transaction before you try again',
    retryAfterS,
  });
}

/** A provider's code as it may be shown: a sentence may name a person. */
export function shownCode(code: string): string {
  return /^[\w <>.:-]{1,60}$/.test(code) ? scrub(code) : 'no code';
}
