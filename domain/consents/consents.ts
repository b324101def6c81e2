import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { CONSENT_ERRORS } from './errors';

/**
 * What a person has agreed to: for which purpose, to which words, in which language, when; and when they took it back.
 * The words are rows with versions. A consent may come through an outside consent manager (DPDP Rules 2025, rule 4),
 * who has an id of its own for it. Records are never changed: a consent that is taken back and given again is another.
 */
export interface Consents {
  /**
   * Given once, however often it is asked for. Throws DomainError CONSENT_WORDS_UNKNOWN for another version than the
   * one in force.
   */
  give(userId: UserId, consent: GivenConsent): Promise<Consent>;
  /** Throws DomainError CONSENT_NOT_FOUND. */
  withdraw(userId: UserId, purpose: string): Promise<Consent>;
  /** All that there ever were, the newest first; at most 100. */
  list(userId: UserId): Promise<Consent[]>;
  /** The words in force, of every purpose and language. */
  words(): Promise<ConsentWords[]>;
}

export interface GivenConsent {
  purpose: string;
  version: number;
  language: 'en' | 'hi';
  manager?: { name: string; reference: string } | undefined;
}

export interface Consent {
  purpose: string;
  version: number;
  language: string;
  givenAt: Date;
  manager: string | null;
  managerReference: string | null;
  withdrawnAt: Date | null;
}

export interface ConsentWords {
  purpose: string;
  version: number;
  language: string;
  words: string;
}

const COLUMNS = `purpose, version, language, given_at as "givenAt", manager,
  manager_reference as "managerReference", withdrawn_at as "withdrawnAt"`;
const LISTED = 100;

export function createConsents(deps: { knex: Knex; clock: Clock; ids: Ids }): Consents {
  const { knex, clock } = deps;
  return {
    async give(userId, consent) {
      const now = clock.now();
      const inForce = (await wordsOn(knex, now)).find(
        ({ purpose, language }) => purpose === consent.purpose && language === consent.language,
      );
      if (inForce?.version !== consent.version)
        throw new DomainError(CONSENT_ERRORS.CONSENT_WORDS_UNKNOWN, {
          detail: 'read the words in force (GET /v1/consent-words), show them, and send their version',
        });
      await knex.transaction((trx) => insert(trx, deps, { userId, consent, now }));
      return (await inForceOf(knex, userId, consent.purpose))!;
    },
    async withdraw(userId, purpose) {
      const now = clock.now();
      return knex.transaction(async (trx) => {
        const [found] = await rows<Consent>(
          trx,
          `update consents set withdrawn_at = greatest(given_at, :now::timestamptz)
           where user_id = :userId and purpose = :purpose and withdrawn_at is null returning ${COLUMNS}`,
          { userId, purpose, now },
        );
        if (found === undefined) throw new DomainError(CONSENT_ERRORS.CONSENT_NOT_FOUND);
        await note(trx, { now, userId, action: 'consent.withdraw', purpose });
        return found;
      });
    },
    list: (userId) =>
      rows<Consent>(
        knex,
        `select ${COLUMNS} from consents where user_id = :userId order by given_at desc, id desc limit ${LISTED}`,
        { userId },
      ),
    words: () => wordsOn(knex, clock.now()),
  };
}

/** Whether each of these purposes has a consent in force. */
export async function consentedTo(db: Knex | Knex.Transaction, userId: UserId): Promise<Set<string>> {
  const found = await rows<{ purpose: string }>(
    db,
    'select purpose from consents where user_id = :userId and withdrawn_at is null',
    { userId },
  );
  return new Set(found.map(({ purpose }) => purpose));
}

/** A consent to newer words takes the place of the one before. */
async function insert(
  trx: Knex.Transaction,
  { ids }: { ids: Ids },
  { userId, consent, now }: { userId: UserId; consent: GivenConsent; now: Date },
): Promise<void> {
  const { purpose, version, language, manager } = consent;
  await execute(
    trx,
    `update consents set withdrawn_at = greatest(given_at, :now::timestamptz)
     where user_id = :userId and purpose = :purpose and withdrawn_at is null and version <> :version`,
    { userId, purpose, version, now },
  );
  const made = await insertOne(
    trx,
    'consents',
    {
      id: ids.uuid(),
      user_id: userId,
      purpose,
      version,
      language,
      given_at: now,
      manager: manager?.name ?? null,
      manager_reference: manager?.reference ?? null,
    },
    'on conflict (user_id, purpose) where withdrawn_at is null do nothing',
  );
  if (made === 1) await note(trx, { now, userId, action: 'consent.give', purpose });
}

async function note(
  trx: Knex.Transaction,
  { now, userId, action, purpose }: { now: Date; userId: UserId; action: string; purpose: string },
): Promise<void> {
  const subject = `user:${userId}`;
  await recordAudit(trx, {
    at: now,
    actor: userId,
    action,
    subject,
    outcome: 'succeeded',
    detail: { purpose },
  });
}

async function inForceOf(knex: Knex, userId: UserId, purpose: string): Promise<Consent | undefined> {
  const found = await rows<Consent>(
    knex,
    `select ${COLUMNS} from consents where user_id = :userId and purpose = :purpose and withdrawn_at is null`,
    { userId, purpose },
  );
  return found[0];
}

function wordsOn(knex: Knex, at: Date): Promise<ConsentWords[]> {
  return rows<ConsentWords>(
    knex,
    `select distinct on (purpose, language) purpose, version, language, words from consent_texts
     where in_force_from <= :date order by purpose, language, in_force_from desc`,
    { date: businessDate(at) },
  );
}
