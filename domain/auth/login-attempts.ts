/**
 * Sign-ins are counted in PostgreSQL, where neither a restart nor an empty Redis loses the count: by account
 * and address together (5 in 15 minutes); by address alone (50), against trying one password on many accounts;
 * and by account alone (30), against one who has many addresses. The last does not hold where the account has
 * signed in before, within 30 days: nobody can lock it for its owner. An IPv6 address counts with its whole /64.
 * An attempt is counted before its password is checked, so that a thousand at once are no way round the limit; a
 * success takes its count back.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { addressGroup } from '../../platform/addresses';
import { execute, rows } from '../../platform/database';
import { createWindowCounter, type WindowTable } from '../../platform/window-counter';
import { retrySeconds } from '../errors/errors';

export const ATTEMPTS_PER_ACCOUNT_AND_ADDRESS = 5;
export const ATTEMPTS_PER_ADDRESS = 50;
export const ATTEMPTS_PER_ACCOUNT = 30;
const WINDOW_MS = 15 * 60_000;
const KEEP_MS = 24 * 60 * 60_000;
const KNOWN_FOR_MS = 30 * 24 * 60 * 60_000;
const ATTEMPTS: WindowTable = {
  name: 'login_attempts',
  key: 'key_hash',
  keyType: 'bytea',
  count: 'attempts',
  endsAt: 'window_ends_at',
};

export interface LoginAttempts {
  /**
   * Counts an attempt. `first` is true for the first refused one of a window: that one is worth an audit row.
   */
  take(
    email: string,
    ip: string,
  ): Promise<{ allowed: true } | { allowed: false; retryAfterS: number; first: boolean }>;
  /** The attempt succeeded: the account's count starts again, the address gets its attempt back. */
  giveBack(email: string, ip: string): Promise<void>;
}

export function createLoginAttempts(deps: { knex: Knex; clock: Clock }): LoginAttempts {
  const { knex, clock } = deps;
  const counter = createWindowCounter<Buffer>(deps, ATTEMPTS);

  /** Has the account signed in from there before? Asked only when somebody guesses its password. */
  async function isKnown(email: string, address: string): Promise<boolean> {
    const sessions = await rows<{ ip: string }>(
      knex,
      `select distinct s.ip from ops_sessions s join users u on u.id = s.user_id
       where u.kind = 'ops' and u.email = :email and s.created_at > :since`,
      { email, since: addMs(clock.now(), -KNOWN_FOR_MS) },
    );
    return sessions.some(({ ip }) => addressGroup(ip) === address);
  }

  return {
    take: async (email, ip) => {
      const address = addressGroup(ip);
      const ofAccount = keyOf('any address', email);
      const limits = [
        { key: keyOf('account', email, address), max: ATTEMPTS_PER_ACCOUNT_AND_ADDRESS },
        { key: keyOf('address', address), max: ATTEMPTS_PER_ADDRESS },
        { key: ofAccount, max: ATTEMPTS_PER_ACCOUNT },
      ].toSorted((a, b) => Buffer.compare(a.key, b.key)); // one order of locks for everybody
      const counted = await counter.count(
        limits.map(({ key }) => key),
        WINDOW_MS,
      );
      const over = counted.flatMap(({ key, count, leftMs }) => {
        const max = limits.find((limit) => limit.key.equals(key))?.max ?? 0;
        return count > max ? [{ key, leftMs, isFirst: count === max + 1 }] : [];
      });
      if (over.length === 0) return { allowed: true };
      if (over.every(({ key }) => key.equals(ofAccount)) && (await isKnown(email, address)))
        return { allowed: true };
      return {
        allowed: false,
        retryAfterS: retrySeconds(Math.max(...over.map(({ leftMs }) => leftMs))),
        first: over.some(({ isFirst }) => isFirst),
      };
    },
    giveBack: async (email, ip) => {
      const address = addressGroup(ip);
      await execute(knex, 'delete from login_attempts where key_hash = ? or window_ends_at < ?', [
        keyOf('account', email, address),
        addMs(clock.now(), -KEEP_MS),
      ]);
      await counter.giveBack(keyOf('address', address), 1);
      await counter.giveBack(keyOf('any address', email), 1);
    },
  };
}

function keyOf(...parts: string[]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest();
}
