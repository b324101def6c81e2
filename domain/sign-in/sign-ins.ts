import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { StartedSession } from '../tokens/sessions';
import type { Channel } from '../notifications/port';
import { createAttempts, type Guess } from './attempts';
import { createCodes, type AskedCode, type Codes } from './codes';
import { createContacts, type Contacts } from './contacts';
import type { SignInDependencies } from './dependencies';
import { SIGN_IN_ERRORS } from './errors';
import { hintOf, loginOf } from './logins';
import { tellEverywhere, whenInIndia } from './notices';
import { activePerson, createChosenPasswords, type ChosenPasswords } from './passwords';
import { addressesOf, personOnDevice, type PersonOfApp } from './people';

/**
 * How people sign in. A device that was signed in on before is one factor, its token, and the password the other. On
 * a new device a code to the owner's telephone, or mail box, takes the token's place, and the owner is told.
 */
export interface SignIns {
  /** Throws DomainError SIGN_IN_FAILED, AUTH_RATE_LIMITED, RATE_LIMITED, REQUEST_FIELD_INVALID, SERVICE_UNAVAILABLE. */
  begin(given: SignInRequest): Promise<SignInAnswer>;
  /** Throws DomainError CODE_WRONG, OTP_TRIES_USED_UP. */
  finish(given: {
    id: string;
    code: string;
    device: { name: string; token?: string | undefined };
    ip: string;
  }): Promise<StartedSession>;
  passwords: ChosenPasswords;
  contacts: Contacts;
  /** For the loops. */
  codes: Pick<Codes, 'make' | 'deleteOld'>;
}

export interface SignInRequest {
  login: string;
  password: string;
  device: { name: string; token?: string | undefined };
  ip: string;
}

export type SignInAnswer =
  | { kind: 'signed_in'; session: StartedSession }
  | ({ kind: 'code'; channel: Channel; hint: string } & AskedCode);

export function createSignIns(given: Omit<SignInDependencies, 'codes' | 'attempts'>): SignIns {
  const codes = createCodes(given);
  const deps: SignInDependencies = { ...given, codes, attempts: createAttempts(given) };
  const passwords = createChosenPasswords(deps);
  return {
    begin: (request) => begin(deps, request),
    finish: (request) => finish(deps, request),
    passwords,
    contacts: createContacts(deps, passwords),
    codes,
  };
}

async function begin(
  deps: SignInDependencies,
  { login: typed, password, device, ip }: SignInRequest,
): Promise<SignInAnswer> {
  const { digest, sessions, codes, attempts } = deps;
  const login = loginOf(digest, typed);
  const { person, isKnown } = await personOnDevice(deps, login, device.token);
  const from = isKnown ? device.token : undefined;
  const guess = { login: login.digests[0], ip, from };
  const { id: userId } = await proved(deps, { person, password, guess });
  if (from !== undefined) {
    const signIn = { userId, device: { ...device, ip }, methods: ['pwd'] } as const;
    const session = await sessions.startOnKnown(signIn, attempts.givingBack({ ...guess, from }));
    if (session !== undefined) return { kind: 'signed_in', session };
  } // else, or where the device was forgotten just now, a code is the second factor
  await attempts.giveBack(guess);
  const [to = { channel: login.channel, address: login.address }] = addressesOf(person!);
  const asked = await codes.ask({ purpose: 'sign_in', login: loginOf(digest, to.address), userId });
  return { kind: 'code', channel: to.channel, hint: hintOf(to), ...asked };
}

/**
 * The password is looked at in the same time whether there is somebody or not. A guess that was right is for the caller
 * to give back.
 */
async function proved(
  { knex, clock, passwords, attempts }: SignInDependencies,
  { person, password, guess }: { person: PersonOfApp | undefined; password: string; guess: Guess },
): Promise<PersonOfApp> {
  await attempts.take(guess);
  const matched = await passwords.matches(password, person?.passwordHash ?? undefined);
  if (person === undefined || !matched || !person.isActive) {
    await recordAudit(knex, {
      at: clock.now(),
      actor: 'anonymous',
      actorIp: guess.ip,
      action: 'user.sign_in',
      subject: `user:${person?.id ?? 'unknown'}`,
      outcome: 'refused',
      detail: { reason: matched ? 'disabled_user' : 'wrong_password' },
    });
    throw new DomainError(SIGN_IN_ERRORS.SIGN_IN_FAILED);
  }
  return person;
}

async function finish(
  deps: SignInDependencies,
  { id, code, device, ip }: Parameters<SignIns['finish']>[0],
): Promise<StartedSession> {
  const { knex, clock, codes, sessions, notifier } = deps;
  const checked = await codes.check({ id, purpose: 'sign_in', code });
  const person = await activePerson(deps, checked.userId);
  return knex.transaction(async (trx) => {
    await codes.use(trx, id);
    const session = await sessions.start(trx, {
      userId: person.id,
      device: { ...device, ip },
      methods: ['pwd', checked.channel === 'sms' ? 'sms' : 'otp'],
    });
    if (session.device.isNew)
      await tellEverywhere(trx, notifier, person, {
        kind: 'new_device',
        values: { when: whenInIndia(clock.now()), device: device.name },
      });
    return session;
  });
}
