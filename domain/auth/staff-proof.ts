import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Actor } from '../access/access';
import { DomainError } from '../errors/errors';
import { ruleInForce } from '../errors/rule-in-force';
import { AUTH_ERRORS } from './errors';

/**
 * What staff do that cannot be taken back asks for their second factor anew, by rows of `staff_proof_rules`: making what
 * opens the API (`key`), taking data out (`export`), seeing a personal value (`unmask`). A session that was left open,
 * or its stolen token, is not enough for it.
 */
export type ProvedAction = 'key' | 'export' | 'unmask';

export interface StaffProof {
  /** Throws DomainError AUTH_PROOF_NEEDED, POLICY_NOT_FOUND: it is not done for want of a row. */
  require(by: Actor, action: ProvedAction): Promise<void>;
}

export function createStaffProof({
  knex,
  clock,
  profile,
}: {
  knex: Knex;
  clock: Clock;
  profile: string;
}): StaffProof {
  return {
    async require({ provedAt }, action) {
      const now = clock.now();
      const [rule] = await rows<{ withinS: number | null }>(
        knex,
        `select within_s as "withinS" from staff_proof_rules
         where action = :action and profile = :profile and in_force_from <= :today::date
         order by in_force_from desc limit 1`,
        { action, profile, today: businessDate(now) },
      );
      const { withinS } = ruleInForce(rule, `no rule says what ${action} asks of staff`);
      if (withinS === null) return;
      if (provedAt instanceof Date && provedAt > addMs(now, -withinS * 1_000)) return;
      throw new DomainError(AUTH_ERRORS.AUTH_PROOF_NEEDED, {
        detail:
          'give its code with --code; munim authenticator begin, or the page /ops/account/authenticator, sets one up',
      });
    },
  };
}
