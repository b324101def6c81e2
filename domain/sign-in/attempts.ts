import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addressGroup } from '../../platform/addresses';
import type { Clock } from '../../platform/clock';
import type { StatementPart } from '../../platform/sql';
import { createWindowCounter, type WindowTable } from '../../platform/window-counter';
import { DomainError, retrySeconds } from '../errors/errors';

/**
 * Guesses of passwords, counted in windows of 15 minutes before the password is looked at; one that was right gives
 * its place back. A device that the user has signed in on has a count of its own, and nothing else counts for it: so
 * whoever guesses from elsewhere locks nobody out. From elsewhere they are counted by login and address (an IPv6 /64
 * is one address), by address alone, against one password for many people, and by login alone, against many
 * addresses.
 */
export interface Attempts {
  /** Throws DomainError AUTH_RATE_LIMITED. */
  take(guess: Guess): Promise<void>;
  giveBack(guess: Guess): Promise<void>;
  /** The same from a known device or session, as a part of the statement that the right password allows. */
  givingBack(guess: Guess & { from: string }): StatementPart;
  /** The owner has proved who they are: guesses from elsewhere count anew. */
  forget(login: Buffer): Promise<void>;
}

export interface Guess {
  login: Buffer;
  ip: string;
  /** The known device, or the session, that it comes from. */
  from?: string | undefined;
}

export const GUESSES_OF_A_DEVICE = 5;
export const GUESSES_FROM_AN_ADDRESS = 5;
export const GUESSES_OF_AN_ADDRESS = 50;
export const GUESSES_FROM_ANYWHERE = 30;
const WINDOW_MS = 15 * 60_000;
const TABLE: WindowTable = {
  name: 'login_attempts',
  key: 'key_hash',
  keyType: 'bytea',
  count: 'attempts',
  endsAt: 'window_ends_at',
};

export function createAttempts(deps: { knex: Knex; clock: Clock }): Attempts {
  const counter = createWindowCounter<Buffer>(deps, TABLE);
  return {
    async take(guess) {
      const limits = limitsOf(guess);
      const counted = await counter.count(
        limits.map(({ key }) => key),
        WINDOW_MS,
      );
      const over = counted.filter(
        ({ key, count }) => count > (limits.find((limit) => limit.key.equals(key))?.max ?? 0),
      );
      if (over.length === 0) return;
      throw new DomainError('AUTH_RATE_LIMITED', {
        detail: 'too many wrong passwords; wait, or use a device that you have signed in on before',
        retryAfterS: retrySeconds(Math.max(...over.map(({ leftMs }) => leftMs))),
      });
    },
    async giveBack(guess) {
      for (const { key } of limitsOf(guess)) await counter.giveBack(key, 1);
    },
    givingBack: (guess) => counter.givingBack(limitsOf(guess).map(({ key }) => key)),
    forget: (login) =>
      counter.giveBack(keyOf('person anywhere', login.toString('hex')), GUESSES_FROM_ANYWHERE),
  };
}

/** In one order of locks for everybody. */
function limitsOf({ login, ip, from }: Guess): { key: Buffer; max: number }[] {
  const who = login.toString('hex');
  if (from !== undefined) return [{ key: keyOf('person device', who, from), max: GUESSES_OF_A_DEVICE }];
  const address = addressGroup(ip);
  return [
    { key: keyOf('person address', who, address), max: GUESSES_FROM_AN_ADDRESS },
    { key: keyOf('people address', address), max: GUESSES_OF_AN_ADDRESS },
    { key: keyOf('person anywhere', who), max: GUESSES_FROM_ANYWHERE },
  ].toSorted((a, b) => Buffer.compare(a.key, b.key));
}

function keyOf(...parts: string[]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest();
}
