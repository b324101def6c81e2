import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { createWindowCounter, type WindowTable } from '../../platform/window-counter';
import { DomainError } from '../errors/errors';
import { DESK_ERRORS } from '../provider/errors';
import type { OtpLimit, Policies } from '../policies/policies';
import { NotAsked } from '../provider/desk';

/**
 * Limits how often a one-time password goes to one phone, across all users, so that an integrator's loop
 * cannot flood a customer. Passwords are counted before they are requested, so that concurrent calls count
 * each other. A password that may have been sent stays counted; one that certainly was not sent is given
 * back.
 */
export type OtpKind = 'dmt_transfer' | 'dmt_refund' | 'dmt_ekyc';

export interface OtpSends {
  /**
   * Has passwords sent to `whom`: one per question, one question after the other. All are counted beforehand,
   * or nothing is asked. Throws DomainError RATE_LIMITED, POLICY_NOT_FOUND, and the error of the first
   * question that fails; later questions are not asked.
   */
  send<T>(kind: OtpKind, whom: string, questions: readonly (() => Promise<T>)[]): Promise<T[]>;
}

const SENDS: WindowTable = {
  name: 'otp_sends',
  key: 'key',
  keyType: 'text',
  count: 'sent',
  endsAt: 'window_ends_at',
};

export function createOtpSends(deps: { knex: Knex; clock: Clock; policies: Policies }): OtpSends {
  const counter = createWindowCounter<string>(deps, SENDS);
  return {
    async send(kind, whom, questions) {
      const key = `${kind}:${whom}`;
      const { windowMs, most } = deps.policies.otpLimit(kind, deps.clock.now());
      const taken = await counter.take(key, questions.length, { windowMs, max: most });
      if (!taken.ok) throw tooManySent({ windowMs, most }, taken.leftMs);
      const answers: Awaited<ReturnType<(typeof questions)[number]>>[] = [];
      try {
        for (const question of questions) answers.push(await question());
      } catch (error) {
        const unsent = questions.length - answers.length - (isNotSent(error) ? 0 : 1);
        if (unsent > 0) await counter.giveBack(key, unsent);
        throw error;
      }
      return answers;
    },
  };
}

function tooManySent({ windowMs, most }: OtpLimit, leftMs: number): DomainError {
  return new DomainError('RATE_LIMITED', {
    detail: `no more than ${most} one-time passwords in ${windowMs / 60_000} minutes are sent for this; use those that were sent, or wait`,
    retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)),
  });
}

/** True if the password certainly was not sent: the provider refused, or was not asked. */
function isNotSent(error: unknown): boolean {
  return (
    error instanceof NotAsked || (error instanceof DomainError && error.code === DESK_ERRORS.DMT_REFUSED.code)
  );
}
