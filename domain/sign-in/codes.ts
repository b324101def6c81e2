import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { claimDue, deleteOver, type Claim } from '../../platform/claim';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { isDigestOf, type FieldCipher, type KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { Notifier } from '../notifications/notifier';
import type { Channel } from '../notifications/port';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import { SIGN_IN_ERRORS } from './errors';
import type { Login } from './logins';
import { personOf, personOfLogin, type PersonOfApp } from './people';
import type { SignInRules } from './rules';
import { NEW_CONTACT } from './sealed';

/**
 * Codes of six digits. Whoever asks for one gets the same answer in the same time, whether there is somebody with
 * that number or not: asking stores a row, and a loop looks who it is for, makes the code and has it sent. A guess is
 * counted for the person and the purpose, and on the code itself, before the code is looked at: five wrong ones, and
 * neither this code nor a new one is looked at until the window is over.
 */
export interface Codes {
  /** Throws DomainError RATE_LIMITED, POLICY_NOT_FOUND. */
  ask(wanted: WantedCode): Promise<AskedCode>;
  /**
   * Whose code it is; it is not used yet. Throws DomainError CODE_WRONG, the same for one that is wrong, dead, used, too
   * old or nobody's; OTP_TRIES_USED_UP.
   */
  check(shown: { id: string; purpose: Purpose; code: string }): Promise<CheckedCode>;
  /** Of those who use it at once, one does. Throws DomainError CODE_WRONG. */
  use(trx: Knex.Transaction, id: string): Promise<void>;
  /** One round: makes the codes that were asked for. */
  make(limit: number): Promise<{ claimed: number; errors: Error[] }>;
  deleteOld(limit: number): Promise<number>;
}

export type Purpose = 'sign_in' | 'password' | 'contact';

export interface WantedCode {
  purpose: Purpose;
  login: Login;
  /** By which it is counted, where that is not the login. */
  countedBy?: readonly Buffer[] | undefined;
  /** Where it is known already. */
  userId?: UserId;
  /** The login is a new one of this user: it is where the code goes. */
  isNew?: boolean;
}
export interface AskedCode {
  id: string;
  expiresAt: Date;
}
export interface CheckedCode {
  id: string;
  userId: UserId;
  channel: Channel;
  /** Of the purpose `contact`. */
  newAddress: string | null;
}

export interface CodesDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  signInRules: SignInRules;
  notifier: Notifier;
  otpSends: OtpSends;
  otpTries: OtpTries;
}

const KINDS = {
  sign_in: { counted: 'person_sign_in', told: 'sign_in_code' },
  password: { counted: 'person_password', told: 'password_code' },
  contact: { counted: 'person_contact', told: 'contact_code' },
} as const;
const LEASE_MS = 30_000;
const KEEP_MS = 24 * 60 * 60_000;
const CODE_BELOW = 1_000_000;
/** The table holds this too (`sign_in_codes_few_tries`). */
const TRIES_OF_A_CODE = 5;

export function createCodes(deps: CodesDependencies): Codes {
  const { knex, clock } = deps;
  return {
    ask: (wanted) => ask(deps, wanted),
    check: (shown) => check(deps, shown),
    async use(trx, id) {
      const used = await execute(
        trx,
        `update sign_in_codes set used_at = :now, address_sealed = null
         where id = :id and used_at is null and expires_at > :now`,
        { id, now: clock.now() },
      );
      if (used === 0) throw new DomainError(SIGN_IN_ERRORS.CODE_WRONG);
    },
    make: (limit) => make(deps, limit),
    deleteOld: (limit) =>
      deleteOver(
        knex,
        { table: 'sign_in_codes', key: 'id', over: 'expires_at < :before', orderBy: 'expires_at' },
        { before: addMs(clock.now(), -KEEP_MS), limit },
      ),
  };
}

async function ask(
  { knex, clock, ids, cipher, signInRules, otpSends }: CodesDependencies,
  { purpose, login, countedBy, userId, isNew }: WantedCode,
): Promise<AskedCode> {
  const { codeS, changeCodeS } = signInRules.now();
  const id = ids.uuid();
  const insert = async (): Promise<AskedCode> => {
    const now = clock.now();
    const expiresAt = addMs(now, (purpose === 'sign_in' ? codeS : changeCodeS) * 1_000);
    await insertOne(knex, 'sign_in_codes', {
      id,
      purpose,
      login_digest: login.digests[0],
      other_digest: login.digests[1] ?? null,
      channel: login.channel,
      user_id: userId ?? null,
      address_sealed: isNew === true ? cipher.seal(login.address, NEW_CONTACT.place(id)) : null,
      created_at: now,
      expires_at: expiresAt,
      due_at: now,
    });
    return { id, expiresAt };
  };
  const phones = countedBy ?? login.digests;
  const [asked] = await otpSends.send(KINDS[purpose].counted, { phones }, [insert]);
  return asked!;
}

interface TriedCode {
  codeDigest: Buffer | null;
  userId: UserId | null;
  channel: Channel;
  addressSealed: string | null;
}

async function check(
  { knex, clock, cipher, digest, otpTries }: CodesDependencies,
  { id, purpose, code }: { id: string; purpose: Purpose; code: string },
): Promise<CheckedCode> {
  const wrong = new DomainError(SIGN_IN_ERRORS.CODE_WRONG, {
    detail: 'check the code, or ask for a new one',
  });
  const [asked] = await rows<{ loginDigest: Buffer }>(
    knex,
    'select login_digest as "loginDigest" from sign_in_codes where id = :id and purpose = :purpose',
    { id, purpose },
  );
  if (asked === undefined) throw wrong;
  const counted = await otpTries.take(KINDS[purpose].counted, { phones: [asked.loginDigest] }, { n: 1 });
  const [tried] = await rows<TriedCode>(
    knex,
    `update sign_in_codes set tries = tries + 1
     where id = :id and tries < :most::int and used_at is null and expires_at > :now
     returning code_digest as "codeDigest", user_id as "userId", channel, address_sealed as "addressSealed"`,
    { id, most: TRIES_OF_A_CODE, now: clock.now() },
  );
  if (tried === undefined || tried.userId === null || tried.codeDigest === null) throw wrong;
  if (!isDigestOf(tried.codeDigest, digest.every(CODE, `${id}:${code}`))) throw wrong;
  await counted.right();
  return {
    id,
    userId: tried.userId,
    channel: tried.channel,
    newAddress: tried.addressSealed === null ? null : cipher.open(tried.addressSealed, NEW_CONTACT.place(id)),
  };
}

const CODE = 'sign-in code';

interface DueCode {
  id: string;
  purpose: Purpose;
  channel: Channel;
  loginDigest: Buffer;
  otherDigest: Buffer | null;
  userId: UserId | null;
  addressSealed: string | null;
  expiresAt: Date;
}

const DUE: Claim = {
  table: 'sign_in_codes',
  due: 'due_at <= :now and expires_at > :now',
  orderBy: 'due_at',
  set: 'due_at = :again',
  returning: `t.id, t.purpose, t.channel, t.login_digest as "loginDigest", t.other_digest as "otherDigest",
    t.user_id as "userId", t.address_sealed as "addressSealed", t.expires_at as "expiresAt"`,
};

async function make(deps: CodesDependencies, limit: number): Promise<{ claimed: number; errors: Error[] }> {
  const now = deps.clock.now();
  const claimed = await claimDue<DueCode>(deps.knex, DUE, { now, again: addMs(now, LEASE_MS), limit });
  const errors: Error[] = [];
  for (const due of claimed)
    try {
      await makeOne(deps, due);
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error('a code was not made', { cause: error }));
    }
  return { claimed: claimed.length, errors };
}

async function makeOne(deps: CodesDependencies, due: DueCode): Promise<void> {
  const { knex, clock, cipher, digest, notifier } = deps;
  const { id, purpose, channel, loginDigest, otherDigest, userId, addressSealed, expiresAt } = due;
  const digests = otherDigest === null ? [loginDigest] : [loginDigest, otherDigest];
  const person =
    userId === null ? await personOfLogin(deps, { channel, digests }) : await personOf(deps, userId);
  const address =
    addressSealed === null ? addressOn(person, channel) : cipher.open(addressSealed, NEW_CONTACT.place(id));
  if (person?.isActive !== true || address === null) {
    await execute(knex, 'update sign_in_codes set due_at = null where id = ?', [id]);
    return;
  }
  const code = String(randomInt(CODE_BELOW)).padStart(6, '0');
  const minutes = Math.max(1, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 60_000));
  await knex.transaction(async (trx) => {
    const made = await execute(
      trx,
      `update sign_in_codes set code_digest = :codeDigest, user_id = :userId, due_at = null
       where id = :id and code_digest is null and due_at is not null`,
      { id, codeDigest: digest(CODE, `${id}:${code}`), userId: person.id },
    );
    if (made === 0) return;
    await notifier.tell(trx, {
      userId: person.id,
      kind: KINDS[purpose].told,
      to: { channel, address },
      language: person.language,
      values: { code, minutes: String(minutes) },
    });
  });
}

function addressOn(person: PersonOfApp | undefined, channel: Channel): string | null {
  if (person === undefined) return null;
  return channel === 'sms' ? person.mobile : person.email;
}
