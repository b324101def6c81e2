import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Awaited } from '../decisions/release';
import { DomainError } from '../errors/errors';

/** A transfer that was stopped lost its one-time password. Let go, it waits for a new one of its sender. */
export function createReleasedTransfers({ profile }: { profile: string }): Awaited {
  return {
    async until(trx: Knex.Transaction, now: Date) {
      const [policy] = await rows<{ forMs: number | null }>(
        trx,
        `select released_for_ms as "forMs" from service_policies where service = 'dmt' and profile = :profile`,
        { profile },
      );
      if (policy === undefined || policy.forMs === null)
        throw new DomainError('POLICY_NOT_FOUND', {
          detail: 'no row says how long a transfer that was let go waits for a new password',
        });
      return addMs(now, policy.forMs);
    },
    async note(trx, id, until) {
      await execute(trx, 'update dmt_transfers set new_otp_until = :until where transaction_id = :id', {
        id,
        until,
      });
    },
  };
}
