import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { DESK_ERRORS } from '../provider/errors';
import type { Policies } from '../policies/policies';
import { NotAsked } from '../provider/desk';

/**
 * How often a one-time password goes to one phone, across all users: an integrator's loop must not flood a customer. What is asked for is counted first, in
 * one statement, and so are calls at the same time and passwords whose sending we could not learn; what was certainly not sent is given back.
 */
export type OtpKind = 'dmt_transfer' | 'dmt_refund' | 'dmt_ekyc';

export interface OtpSends {
  /**
   * Has passwords sent to `whom`, one with each question and one question after the other; all are counted beforehand, or none is asked. Throws DomainError
   * RATE_LIMITED, POLICY_NOT_FOUND, and what the first question throws that fails: those after it are not asked.
   */
  send<T>(kind: OtpKind, whom: string, questions: readonly (() => Promise<T>)[]): Promise<T[]>;
}

export function createOtpSends(deps: { knex: Knex; clock: Clock; policies: Policies }): OtpSends {
  return {
    async send(kind, whom, questions) {
      const key = `${kind}:${whom}`;
      await take(deps, kind, key, questions.length);
      const answers: Awaited<ReturnType<(typeof questions)[number]>>[] = [];
      try {
        for (const question of questions) answers.push(await question());
      } catch (error) {
        const unsent = questions.length - answers.length - (isNotSent(error) ? 0 : 1);
        if (unsent > 0)
          await execute(deps.knex, 'update otp_sends set sent = greatest(0, sent - ?) where key = ?', [
            unsent,
            key,
          ]);
        throw error;
      }
      return answers;
    },
  };
}

async function take(
  { knex, clock, policies }: { knex: Knex; clock: Clock; policies: Policies },
  kind: OtpKind,
  key: string,
  count: number,
): Promise<void> {
  const now = clock.now();
  const { windowMs, most } = policies.otpLimit(kind, now);
  const taken =
    count > most
      ? []
      : await rows(
          knex,
          `
    insert into otp_sends as s (key, sent, window_ends_at) values (?, ?, ?)
    on conflict (key) do update set sent = case when s.window_ends_at <= ? then excluded.sent else s.sent + excluded.sent end, window_ends_at = case when s.window_ends_at <= ? then excluded.window_ends_at else s.window_ends_at end
      where s.window_ends_at <= ? or s.sent + excluded.sent <= ?
    returning key`,
          [key, count, addMs(now, windowMs), now, now, now, most],
        );
  if (taken.length === 1) return;
  const [window] = await rows<{ endsAt: Date }>(
    knex,
    'select window_ends_at as "endsAt" from otp_sends where key = ?',
    [key],
  );
  const leftMs = (window?.endsAt ?? addMs(now, windowMs)).getTime() - now.getTime();
  throw new DomainError('RATE_LIMITED', {
    detail: `no more than ${most} one-time passwords in ${windowMs / 60_000} minutes are sent for this; use those that were sent, or wait`,
    retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)),
  });
}

/** The password was certainly not sent: the provider refused to, or was not asked. */
function isNotSent(error: unknown): boolean {
  return (
    error instanceof NotAsked || (error instanceof DomainError && error.code === DESK_ERRORS.DMT_REFUSED.code)
  );
}
