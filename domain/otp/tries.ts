import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { createWindowCounter, type Places, type WindowTable } from '../../platform/window-counter';
import { DomainError, retrySeconds } from '../errors/errors';
import type { OtpKind, Policies } from '../policies/policies';
import { NotAsked } from '../provider/desk';
import { OTP_ERRORS } from './errors';
import { placesOf, type OtpPeople } from './rules';

/**
 * Counts how often one-time passwords are tried, so that nobody guesses one. A try is counted under the lock
 * of its rows before the provider is asked, for the password and for the person and the purpose, whoever
 * calls. After five the password is dead, and a new one does not start the person's count again. A right
 * password gives its try back to the person; a try whose answer never came still counts; one that certainly
 * never reached the provider does not.
 */
export interface OtpTries {
  /**
   * Counts `n` tries: `n` passwords at once, or one try of the password `otp`. Throws DomainError OTP_DEAD,
   * OTP_TRIES_USED_UP, POLICY_NOT_FOUND; then nothing is counted, and nobody may be asked.
   */
  take(kind: OtpKind, people: OtpPeople, what: { otp: string } | { n: number }): Promise<OtpTry>;
  /**
   * Takes a try and asks. A value is a right password, NotAsked was no try, any other error counts. Throws
   * what `take` throws, and what `ask` throws.
   */
  ask<T>(kind: OtpKind, people: OtpPeople, otp: string, ask: () => Promise<T>): Promise<T>;
}

/** Neither of the two rejects: where giving back fails, a try too many stays counted, and no answer is lost. */
export interface OtpTry {
  /** The password was right: it stays used, the person's count goes back by one. */
  right(): Promise<void>;
  /** The provider certainly was not asked: nothing was learnt from it. */
  notAsked(): Promise<void>;
}

/** The table holds this too (`otp_tries_of_one_password`). */
export const TRIES_OF_ONE_PASSWORD = 5;
/** Longer than any password lives at a provider. */
const PASSWORD_LIFE_MS = 24 * 60 * 60_000;

const TRIES: WindowTable = {
  name: 'otp_tries',
  key: 'key',
  keyType: 'text',
  count: 'tries',
  endsAt: 'window_ends_at',
};

export function createOtpTries(deps: { knex: Knex; clock: Clock; policies: Policies }): OtpTries {
  const counter = createWindowCounter<string>(deps, TRIES);
  const take: OtpTries['take'] = async (kind, people, what) => {
    const rules = deps.policies.otpRules('try', kind, deps.clock.now());
    const ofPerson = placesOf(kind, people, rules, 'n' in what ? what.n : 1);
    const ofPassword =
      'otp' in what
        ? [{ key: `${kind}:otp:${what.otp}`, n: 1, windowMs: PASSWORD_LIFE_MS, max: TRIES_OF_ONE_PASSWORD }]
        : [];
    const taken = await counter.takeAll([...ofPerson, ...ofPassword]);
    if (!taken.ok) {
      const lefts = taken.full.flatMap(({ key, leftMs }) =>
        ofPassword.some((p) => p.key === key) ? [] : [leftMs],
      );
      throw lefts.length === 0 ? dead() : usedUp(Math.max(...lefts));
    }
    const isOfPassword = ({ key }: Places<string>): boolean => ofPassword.some((p) => p.key === key);
    const giveBack = (places: readonly Places<string>[]): Promise<void> =>
      counter.giveBackAll(places).catch(() => undefined);
    return {
      right: () => giveBack(taken.places.filter((place) => !isOfPassword(place))),
      notAsked: () => giveBack(taken.places),
    };
  };
  return {
    take,
    async ask(kind, people, otp, ask) {
      const tried = await take(kind, people, { otp });
      try {
        const value = await ask();
        await tried.right();
        return value;
      } catch (error) {
        if (error instanceof NotAsked) await tried.notAsked();
        throw error;
      }
    },
  };
}

function usedUp(leftMs: number): DomainError {
  return new DomainError(OTP_ERRORS.OTP_TRIES_USED_UP, {
    detail: 'too many wrong one-time passwords were given for this person; wait, then have a new one sent',
    retryAfterS: retrySeconds(leftMs),
  });
}

function dead(): DomainError {
  return new DomainError(OTP_ERRORS.OTP_DEAD, {
    detail: `it was tried ${TRIES_OF_ONE_PASSWORD} times; have a new one sent`,
  });
}
