import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../../platform/errors';
import type { Policies } from '../policies/policies';
import { NotAsked } from './desk';

/**
 * How often a one-time password goes to one phone, across all users: an integrator's loop must not flood a customer. What is asked for is counted first, in
 * one statement, and so are calls at the same time and passwords whose sending we could not learn; what was certainly not sent is given back.
 */
export type OtpKind = 'dmt_transfer' | 'dmt_refund' | 'dmt_ekyc';

export interface OtpSends {
  /** Counts passwords that are about to be sent to `whom`, all or none. Throws DomainError RATE_LIMITED, POLICY_NOT_FOUND. */
  take(kind: OtpKind, whom: string, count: number): Promise<void>;
  /** Of those that were taken, so many were not sent. */
  giveBack(kind: OtpKind, whom: string, count: number): Promise<void>;
}

export function createOtpSends({ knex, clock, policies }: { knex: Knex; clock: Clock; policies: Policies }): OtpSends {
  return {
    async take(kind, whom, count) {
      const now = clock.now();
      const { windowMs, most } = policies.otpLimit(kind, now);
      const key = keyOf(kind, whom);
      const taken = count > most ? [] : await rows(knex, `
        insert into otp_sends as s (key, sent, window_ends_at) values (?, ?, ?)
        on conflict (key) do update set sent = case when s.window_ends_at <= ? then excluded.sent else s.sent + excluded.sent end, window_ends_at = case when s.window_ends_at <= ? then excluded.window_ends_at else s.window_ends_at end
          where s.window_ends_at <= ? or s.sent + excluded.sent <= ?
        returning key`, [key, count, addMs(now, windowMs), now, now, now, most]);
      if (taken.length === 1) return;
      const [window] = await rows<{ endsAt: Date }>(knex, 'select window_ends_at as "endsAt" from otp_sends where key = ?', [key]);
      const leftMs = (window?.endsAt ?? addMs(now, windowMs)).getTime() - now.getTime();
      throw new DomainError('RATE_LIMITED', { detail: `no more than ${most} one-time passwords in ${windowMs / 60_000} minutes are sent for this; use those that were sent, or wait`, retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) });
    },
    async giveBack(kind, whom, count) {
      if (count > 0) await execute(knex, 'update otp_sends set sent = greatest(0, sent - ?) where key = ?', [count, keyOf(kind, whom)]);
    },
  };
}

function keyOf(kind: OtpKind, whom: string): string { return `${kind}:${whom}`; }

/** The password was certainly not sent: the provider refused to, or was not asked. */
export function isNotSent(error: unknown): boolean { return error instanceof NotAsked || (error instanceof DomainError && error.code === 'DMT_REFUSED'); }
