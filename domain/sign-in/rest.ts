import type { Caller } from '../auth/api-keys';
import { DomainError, retrySeconds } from '../errors/errors';
import { SIGN_IN_ERRORS } from './errors';
import { whenInIndia } from './notices';

/**
 * After a password was set by code, or a number or address was changed, the sessions of a person pay nobody for a
 * while. API keys are made by staff, and go on. Throws DomainError PAYOUTS_REST.
 */
export function requireNoRest({ payoutsRestUntil }: Pick<Caller, 'payoutsRestUntil'>, now: Date): void {
  if (payoutsRestUntil === null || payoutsRestUntil === undefined || payoutsRestUntil <= now) return;
  throw new DomainError(SIGN_IN_ERRORS.PAYOUTS_REST, {
    detail: `payouts of this account rest until ${whenInIndia(payoutsRestUntil)} (IST): its password, number or address was changed`,
    retryAfterS: retrySeconds(payoutsRestUntil.getTime() - now.getTime()),
  });
}
