import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { isDigestOf, type KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { OtpSends } from '../otp/sends';
import type { OtpTries } from '../otp/tries';
import { STEP_UP_ERRORS } from './errors';
import type { Pins } from './pins';
import type { StepUpRule, StepUpRules, WayOut } from './rules';

/**
 * Confirming what is risky, by somebody who is signed in: with the PIN, and from an amount on with a code that is
 * sent for this amount and this payee. A confirmation is good for one order of exactly these, for some minutes, in
 * the session that began it.
 */
export interface Confirmations {
  /**
   * A payee that has to be looked up is looked up when the PIN was right. Throws DomainError PIN_NOT_SET, PIN_DEAD,
   * PIN_WRONG, CONFIRMATION_NO_CONTACT, RATE_LIMITED, POLICY_NOT_FOUND, and what the look-up throws.
   */
  begin(
    caller: Caller,
    asked: ShownRisk | (() => Promise<ShownRisk>),
    pin: string,
  ): Promise<BegunConfirmation>;
  /**
   * Of those who show the code at once one confirms. Throws DomainError CONFIRMATION_NOT_FOUND, CONFIRMATION_OVER,
   * CONFIRMATION_CODE_WRONG, OTP_TRIES_USED_UP.
   */
  confirm(caller: Caller, id: string, code: string): Promise<void>;
  /**
   * Lets an order through that needs no confirmation, or uses up its confirmation; a repeat of the order with its
   * Idempotency-Key goes through again. Keys and programs need none. Throws DomainError CONFIRMATION_NEEDED,
   * CONFIRMATION_FOR_ANOTHER, CONFIRMATION_OVER, POLICY_NOT_FOUND.
   */
  require(caller: Caller, risk: Risk, shown: { id: string | undefined; key: string }): Promise<void>;
}

export interface Risk {
  action: WayOut;
  /** None of a copy of data. */
  amountPaise: Paise;
  /** Whoever is paid, or the request whose copy is fetched, in one form: kept as a digest alone. */
  payee: string;
  /** Somebody whom the user has not paid before, or not for long. */
  isNewPayee?: boolean;
}
export interface ShownRisk extends Risk {
  /** The payee for people: `account ending 0000`. A message has room for 40 characters. */
  payeeShown: string;
}

export interface BegunConfirmation {
  id: string;
  /** Nothing more is asked for. */
  isConfirmed: boolean;
  /** Where the code went, for people: `98XXXXXX10`. */
  sentTo: string | null;
  expiresAt: Date;
}

/** Sends the code of a payment to its owner, by a row of the same database transaction. */
export interface CodeTeller {
  /** Throws DomainError CONFIRMATION_NO_CONTACT. */
  tell(trx: Knex.Transaction, code: CodeOfPayment): Promise<{ to: string }>;
}
export interface CodeOfPayment {
  userId: UserId;
  action: WayOut;
  code: string;
  amountPaise: Paise;
  payeeShown: string;
  expiresAt: Date;
}

export interface ConfirmationsDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  digest: KeyedDigest;
  rules: StepUpRules;
  pins: Pick<Pins, 'check'>;
  otpSends: OtpSends;
  otpTries: OtpTries;
  teller: CodeTeller;
}

const KIND = 'payment';
const CODE = 'payment code';
const SUBJECT = 'payment';
const CODE_BELOW = 1_000_000;
/** The table holds this too (`confirmations_few_tries`). */
const TRIES = 5;
const KEEP_MS = 24 * 60 * 60_000;

export function createConfirmations(deps: ConfirmationsDependencies): Confirmations {
  return {
    async begin(caller, asked, pin) {
      await deps.pins.check(caller.userId, pin);
      return begin(deps, caller, typeof asked === 'function' ? await asked() : asked);
    },
    confirm: (caller, id, code) => confirm(deps, caller, { id, code }),
    require: (caller, risk, shown) => requireConfirmed(deps, caller, { risk, ...shown }),
  };
}

/** What it is for: the same text for the same amount and payee. */
const subjectOf = ({ action, amountPaise, payee }: Risk): string =>
  JSON.stringify([action, amountPaise.toString(), payee]);

const asksForCode = ({ codeFromPaise }: StepUpRule, { amountPaise }: Risk): boolean =>
  codeFromPaise !== null && amountPaise >= codeFromPaise;

async function begin(
  deps: ConfirmationsDependencies,
  { userId, keyId: sessionId }: Caller,
  risk: ShownRisk,
): Promise<BegunConfirmation> {
  const { knex, clock, ids, digest, rules, otpSends, teller } = deps;
  const rule = rules.ofPayment(risk);
  const { goodForS } = rule;
  const needsCode = asksForCode(rule, risk);
  const id = ids.uuid();
  const now = clock.now();
  const expiresAt = addMs(now, goodForS * 1_000);
  const code = needsCode ? String(randomInt(CODE_BELOW)).padStart(6, '0') : undefined;
  const write = (): Promise<string | null> =>
    knex.transaction(async (trx) => {
      await execute(trx, 'delete from confirmations where user_id = ? and expires_at < ?', [
        userId,
        addMs(now, -KEEP_MS),
      ]);
      await insertOne(trx, 'confirmations', {
        id,
        user_id: userId,
        session_id: sessionId,
        action: risk.action,
        amount_paise: risk.amountPaise,
        subject_digest: digest(SUBJECT, subjectOf(risk)),
        code_digest: code === undefined ? null : digest(CODE, `${id}:${code}`),
        made_at: now,
        expires_at: expiresAt,
        confirmed_at: code === undefined ? now : null,
      });
      if (code === undefined) return null;
      const { action, amountPaise, payeeShown } = risk;
      return (await teller.tell(trx, { userId, action, code, amountPaise, payeeShown, expiresAt })).to;
    });
  const [sentTo] = needsCode
    ? await otpSends.send(KIND, { phones: [], caller: userId }, [write])
    : [await write()];
  return { id, isConfirmed: !needsCode, sentTo: sentTo ?? null, expiresAt };
}

async function confirm(
  { knex, clock, digest, otpTries }: ConfirmationsDependencies,
  { userId, keyId: sessionId }: Caller,
  { id, code }: { id: string; code: string },
): Promise<void> {
  const whose = { id, userId, sessionId };
  const [known] = await rows<{ id: string }>(
    knex,
    'select id from confirmations where id = :id and user_id = :userId and session_id = :sessionId',
    whose,
  );
  if (known === undefined) throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_NOT_FOUND);
  const counted = await otpTries.take(KIND, { phones: [], caller: userId }, { n: 1 });
  const [tried] = await rows<{ codeDigest: Buffer }>(
    knex,
    `update confirmations set tries = tries + 1
     where id = :id and user_id = :userId and session_id = :sessionId and tries < :most::int
       and code_digest is not null and confirmed_at is null and expires_at > :now
     returning code_digest as "codeDigest"`,
    { ...whose, most: TRIES, now: clock.now() },
  );
  if (tried === undefined) throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_OVER);
  if (!isDigestOf(tried.codeDigest, digest.every(CODE, `${id}:${code}`)))
    throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_CODE_WRONG);
  const confirmed = await execute(
    knex,
    'update confirmations set confirmed_at = :now where id = :id and confirmed_at is null',
    { id, now: clock.now() },
  );
  if (confirmed === 0) throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_OVER);
  await counted.right();
}

async function requireConfirmed(
  { knex, clock, digest, rules }: ConfirmationsDependencies,
  { by, userId, keyId: sessionId }: Caller,
  { risk, id, key }: { risk: Risk; id: string | undefined; key: string },
): Promise<void> {
  if (by !== 'session') return;
  const rule = rules.ofPayment(risk);
  if (rule.pinFromPaise === null || risk.amountPaise < rule.pinFromPaise) return;
  if (id === undefined) throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_NEEDED);
  const whose = { id, userId, sessionId };
  const used = await execute(
    knex,
    `update confirmations set used_at = coalesce(used_at, :now), used_for = coalesce(used_for, :key)
     where id = :id and user_id = :userId and session_id = :sessionId
       and subject_digest = any(:subjects::bytea[]) and confirmed_at is not null
       and (code_digest is not null or not :needsCode)
       and (used_for = :key or (used_for is null and expires_at > :now))`,
    {
      ...whose,
      ...{ key, now: clock.now(), needsCode: asksForCode(rule, risk) },
      subjects: [...digest.every(SUBJECT, subjectOf(risk))],
    },
  );
  if (used === 1) return;
  const [found] = await rows<{ isOver: boolean; isConfirmed: boolean; subject: Buffer }>(
    knex,
    `select used_at is not null or expires_at <= :now as "isOver",
       confirmed_at is not null and (code_digest is not null or not :needsCode) as "isConfirmed",
       subject_digest as subject
     from confirmations where id = :id and user_id = :userId and session_id = :sessionId`,
    { ...whose, now: clock.now(), needsCode: asksForCode(rule, risk) },
  );
  if (found === undefined || !found.isConfirmed) throw new DomainError(STEP_UP_ERRORS.CONFIRMATION_NEEDED);
  throw new DomainError(
    isDigestOf(found.subject, digest.every(SUBJECT, subjectOf(risk)))
      ? STEP_UP_ERRORS.CONFIRMATION_OVER
      : STEP_UP_ERRORS.CONFIRMATION_FOR_ANOTHER,
  );
}
