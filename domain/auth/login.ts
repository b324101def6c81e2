import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { DomainError } from '../errors/errors';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from './errors';
import type { LoginAttempts } from './login-attempts';
import type { Passwords } from './passwords';
import type { SecondFactors } from './second-factors';
import type { Sessions } from './sessions';
import { UserModel } from './user.model';

export interface LoginDependencies {
  knex: Knex;
  clock: Clock;
  passwords: Passwords;
  attempts: LoginAttempts;
  sessions: Sessions;
  secondFactors: Pick<SecondFactors, 'isSet' | 'use'>;
}

export interface Login {
  /**
   * Opens a session of an ops user and returns its token. `code` is of the authenticator, or a recovery code. Throws
   * DomainError AUTH_LOGIN_FAILED, AUTH_CODE_NEEDED (the password is right), AUTH_RATE_LIMITED, SERVICE_UNAVAILABLE,
   * AUTHENTICATOR_NEEDS_KEYS.
   */
  in(credentials: Credentials): Promise<string>;
  out(token: string, by: { userId: UserId; ip: string }): Promise<void>;
  /**
   * Shows the second factor again, in a session. Throws DomainError AUTH_LOGIN_FAILED, AUTH_RATE_LIMITED,
   * AUTHENTICATOR_NEEDS_KEYS.
   */
  prove(token: string, given: { userId: UserId; code: string; ip: string }): Promise<void>;
}

export interface Credentials {
  email: string;
  password: string;
  code?: string | undefined;
  ip: string;
  previousToken?: string;
}

const ACTION = 'ops.login';
const MAX_EMAIL_LENGTH = 254;

/**
 * Signing in and out of ops staff. Each try leaves an audit row, which names the user if known, never the
 * input.
 */
export function createLogin(deps: LoginDependencies): Login {
  const { knex, clock, passwords, attempts, sessions, secondFactors } = deps;

  return {
    in: async ({ email: typed, password, code = '', ip, previousToken }) => {
      const email = normalise(typed);
      const audit = async (
        userId: UserId | undefined,
        outcome: 'succeeded' | 'refused',
        reason: string,
      ): Promise<void> =>
        recordAudit(knex, {
          at: clock.now(),
          actor: outcome === 'succeeded' && userId !== undefined ? userId : 'anonymous',
          actorIp: ip,
          action: ACTION,
          subject: `user:${userId ?? 'unknown'}`,
          outcome,
          detail: { reason },
        });
      const taken = await attempts.take(email, ip);
      if (!taken.allowed) {
        if (taken.first) await audit(undefined, 'refused', 'rate_limited');
        throw new DomainError('AUTH_RATE_LIMITED', { retryAfterS: taken.retryAfterS });
      }
      const user = await findUser(knex, email);
      const matched = await passwords.matches(password, user?.passwordHash ?? undefined);
      if (!user || !matched || user.status !== 'active') {
        const known = matched ? 'disabled_user' : 'wrong_password';
        await audit(user?.id, 'refused', user ? known : 'unknown_user');
        throw new DomainError('AUTH_LOGIN_FAILED');
      }
      const isSet = await secondFactors.isSet(user.id);
      if (isSet && code !== '' && !(await secondFactors.use(user.id, code))) {
        await audit(user.id, 'refused', 'wrong_code');
        throw new DomainError('AUTH_LOGIN_FAILED');
      }
      await attempts.giveBack(email, ip);
      if (isSet && code === '') throw new DomainError(AUTH_ERRORS.AUTH_CODE_NEEDED);
      if (previousToken !== undefined) await sessions.end(previousToken);
      const token = await sessions.open(user.id, ip, { isProved: isSet });
      await audit(user.id, 'succeeded', isSet ? 'password_and_code' : 'password');
      return token;
    },
    out: async (token, by) => {
      await sessions.end(token);
      await recordAudit(knex, {
        at: clock.now(),
        actor: by.userId,
        actorIp: by.ip,
        action: 'ops.logout',
        subject: `user:${by.userId}`,
        outcome: 'succeeded',
      });
    },
    prove: (token, given) => prove(deps, token, given),
  };
}

/** Counted like a sign-in: whoever has somebody's session must not guess on. */
async function prove(
  { knex, clock, attempts, secondFactors, sessions }: LoginDependencies,
  token: string,
  { userId, code, ip }: { userId: UserId; code: string; ip: string },
): Promise<void> {
  const user = await UserModel.query(knex).findById(userId).where({ kind: 'ops' }).select('email');
  const email = user?.email ?? '';
  const taken = await attempts.take(email, ip);
  if (!taken.allowed) throw new DomainError('AUTH_RATE_LIMITED', { retryAfterS: taken.retryAfterS });
  const isRight = await secondFactors.use(userId, code);
  await recordAudit(knex, {
    at: clock.now(),
    actor: userId,
    actorIp: ip,
    action: 'ops.proof',
    subject: `user:${userId}`,
    outcome: isRight ? 'succeeded' : 'refused',
  });
  if (!isRight) throw new DomainError('AUTH_LOGIN_FAILED');
  await attempts.giveBack(email, ip);
  await sessions.prove(token);
}

/** PostgreSQL takes no NUL; an address that is too long belongs to nobody. */
function normalise(typed: string): string {
  return typed
    .normalize('NFC')
    .replaceAll('\0', '')
    .trim()
    .toLowerCase()
    .slice(0, MAX_EMAIL_LENGTH + 1);
}

async function findUser(
  knex: Knex,
  email: string,
): Promise<Pick<UserModel, 'id' | 'passwordHash' | 'status'> | undefined> {
  if (email.length > MAX_EMAIL_LENGTH) return undefined;
  return UserModel.query(knex).findOne({ kind: 'ops', email }).select('id', 'password_hash', 'status');
}
