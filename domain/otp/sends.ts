import type { Knex } from 'knex';
import { spanInWords, type Clock } from '../../platform/clock';
import {
  createWindowCounter,
  type FullWindow,
  type Places,
  type WindowTable,
} from '../../platform/window-counter';
import { CAPTURE_ERRORS } from '../captures/errors';
import { DomainError, retrySeconds } from '../errors/errors';
import type { OtpKind, OtpRule, Policies } from '../policies/policies';
import { NotAsked, ProviderRefusal } from '../provider/desk';
import { placesOf, type OtpPeople } from './rules';

/**
 * Limits how often one-time passwords are sent: by phone, by caller, by both together, and by agent, with a
 * gap, per window and per day (rows in `otp_limits`). So nobody's loop floods a customer, and no caller uses
 * up what a phone may be sent. Passwords are counted before they are requested, all rules at once, so that
 * concurrent calls count each other. A password that may have been sent stays counted; one that certainly was
 * not sent is given back.
 */
export interface OtpSends {
  /**
   * Has passwords sent: one per question, one question after the other. All are counted beforehand, or
   * nothing is asked. `gapMs`: no second password for the same phone or agent within that time, beside the
   * rows. Throws DomainError RATE_LIMITED, POLICY_NOT_FOUND, and the error of the first question that fails;
   * later questions are not asked.
   */
  send<T>(
    kind: OtpKind,
    people: OtpPeople,
    questions: readonly (() => Promise<T>)[],
    gapMs?: number,
  ): Promise<T[]>;
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
    async send(kind, people, questions, gapMs = 0) {
      const rules = [...deps.policies.otpRules('send', kind, deps.clock.now()), ...gapsOf(gapMs)];
      const taken = await counter.takeAll(placesOf(kind, people, rules, questions.length));
      if (!taken.ok) throw tooManySent(taken.full);
      const answers: Awaited<ReturnType<(typeof questions)[number]>>[] = [];
      try {
        for (const question of questions) answers.push(await question());
      } catch (error) {
        const unsent = questions.length - answers.length - (isNotSent(error) ? 0 : 1);
        // Where giving back fails, one too many stays counted: what the provider said is what the caller hears.
        await counter.giveBackAll(unsentOf(taken.places, unsent, questions.length)).catch(() => undefined);
        throw error;
      }
      return answers;
    },
  };
}

function gapsOf(gapMs: number): OtpRule[] {
  if (gapMs === 0) return [];
  return (['phone', 'agent'] as const).map((by) => ({ by, span: 'gap', windowMs: gapMs, most: 1 }));
}

/** A gap stays unless nothing at all was sent. */
function unsentOf(places: readonly Places<string>[], unsent: number, asked: number): Places<string>[] {
  return places.flatMap((place) => {
    const isGap = place.key.includes(':gap:');
    const n = isGap && unsent < asked ? 0 : Math.min(unsent, place.n);
    return n > 0 ? [{ ...place, n }] : [];
  });
}

/** Told of the window that ends last. */
function tooManySent(full: readonly FullWindow<string>[]): DomainError {
  const { max, windowMs, leftMs } = full.reduce((last, w) => (w.leftMs > last.leftMs ? w : last));
  const passwords = max === 1 ? 'one request' : `${max} one-time passwords`;
  return new DomainError('RATE_LIMITED', {
    detail: `no more than ${passwords} in ${spanInWords(windowMs)}: use what was sent, or wait`,
    retryAfterS: retrySeconds(leftMs),
  });
}

/** True if the password certainly was not sent: the provider refused, or was not asked. */
function isNotSent(error: unknown): boolean {
  return (
    error instanceof NotAsked ||
    error instanceof ProviderRefusal ||
    (error instanceof DomainError && error.code === CAPTURE_ERRORS.CAPTURE_USED.code)
  );
}
