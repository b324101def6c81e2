/**
 * Sign-ins are counted in PostgreSQL, where neither a restart nor an empty Redis forgets them: by account and address together (5 in 15 minutes), so
 * that nobody locks an account for its owner, and by address alone (50), against trying one password on many accounts. A try is counted before its
 * password is looked at, so that a thousand at once are no way round; a success gives its count back.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';

export const ATTEMPTS_PER_ACCOUNT_AND_ADDRESS = 5;
export const ATTEMPTS_PER_ADDRESS = 50;
const WINDOW_MS = 15 * 60_000;
const KEEP_MS = 24 * 60 * 60_000;

export interface LoginAttempts {
  /** Counts a try. `first` is true for the first refused one of a window: that one is worth an audit row. */
  take(
    email: string,
    ip: string,
  ): Promise<{ allowed: true } | { allowed: false; retryAfterS: number; first: boolean }>;
  /** The try was good: the account's count starts again, the address gets its try back. */
  giveBack(email: string, ip: string): Promise<void>;
}

export function createLoginAttempts(deps: { knex: Knex; clock: Clock }): LoginAttempts {
  const { knex, clock } = deps;
  return {
    take: async (email, ip) => {
      const now = clock.now();
      const limits = new Map([
        [keyOf('account', email, ip), ATTEMPTS_PER_ACCOUNT_AND_ADDRESS],
        [keyOf('address', ip), ATTEMPTS_PER_ADDRESS],
      ]);
      const keys = [...limits.keys()].toSorted(); // one order of locks for everybody
      const counted = await rows<{ key: string; attempts: number; window_ends_at: Date }>(
        knex,
        `insert into login_attempts as a (key_hash, attempts, window_ends_at)
         select decode(key, 'hex'), 1, ?::timestamptz from unnest(?::text[]) as key
         on conflict (key_hash) do update set
           attempts = case when a.window_ends_at <= ?::timestamptz then 1 else a.attempts + 1 end,
           window_ends_at = case when a.window_ends_at <= ?::timestamptz then excluded.window_ends_at else a.window_ends_at end
         returning encode(key_hash, 'hex') as key, attempts, window_ends_at`,
        [addMs(now, WINDOW_MS), keys, now, now],
      );
      const over = counted.filter((one) => one.attempts > (limits.get(one.key) ?? 0));
      if (over.length === 0) return { allowed: true };
      const until = Math.max(...over.map((one) => one.window_ends_at.getTime()));
      return {
        allowed: false,
        retryAfterS: Math.max(1, Math.ceil((until - now.getTime()) / 1_000)),
        first: over.some((one) => one.attempts === (limits.get(one.key) ?? 0) + 1),
      };
    },
    giveBack: async (email, ip) => {
      await execute(
        knex,
        "delete from login_attempts where key_hash = decode(?, 'hex') or window_ends_at < ?",
        [keyOf('account', email, ip), addMs(clock.now(), -KEEP_MS)],
      );
      await execute(
        knex,
        "update login_attempts set attempts = greatest(attempts - 1, 0) where key_hash = decode(?, 'hex')",
        [keyOf('address', ip)],
      );
    },
  };
}

function keyOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
