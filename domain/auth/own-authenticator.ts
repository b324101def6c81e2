import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { LoginAttempts } from './login-attempts';
import type { Passwords } from './passwords';
import type { SecondFactors } from './second-factors';
import { UserModel } from './user.model';

/** Somebody of the staff sets up an authenticator, or takes it away: each asks for the password again. */
export interface OwnAuthenticator {
  isSet(user: UserId): Promise<boolean>;
  /** Throws DomainError AUTH_LOGIN_FAILED, AUTH_RATE_LIMITED, AUTHENTICATOR_IS_SET. */
  begin(who: Who, password: string): Promise<{ secret: string; uri: string }>;
  /** Throws DomainError AUTHENTICATOR_CODE_WRONG, AUTH_RATE_LIMITED. */
  confirm(who: Who, code: string): Promise<string[]>;
  /** Throws DomainError AUTH_LOGIN_FAILED, AUTH_RATE_LIMITED. */
  remove(who: Who, given: { password: string; code: string }): Promise<void>;
}

export interface Who {
  userId: UserId;
  ip: string;
}

export interface OwnAuthenticatorDependencies {
  knex: Knex;
  clock: Clock;
  passwords: Pick<Passwords, 'matches'>;
  attempts: LoginAttempts;
  secondFactors: SecondFactors;
}

export function createOwnAuthenticator(deps: OwnAuthenticatorDependencies): OwnAuthenticator {
  const { secondFactors } = deps;
  return {
    isSet: (user) => secondFactors.isSet(user),
    begin: (who, password) =>
      guarded(deps, who, async (email, hash) => {
        if (!(await deps.passwords.matches(password, hash))) throw new DomainError('AUTH_LOGIN_FAILED');
        return secondFactors.begin(who.userId, email);
      }),
    confirm: (who, code) =>
      guarded(deps, who, async () => {
        const codes = await secondFactors.confirm(who.userId, code);
        await note(deps, who, 'ops.authenticator_set');
        return codes;
      }),
    remove: (who, { password, code }) =>
      guarded(deps, who, async (_email, hash) => {
        const isGood =
          (await deps.passwords.matches(password, hash)) && (await secondFactors.use(who.userId, code));
        if (!isGood) throw new DomainError('AUTH_LOGIN_FAILED');
        await secondFactors.remove(who.userId);
        await note(deps, who, 'ops.authenticator_removed');
      }),
  };
}

/** Counted like a sign-in: whoever has the session of somebody must not guess on. */
async function guarded<T>(
  { knex, attempts }: OwnAuthenticatorDependencies,
  { userId, ip }: Who,
  act: (email: string, passwordHash: string | undefined) => Promise<T>,
): Promise<T> {
  const user = await UserModel.query(knex)
    .findById(userId)
    .select('email', 'password_hash')
    .where({ kind: 'ops' });
  const email = user?.email ?? '';
  const taken = await attempts.take(email, ip);
  if (!taken.allowed) throw new DomainError('AUTH_RATE_LIMITED', { retryAfterS: taken.retryAfterS });
  const done = await act(email, user?.passwordHash ?? undefined);
  await attempts.giveBack(email, ip);
  return done;
}

async function note(
  { knex, clock }: OwnAuthenticatorDependencies,
  { userId, ip }: Who,
  action: string,
): Promise<void> {
  await recordAudit(knex, {
    at: clock.now(),
    actor: userId,
    actorIp: ip,
    action,
    subject: `user:${userId}`,
    outcome: 'succeeded',
  });
}
