import { DomainError, retrySeconds } from '../errors/errors';
import { DESK_ERRORS } from './errors';
import { scrub } from '../../platform/scrub';
import { orUnknown } from './answers';
import type { DeskAnswer } from './calls';

/** The provider was certainly not asked: no part of the question left us. */
export class NotAsked extends DomainError {
  constructor(options: { detail: string; retryAfterS: number }) {
    super('PROVIDER_UNAVAILABLE', options);
  }
}

/** The provider's definite no: what was asked for has not happened. */
export class ProviderRefusal extends DomainError {}

/**
 * Returns the value of an answer. Throws DomainError DMT_REFUSED (a definite no, with the provider's code) or
 * PROVIDER_UNAVAILABLE (we could not learn the answer; as NotAsked if the question never left us).
 */
export async function answered<T>(question: Promise<DeskAnswer<T>>): Promise<T> {
  const answer = await orUnknown(() => question);
  if (answer.ok) return answer.value;
  if (answer.kind === 'refused')
    throw new ProviderRefusal(DESK_ERRORS.DMT_REFUSED, {
      detail: `the provider refused it (${shownCode(answer.rawReason ?? answer.rawStatus)}); change the request before you send it again`,
    });
  const retryAfterS = retrySeconds(answer.retryAfterMs);
  if (answer.sent === false)
    throw new NotAsked({ detail: 'the provider cannot be asked now, and was not; try again', retryAfterS });
  throw new DomainError('PROVIDER_UNAVAILABLE', {
    detail: 'the provider gave no clear answer; look at the sender or the transaction before you try again',
    retryAfterS,
  });
}

/** A provider's code in a form that may be shown. Whole sentences are not, since they may name a person. */
export function shownCode(code: string): string {
  return /^[\w <>.:-]{1,60}$/.test(code) ? scrub(code) : 'no code';
}
