import type { Knex } from 'knex';
import { DMT_ERRORS } from './errors';
import type { Clock } from '../../platform/clock';
import { claimDue, type Claim } from '../../platform/claim';
import type { Holds } from '../posting/hold';

/**
 * Expiry of one-time passwords that were not used in time. They are erased first, then their transactions are
 * given up, never sent. A process that read one before finds its transaction expired and does not begin. A
 * transaction that is left over (the process died in between) ends at its next drive, because it has no
 * password any more.
 */
export interface OtpExpiry {
  /** Erases up to `limit` passwords. `finished`: transactions that ended. */
  expire(limit: number): Promise<{ erased: number; finished: string[]; errors: Error[] }>;
}

const OLD_PASSWORDS: Claim = {
  table: 'dmt_transfers',
  key: 'transaction_id',
  due: 'otp_sealed is not null and otp_expires_at <= :now',
  orderBy: 'otp_expires_at',
  set: 'otp_sealed = null',
  returning: 't.transaction_id as id',
};

export function createOtpExpiry(deps: { knex: Knex; clock: Clock; holds: Holds }): OtpExpiry {
  return {
    async expire(limit) {
      const erased = await claimDue<{ id: string }>(deps.knex, OLD_PASSWORDS, {
        now: deps.clock.now(),
        limit,
      });
      const report = { erased: erased.length, finished: [] as string[], errors: [] as Error[] };
      await Promise.all(
        erased.map(async ({ id }) => {
          try {
            if (await deps.holds.release(id, DMT_ERRORS.DMT_OTP_EXPIRED.code, 'maintenance'))
              report.finished.push(id);
          } catch (error) {
            report.errors.push(
              error instanceof Error
                ? error
                : new Error('a transaction could not be given up', { cause: error }),
            );
          }
        }),
      );
      return report;
    },
  };
}
