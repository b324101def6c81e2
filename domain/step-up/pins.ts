import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import type { Caller } from '../auth/api-keys';
import type { Passwords } from '../auth/passwords';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { isEasyPin } from './easy-pins';
import { STEP_UP_ERRORS } from './errors';
import { TRANSACTION_PIN } from './sealed';

/**
 * The transaction PIN: six digits that confirm a payment. A guess is counted before it is looked at; after five
 * wrong ones in a row the PIN is dead, also for whoever knows it, until a new one is set.
 */
export interface Pins {
  /**
   * Sets the PIN of a caller who is signed in: with the present one, or within minutes of the sign-in where there is
   * none or a dead one. Throws DomainError PIN_TOO_EASY, PIN_NEEDS_SIGN_IN, PIN_WRONG, PIN_DEAD.
   */
  change(caller: Caller, pin: string, of: { present: string | undefined; ip: string }): Promise<void>;
  /** For whoever has shown by other means who they are. Throws DomainError PIN_TOO_EASY. */
  set(trx: Knex.Transaction, user: UserId, pin: string): Promise<void>;
  /** Throws DomainError PIN_NOT_SET, PIN_DEAD, PIN_WRONG, SERVICE_UNAVAILABLE. */
  check(user: UserId, pin: string): Promise<void>;
  state(user: UserId): Promise<'not_set' | 'set' | 'dead'>;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  passwords: Passwords;
}

/** The table holds this too (`transaction_pins_few_tries`). */
const TRIES = 5;
const FRESH_MS = 10 * 60_000;

export function createPins(deps: Dependencies): Pins {
  const { knex, clock } = deps;
  const pins: Pins = {
    async change(caller, pin, { present, ip }) {
      const { userId } = caller;
      if ((await pins.state(userId)) === 'set' && present !== undefined) await pins.check(userId, present);
      else await requireFresh(deps, caller);
      const sealed = await sealedPin(deps, userId, pin);
      await knex.transaction(async (trx) => {
        await write(trx, deps, userId, sealed);
        await recordAudit(trx, {
          at: clock.now(),
          actor: userId,
          actorIp: ip,
          action: 'pin.set',
          subject: `user:${userId}`,
          outcome: 'succeeded',
        });
      });
    },
    async set(trx, user, pin) {
      await write(trx, deps, user, await sealedPin(deps, user, pin));
    },
    check: (user, pin) => check(deps, user, pin),
    async state(user) {
      const [found] = await rows<{ tries: number }>(
        knex,
        'select tries from transaction_pins where user_id = ?',
        [user],
      );
      if (found === undefined) return 'not_set';
      return found.tries >= TRIES ? 'dead' : 'set';
    },
  };
  return pins;
}

/** A session that is hours old may be in other hands: it must not choose what confirms payments. */
async function requireFresh({ knex, clock }: Dependencies, { by, keyId }: Caller): Promise<void> {
  const [fresh] = await rows<{ id: string }>(
    knex,
    'select id from user_sessions where id = :keyId and :by = :session and started_at > :since',
    { keyId, by: by ?? 'key', session: 'session', since: addMs(clock.now(), -FRESH_MS) },
  );
  if (fresh === undefined) throw new DomainError(STEP_UP_ERRORS.PIN_NEEDS_SIGN_IN);
}

async function sealedPin(
  { cipher, passwords }: Pick<Dependencies, 'cipher' | 'passwords'>,
  user: UserId,
  pin: string,
): Promise<string> {
  if (isEasyPin(pin)) throw new DomainError(STEP_UP_ERRORS.PIN_TOO_EASY);
  return cipher.seal(await passwords.hash(pin), TRANSACTION_PIN.place(user));
}

function write(
  trx: Knex.Transaction,
  { clock }: Pick<Dependencies, 'clock'>,
  user: UserId,
  sealed: string,
): Promise<number> {
  return insertOne(
    trx,
    TRANSACTION_PIN.table,
    { user_id: user, pin_sealed: sealed, set_at: clock.now() },
    `on conflict (user_id) do update set pin_sealed = excluded.pin_sealed, set_at = excluded.set_at, tries = 0`,
  );
}

async function check({ knex, cipher, passwords }: Dependencies, user: UserId, pin: string): Promise<void> {
  const [tried] = await rows<{ sealed: string }>(
    knex,
    `update transaction_pins set tries = tries + 1 where user_id = :user and tries < :most::int
     returning pin_sealed as sealed`,
    { user, most: TRIES },
  );
  if (tried === undefined) {
    const [known] = await rows<{ tries: number }>(
      knex,
      'select tries from transaction_pins where user_id = ?',
      [user],
    );
    throw new DomainError(known === undefined ? STEP_UP_ERRORS.PIN_NOT_SET : STEP_UP_ERRORS.PIN_DEAD);
  }
  const place = TRANSACTION_PIN.place(user);
  if (!(await passwords.matches(pin, cipher.open(tried.sealed, place))))
    throw new DomainError(STEP_UP_ERRORS.PIN_WRONG);
  await execute(knex, 'update transaction_pins set tries = 0 where user_id = ? and pin_sealed = ?', [
    user,
    tried.sealed,
  ]);
}
