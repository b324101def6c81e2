/**
 * Sessions of ops staff.
 * - The token is 32 random bytes, shown once, in the cookie; the table holds its SHA-256.
 * - A session ends after 30 minutes without a request, after 12 hours in any case, at log-out, and when the
 *   user is disabled; one that began at the company also when its user is untied from there.
 * - The role is read from the user each time, so a role that is taken away is gone at once. An account that
 *   another admin has not confirmed yet is a viewer, whatever its role (`role_of`).
 */
import type { UserId } from '../ids/ids';
import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { OpsSessionModel } from './ops-session.model';

/**
 * In which a browser of staff keeps the token. With `__Host-` the browser takes the cookie only when it is Secure and for
 * this host alone.
 */
export const SESSION_COOKIE = '__Host-munim_ops';

export interface OpsSession {
  userId: UserId;
  name: string;
  /** What it may do is asked of `domain/access`. */
  role: string;
  expiresAt: Date;
  /** When it last showed a second factor. */
  provedAt: Date | null;
  /** The OpenID provider that signed the user in; null: the password did. */
  issuer: string | null;
}

/** How somebody showed who they are, beside a password. */
export interface ShownBy {
  isProved?: boolean;
  /** The provider, and its own session. */
  issuer?: string;
  oidcSession?: string | undefined;
}

export interface Sessions {
  /** Opens a session and returns its token, a new one each time. */
  open(userId: UserId, ip: string, shown?: ShownBy): Promise<string>;
  /** A second factor was shown in it. */
  prove(token: string): Promise<void>;
  /** The session of a token that is still good, or undefined. Counts as a sign of life. */
  find(token: string): Promise<OpsSession | undefined>;
  end(token: string): Promise<void>;
  /** Ends every session of a user. */
  endAll(userId: UserId): Promise<void>;
}

export const IDLE_LIMIT_MS = 30 * 60_000;
export const ABSOLUTE_LIMIT_MS = 12 * 60 * 60_000;
const TOUCH_EVERY_MS = 30_000; // the board asks every 5 s: not a write for each
const KEEP_ENDED_MS = 30 * 24 * 60 * 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function createSessions({
  knex,
  clock,
  lifetimeMs = ABSOLUTE_LIMIT_MS,
}: {
  knex: Knex;
  clock: Clock;
  /** How long a session lives at most; commands give theirs minutes. */
  lifetimeMs?: number;
}): Sessions {
  return {
    open: async (userId, ip, { isProved = false, issuer, oidcSession } = {}) => {
      const now = clock.now();
      const token = randomBytes(32).toString('base64url');
      await OpsSessionModel.query(knex)
        .delete()
        .where('user_id', userId)
        .where('expires_at', '<', addMs(now, -KEEP_ENDED_MS));
      await OpsSessionModel.query(knex).insert({
        tokenHash: hashOf(token),
        userId,
        ip,
        createdAt: now,
        lastSeenAt: now,
        expiresAt: addMs(now, Math.min(lifetimeMs, ABSOLUTE_LIMIT_MS)),
        provedAt: isProved ? now : null,
        issuer: issuer ?? null,
        oidcSession: oidcSession ?? null,
      });
      return token;
    },
    find: async (token) => {
      if (!TOKEN.test(token)) return undefined;
      const now = clock.now();
      const session = await findLive(knex, token, now);
      if (session === undefined) return undefined;
      if (now.getTime() - session.lastSeenAt.getTime() > TOUCH_EVERY_MS)
        await OpsSessionModel.query(knex)
          .findById(hashOf(token))
          .patch({ lastSeenAt: now })
          .where('last_seen_at', '<', now);
      const { userId, name, role, expiresAt, provedAt, issuer } = session;
      return { userId, name, role, expiresAt, provedAt, issuer };
    },
    prove: async (token) => {
      if (!TOKEN.test(token)) return;
      await OpsSessionModel.query(knex)
        .findById(hashOf(token))
        .patch({ provedAt: clock.now() })
        .whereNull('ended_at');
    },
    end: async (token) => {
      if (!TOKEN.test(token)) return;
      await OpsSessionModel.query(knex)
        .findById(hashOf(token))
        .patch({ endedAt: clock.now() })
        .whereNull('ended_at');
    },
    endAll: async (userId) => {
      await OpsSessionModel.query(knex)
        .patch({ endedAt: clock.now() })
        .where('user_id', userId)
        .whereNull('ended_at');
    },
  };
}

/** The session of a token, with its user, when neither has ended. */
async function findLive(
  knex: Knex,
  token: string,
  now: Date,
): Promise<(OpsSession & { lastSeenAt: Date }) | undefined> {
  const [found] = await rows<OpsSession & { lastSeenAt: Date }>(
    knex,
    `
    select s.user_id as "userId", u.name, role_of(u) as role, s.expires_at as "expiresAt",
      s.last_seen_at as "lastSeenAt", s.proved_at as "provedAt", s.issuer
    from ops_sessions s join users u on u.id = s.user_id and u.kind = 'ops' and u.status = 'active'
    where s.token_hash = :hash and s.ended_at is null and s.expires_at > :now and s.last_seen_at > :since
      and (s.issuer is null or exists (select from ops_identities i
        where i.user_id = s.user_id and i.issuer = s.issuer and i.untied_at is null))`,
    { hash: hashOf(token), now, since: addMs(now, -IDLE_LIMIT_MS) },
  );
  return found;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
