import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { insertOne, updateWhere } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError, fieldError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { AskedCode } from './codes';
import type { SignInDependencies } from './dependencies';
import { SIGN_IN_ERRORS } from './errors';
import { loginOf, type Login } from './logins';
import { tellEverywhere, whenInIndia } from './notices';
import { passwordProblem } from './password-rules';
import { addressesOf, NOBODY, personOf, personOfLogin, type PersonOfApp } from './people';

/** Passwords that people choose: the first one, a forgotten one, and another one. */
export interface ChosenPasswords {
  /**
   * Has a code sent to a number or address, if it is somebody's. The answer does not tell. Throws DomainError
   * RATE_LIMITED, REQUEST_FIELD_INVALID.
   */
  ask(asked: { login: string; deviceToken: string | undefined }): Promise<AskedCode>;
  /**
   * Sets the password with that code. Ends all sessions; payouts rest where there was a password before. Throws
   * DomainError CODE_WRONG, OTP_TRIES_USED_UP, PASSWORD_REFUSED.
   */
  reset(given: { id: string; code: string; password: string; ip: string }): Promise<void>;
  /** For somebody who is signed in. Ends their other sessions. Throws DomainError PASSWORD_WRONG, PASSWORD_REFUSED,
   * AUTH_RATE_LIMITED. */
  change(who: SignedIn, given: { current: string; password: string; ip: string }): Promise<void>;
  /** Throws DomainError PASSWORD_WRONG, AUTH_RATE_LIMITED. */
  confirm(who: SignedIn, password: string, ip: string): Promise<PersonOfApp>;
}

/** Somebody with a session. */
export interface SignedIn {
  userId: UserId;
  sessionId: string;
}

export function createChosenPasswords(deps: SignInDependencies): ChosenPasswords {
  const { knex, clock, digest, codes, attempts } = deps;
  return {
    async ask({ login: typed, deviceToken }) {
      const login = loginOf(digest, typed);
      return codes.ask({ purpose: 'password', login, countedBy: await knownBy(deps, login, deviceToken) });
    },
    async reset({ id, code, password, ip }) {
      const checked = await codes.check({ id, purpose: 'password', code });
      const person = await activePerson(deps, checked.userId);
      requireGood(deps, password, person);
      const passwordHash = await deps.passwords.hash(password);
      const hadOne = person.passwordHash !== null;
      await knex.transaction(async (trx) => {
        await codes.use(trx, id);
        await store(trx, deps, person.id, passwordHash);
        const proved = checked.channel === 'sms' ? 'mobile_verified_at' : 'email_verified_at';
        await updateWhere(trx, 'users', { [proved]: clock.now() }, { id: person.id });
        await deps.sessions.endAll(trx, person.id, { reason: 'credentials_changed' });
        if (hadOne) {
          const until = await restPayouts(trx, deps, person.id, 'password');
          const values = { when: whenInIndia(clock.now()), until: whenInIndia(until) };
          await tellEverywhere(trx, deps.notifier, person, { kind: 'password_changed', values });
        }
        await note(trx, deps, { person, ip, action: 'user.password_reset' });
      });
      for (const login of loginsOf(digest, person)) await attempts.forget(login);
    },
    async change(who, { current, password, ip }) {
      const person = await confirmPassword(deps, who, current, ip);
      requireGood(deps, password, person);
      const passwordHash = await deps.passwords.hash(password);
      await knex.transaction(async (trx) => {
        await store(trx, deps, person.id, passwordHash);
        await deps.sessions.endAll(trx, person.id, { reason: 'credentials_changed', but: who.sessionId });
        const values = { when: whenInIndia(clock.now()) };
        await tellEverywhere(trx, deps.notifier, person, { kind: 'password_set', values });
        await note(trx, deps, { person, ip, action: 'user.password' });
      });
    },
    confirm: (who, password, ip) => confirmPassword(deps, who, password, ip),
  };
}

/** Guesses with somebody's session are counted by that session: its thief does not lock the owner out. */
async function confirmPassword(
  deps: SignInDependencies,
  { userId, sessionId }: SignedIn,
  password: string,
  ip: string,
): Promise<PersonOfApp> {
  const person = await activePerson(deps, userId);
  const [login = deps.digest('user', userId)] = loginsOf(deps.digest, person);
  const guess = { login, ip, from: `session ${sessionId}` };
  await deps.attempts.take(guess);
  if (!(await deps.passwords.matches(password, person.passwordHash ?? undefined))) {
    await note(deps.knex, deps, { person, ip, action: 'user.password', outcome: 'refused' });
    throw new DomainError(SIGN_IN_ERRORS.PASSWORD_WRONG);
  }
  await deps.attempts.giveBack(guess);
  return person;
}

/** Nobody's loop takes from a device that is known what its owner may be sent. */
async function knownBy(
  deps: SignInDependencies,
  login: Login,
  deviceToken: string | undefined,
): Promise<readonly Buffer[] | undefined> {
  if (deviceToken === undefined) return undefined;
  const person = await personOfLogin(deps, login);
  if (!(await deps.devices.isKnown(person?.id ?? NOBODY, deviceToken))) return undefined;
  return deps.digest.every('known device', `${login.address}\n${deviceToken}`);
}

export async function activePerson(deps: SignInDependencies, id: UserId): Promise<PersonOfApp> {
  const person = await personOf(deps, id);
  if (person?.isActive !== true) throw new DomainError(SIGN_IN_ERRORS.CODE_WRONG);
  return person;
}

function requireGood({ signInRules }: SignInDependencies, password: string, person: PersonOfApp): void {
  const words = [person.name, ...addressesOf(person).map(({ address }) => address)];
  const { shortestPassword: shortest } = signInRules.now();
  const problem = passwordProblem(password, { shortest, owner: { words } });
  if (problem !== undefined) throw fieldError(SIGN_IN_ERRORS.PASSWORD_REFUSED, '#/password', problem);
}

async function store(
  trx: Knex.Transaction,
  { clock }: SignInDependencies,
  userId: UserId,
  passwordHash: string,
): Promise<void> {
  await insertOne(
    trx,
    'user_passwords',
    { user_id: userId, password_hash: passwordHash, set_at: clock.now() },
    'on conflict (user_id) do update set password_hash = excluded.password_hash, set_at = excluded.set_at',
  );
}

/** Whoever took an account over has this long to be noticed. Returns the end. */
export async function restPayouts(
  trx: Knex.Transaction,
  { ids, clock, signInRules }: SignInDependencies,
  userId: UserId,
  reason: 'password' | 'contact',
): Promise<Date> {
  const now = clock.now();
  const until = addMs(now, signInRules.now().payoutsRestS * 1_000);
  await insertOne(trx, 'payout_rests', {
    id: ids.uuid(),
    user_id: userId,
    reason,
    begun_at: now,
    until_at: until,
  });
  return until;
}

export function loginsOf(digest: KeyedDigest, person: PersonOfApp): Buffer[] {
  return addressesOf(person).map(({ address }) => loginOf(digest, address).digests[0]);
}

export async function note(
  db: Knex | Knex.Transaction,
  { clock }: SignInDependencies,
  {
    person,
    ip,
    action,
    outcome = 'succeeded',
  }: { person: PersonOfApp; ip: string; action: string; outcome?: 'succeeded' | 'refused' },
): Promise<void> {
  await recordAudit(db, {
    at: clock.now(),
    actor: person.id,
    actorIp: ip,
    action,
    subject: `user:${person.id}`,
    outcome,
  });
}
