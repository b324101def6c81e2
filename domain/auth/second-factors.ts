import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { insertOne } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { AUTH_ERRORS } from './errors';
import { AUTHENTICATOR_SECRET } from './sealed';

/**
 * The authenticators of staff (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, which every app speaks). The step of
 * now and the one on either side are good, each once: of two sign-ins with one code, one gets in. Guesses are counted
 * with the sign-ins that they are part of.
 */
export interface SecondFactors {
  isSet(user: UserId): Promise<boolean>;
  /**
   * Uses a code of the authenticator, or a recovery code. True once for each. Throws DomainError
   * AUTHENTICATOR_NEEDS_KEYS where this program cannot open the secret.
   */
  use(user: UserId, code: string): Promise<boolean>;
  /** A new secret, which counts from its first code on. Throws DomainError AUTHENTICATOR_IS_SET. */
  begin(user: UserId, email: string): Promise<{ secret: string; uri: string }>;
  /** The first code confirms it. Returns recovery codes, shown once. Throws DomainError AUTHENTICATOR_CODE_WRONG. */
  confirm(user: UserId, code: string): Promise<string[]>;
  remove(user: UserId): Promise<void>;
}

export interface SecondFactorsDependencies {
  knex: Knex;
  clock: Clock;
  /** Commands have none, unless they are given the keys. */
  cipher?: FieldCipher | undefined;
}

const PERIOD_S = 30;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
const RECOVERY_FORM = /^[A-Z2-7]{16}$/;
const CODE_FORM = /^[0-9]{6}$/;

interface Authenticator {
  secretSealed: string;
  isConfirmed: boolean;
}

export function createSecondFactors(deps: SecondFactorsDependencies): SecondFactors {
  const { knex, clock } = deps;
  return {
    isSet: async (user) => (await find(knex, user))?.isConfirmed === true,
    async use(user, typed) {
      const code = typed.replaceAll(/[\s-]/g, '').toUpperCase();
      if (RECOVERY_FORM.test(code)) return useRecoveryCode(deps, user, code);
      const found = await find(knex, user);
      if (found?.isConfirmed !== true) return false;
      const step = stepOf(deps, found, { user, code });
      if (step === undefined) return false;
      const used = await execute(
        knex,
        'update ops_authenticators set last_step = :step::int8 where user_id = :user and last_step < :step::int8',
        { user, step },
      );
      return used === 1;
    },
    begin: (user, email) => begin(deps, user, email),
    async confirm(user, typed) {
      const found = await find(knex, user);
      const code = typed.replaceAll(/\s/g, '');
      const step = found === undefined ? undefined : stepOf(deps, found, { user, code });
      if (found?.isConfirmed !== false || step === undefined)
        throw new DomainError(AUTH_ERRORS.AUTHENTICATOR_CODE_WRONG);
      const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
      await knex.transaction(async (trx) => {
        const confirmed = await execute(
          trx,
          `update ops_authenticators set confirmed_at = :now, last_step = :step::int8
           where user_id = :user and confirmed_at is null`,
          { user, step, now: clock.now() },
        );
        if (confirmed === 0) throw new DomainError(AUTH_ERRORS.AUTHENTICATOR_CODE_WRONG);
        await execute(trx, 'delete from ops_recovery_codes where user_id = ?', [user]);
        for (const one of codes)
          await insertOne(trx, 'ops_recovery_codes', {
            code_hash: hashOf(one.replaceAll('-', '')),
            user_id: user,
            made_at: clock.now(),
          });
      });
      return codes;
    },
    async remove(user) {
      await knex.transaction(async (trx) => {
        await execute(trx, 'delete from ops_recovery_codes where user_id = ?', [user]);
        await execute(trx, 'delete from ops_authenticators where user_id = ?', [user]);
      });
    },
  };
}

async function begin(
  { knex, clock, cipher }: SecondFactorsDependencies,
  user: UserId,
  email: string,
): Promise<{ secret: string; uri: string }> {
  if (cipher === undefined) throw new DomainError(AUTH_ERRORS.AUTHENTICATOR_NEEDS_KEYS);
  const secret = new Secret({ size: SECRET_BYTES });
  const values = {
    user,
    sealed: cipher.seal(secret.base32, AUTHENTICATOR_SECRET.place(user)),
    now: clock.now(),
  };
  // One that was never confirmed is replaced; one that is used must be taken away first.
  const begun = await execute(
    knex,
    `insert into ops_authenticators as a (user_id, secret_sealed, made_at) values (:user, :sealed, :now)
     on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, made_at = excluded.made_at
       where a.confirmed_at is null`,
    values,
  );
  if (begun === 0) throw new DomainError(AUTH_ERRORS.AUTHENTICATOR_IS_SET);
  return { secret: secret.base32, uri: totpOf(secret.base32, email).toString() };
}

/** The step whose code it is: of now, or one before or after. `validate` says null for none, and 0 for now. */
function stepOf(
  { clock, cipher }: SecondFactorsDependencies,
  { secretSealed }: Authenticator,
  { user, code }: { user: UserId; code: string },
): number | undefined {
  if (!CODE_FORM.test(code)) return undefined;
  if (cipher === undefined) throw new DomainError(AUTH_ERRORS.AUTHENTICATOR_NEEDS_KEYS);
  const totp = totpOf(cipher.open(secretSealed, AUTHENTICATOR_SECRET.place(user)));
  const timestamp = (clock.real?.() ?? clock.now()).getTime(); // an authenticator has the real time
  const delta = totp.validate({ token: code, timestamp, window: 1 });
  return delta === null ? undefined : Math.floor(timestamp / 1_000 / PERIOD_S) + delta;
}

function totpOf(secret: string, label = 'ops'): TOTP {
  return new TOTP({ issuer: 'Munim', label, secret, digits: 6, period: PERIOD_S, algorithm: 'SHA1' });
}

async function find(knex: Knex, user: UserId): Promise<Authenticator | undefined> {
  const [found] = await rows<Authenticator>(
    knex,
    `select secret_sealed as "secretSealed", confirmed_at is not null as "isConfirmed"
     from ops_authenticators where user_id = ?`,
    [user],
  );
  return found;
}

async function useRecoveryCode(
  { knex, clock }: SecondFactorsDependencies,
  user: UserId,
  code: string,
): Promise<boolean> {
  const used = await execute(
    knex,
    'update ops_recovery_codes set used_at = :now where code_hash = :hash and user_id = :user and used_at is null',
    { user, hash: hashOf(code), now: clock.now() },
  );
  return used === 1;
}

/** `ABCD-EFGH-IJKL-MNOP`: 80 random bits. */
function newRecoveryCode(): string {
  const bytes = randomBytes(RECOVERY_BYTES);
  const text = new Secret({ buffer: new Uint8Array(bytes).buffer }).base32;
  return text.replaceAll(/(.{4})(?=.)/g, '$1-');
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
