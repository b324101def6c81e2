import type { Clock } from '../../platform/clock';
import type { Caller } from '../auth/api-keys';
import { DomainError, retrySeconds } from '../errors/errors';
import type { StepUpRules, WayOut } from '../step-up/rules';
import { SIGN_IN_ERRORS } from './errors';
import { whenInIndia } from './notices';

/**
 * After a password was set by code, or a number or address was changed, no money leaves by the sessions of a person for
 * a while, by the ways whose rule says so. API keys are made by staff, and go on; so does what stays with the person.
 */
export interface PayoutRests {
  /** Throws DomainError PAYOUTS_REST, POLICY_NOT_FOUND. */
  require(caller: Pick<Caller, 'payoutsRestUntil'>, way: WayOut): void;
}

export function createPayoutRests({
  clock,
  rules,
}: {
  clock: Clock;
  rules: Pick<StepUpRules, 'of'>;
}): PayoutRests {
  return {
    require({ payoutsRestUntil: until }, way) {
      if (until === null || until === undefined) return;
      const now = clock.now();
      if (until <= now || !rules.of(way).rests) return;
      throw new DomainError(SIGN_IN_ERRORS.PAYOUTS_REST, {
        detail: `payments of this account rest until ${whenInIndia(until)} (IST): its password, number or address was changed`,
        retryAfterS: retrySeconds(until.getTime() - now.getTime()),
      });
    },
  };
}
