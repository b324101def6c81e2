/**
 * Sessions of ops staff.
 * - The token is 32 random bytes, shown once, in the cookie; the table holds its SHA-256.
 * - A session ends after 30 minutes without a request, after 12 hours in any case, at log-out, and when the user is disabled.
 * - The role is read from the user each time: to take it away takes effect at once.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';

export type OpsRole = 'viewer' | 'operator' | 'admin';

export interface OpsSession {
  userId: string;
  name: string;
  role: OpsRole;
  expiresAt: Date;
}

export interface Sessions {
  /** Opens a session and returns its token, a new one each time. */
  open(userId: string, ip: string): Promise<string>;
  /** The session of a token that is still good, or undefined. Counts as a sign of life. */
  find(token: string): Promise<OpsSession | undefined>;
  end(token: string): Promise<void>;
  /** Ends every session of a user. */
  endAll(userId: string): Promise<void>;
}

export const IDLE_LIMIT_MS = 30 * 60_000;
export const ABSOLUTE_LIMIT_MS = 12 * 60 * 60_000;
const TOUCH_EVERY_MS = 30_000; // the board asks every 5 s: not a write for each
const KEEP_ENDED_MS = 30 * 24 * 60 * 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function createSessions(deps: { knex: Knex; clock: Clock }): Sessions {
  const { knex, clock } = deps;
  return {
    open: async (userId, ip) => {
      const now = clock.now();
      const token = randomBytes(32).toString('base64url');
      await execute(knex, 'delete from ops_sessions where user_id = ? and expires_at < ?', [
        userId,
        addMs(now, -KEEP_ENDED_MS),
      ]);
      await execute(
        knex,
        'insert into ops_sessions (token_hash, user_id, ip, created_at, last_seen_at, expires_at) values (?, ?, ?, ?, ?, ?)',
        [hashOf(token), userId, ip, now, now, addMs(now, ABSOLUTE_LIMIT_MS)],
      );
      return token;
    },
    find: async (token) => {
      if (!TOKEN.test(token)) return undefined;
      const now = clock.now();
      const [row] = await rows<{
        user_id: string;
        name: string;
        role: OpsRole;
        expires_at: Date;
        last_seen_at: Date;
      }>(
        knex,
        `select s.user_id, u.name, u.role, s.expires_at, s.last_seen_at
         from ops_sessions s join users u on u.id = s.user_id and u.kind = 'ops' and u.status = 'active'
         where s.token_hash = ? and s.ended_at is null and s.expires_at > ? and s.last_seen_at > ?`,
        [hashOf(token), now, addMs(now, -IDLE_LIMIT_MS)],
      );
      if (!row) return undefined;
      if (now.getTime() - row.last_seen_at.getTime() > TOUCH_EVERY_MS) {
        await execute(
          knex,
          'update ops_sessions set last_seen_at = ? where token_hash = ? and last_seen_at < ?',
          [now, hashOf(token), now],
        );
      }
      return { userId: row.user_id, name: row.name, role: row.role, expiresAt: row.expires_at };
    },
    end: async (token) => {
      if (!TOKEN.test(token)) return;
      await execute(knex, 'update ops_sessions set ended_at = ? where token_hash = ? and ended_at is null', [
        clock.now(),
        hashOf(token),
      ]);
    },
    endAll: async (userId) => {
      await execute(knex, 'update ops_sessions set ended_at = ? where user_id = ? and ended_at is null', [
        clock.now(),
        userId,
      ]);
    },
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
