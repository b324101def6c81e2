/** The statements about a user's beneficiaries. Each names the user: nobody sees or changes those of another. */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { businessDate, startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Reconfirm } from '../banks/ifsc';
import type { MadeBy } from '../beneficiaries/beneficiaries';
import type { UserId } from '../ids/ids';
import { keyOfDigest, lockInOrder } from '../intake/duplicates';
import type { ValidationMethod } from '../validations/port';
import type { ValidationState } from '../validations/rows';

export interface PayeeRow {
  id: string;
  kind: 'bank' | 'vpa';
  nameSealed: string;
  accountSealed: string;
  ifsc: string | null;
  hint: string;
  reconfirm: Reconfirm | null;
  madeBy: MadeBy;
  createdAt: Date;
  /** Microseconds of `createdAt`, which is the place in the list: a Date has milliseconds alone. */
  micros: bigint;
  archivedAt: Date | null;
  restoredAt: Date | null;
  /** Of the open validation of the account, or else of the one that was begun last. */
  checkId: string | null;
  checkState: ValidationState | null;
  checkMethod: ValidationMethod | null;
  ourReference: string | null;
  providerReference: string | null;
  utr: string | null;
  registeredNameSealed: string | null;
  begunAt: Date | null;
  endedAt: Date | null;
}

const PAYEES = `
  select b.id, b.kind, b.name_sealed as "nameSealed", b.account_sealed as "accountSealed", b.ifsc, b.hint,
    b.reconfirm, b.made_by as "madeBy", b.created_at as "createdAt",
    (extract(epoch from b.created_at) * 1000000)::int8 as micros,
    b.archived_at as "archivedAt", b.restored_at as "restoredAt",
    v.id as "checkId", v.state as "checkState", v.method as "checkMethod", v.our_reference as "ourReference",
    v.provider_reference as "providerReference", v.utr, v.registered_name_sealed as "registeredNameSealed",
    v.begun_at as "begunAt", v.ended_at as "endedAt"
  from beneficiaries b left join lateral (
    select * from account_validations a where a.beneficiary_id = b.id
    order by a.ended_at is null desc, a.begun_at desc, a.id desc limit 1) v on true
  where b.user_id = :userId`;

export async function findPayee(
  db: Knex | Knex.Transaction,
  userId: UserId,
  id: string,
): Promise<PayeeRow | undefined> {
  return (await rows<PayeeRow>(db, `${PAYEES} and b.id = :id`, { userId, id }))[0];
}

export interface PayeeFilter {
  status: 'active' | 'archived' | 'all';
  kind: 'bank' | 'vpa' | undefined;
}
/** Where a page begins: behind the beneficiary that was made then. */
export interface Place {
  micros: string;
  id: string;
}

/** The newest first. */
export function listPayees(
  lists: Knex,
  userId: UserId,
  { status, kind }: PayeeFilter,
  { before, limit }: { before: Place; limit: number },
): Promise<PayeeRow[]> {
  return rows<PayeeRow>(
    lists,
    `${PAYEES} and (b.created_at, b.id) < (timestamptz 'epoch' + :micros::int8 * interval '1 microsecond', :id::uuid)
      and (:status::text = 'all' or (b.archived_at is not null) = (:status::text = 'archived'))
      and (:kind::text is null or b.kind = :kind::text)
    order by b.created_at desc, b.id desc limit :limit`,
    { userId, status, kind: kind ?? null, ...before, limit },
  );
}

/** Nobody else makes or judges new beneficiaries of these users until the end of the database transaction. */
export async function lockPayeesOf(trx: Knex.Transaction, users: readonly string[]): Promise<void> {
  const keys = [...new Set(users)].map((user) =>
    keyOfDigest(createHash('sha256').update(`payees|${user}`).digest()),
  );
  await lockInOrder(trx, keys);
}

/** How many were made or put back on the business day of `at`, by each user who has some; `but` is not counted. */
export async function madeToday(
  trx: Knex.Transaction,
  users: readonly string[],
  { at, but }: { at: Date; but?: string | undefined },
): Promise<Map<string, number>> {
  const found = await rows<{ userId: string; made: number }>(
    trx,
    `select user_id as "userId", count(*)::int4 as made from (
       select b.user_id, b.id from beneficiaries b
       where b.user_id = any(:users::uuid[]) and b.created_at >= :since and b.made_by <> 'kyc'
       union
       select c.user_id, c.beneficiary_id from beneficiary_changes c
       where c.user_id = any(:users::uuid[]) and c.at >= :since and c.kind = 'added') as today
     where id is distinct from :but::uuid group by user_id`,
    { users: [...users], since: startOfBusinessDate(businessDate(at)), but: but ?? null },
  );
  return new Map(found.map(({ userId, made }) => [userId, made]));
}

/** Puts one that was archived back on the list, as new as one that is made now. */
export async function restore(trx: Knex.Transaction, id: string, at: Date): Promise<void> {
  await execute(
    trx,
    `update beneficiaries set archived_at = null, restored_at = greatest(restored_at, :at::timestamptz), made_by = 'caller'
     where id = :id`,
    { id, at },
  );
}

/**
 * Whether it is on the user's list; if so it stays there until the end of the database transaction. A payout that is
 * judged at the same time waits, or is waited for.
 */
export async function lockListed(trx: Knex.Transaction, userId: UserId, id: string): Promise<boolean> {
  const found = await rows<{ id: string }>(
    trx,
    `select id from beneficiaries where id = :id and user_id = :userId and archived_at is null for no key update`,
    { id, userId },
  );
  return found.length > 0;
}

export async function archive(trx: Knex.Transaction, id: string, at: Date): Promise<void> {
  await execute(trx, 'update beneficiaries set archived_at = :at where id = :id', { id, at });
}

/**
 * Whether any of those that are stored is on the list and was made, or put back, no later than `since`. Of `payee`: by
 * its id, or by its fingerprints.
 */
export async function isKnownSince(
  knex: Knex,
  userId: UserId,
  payee: { id: string } | { fingerprints: readonly Buffer[] },
  since: Date,
): Promise<boolean> {
  const known = 'archived_at is null and coalesce(restored_at, created_at) <= :since';
  const found =
    'id' in payee
      ? await rows<{ id: string }>(
          knex,
          `select id from beneficiaries where user_id = :userId and id = :id and ${known}`,
          { userId, since, id: payee.id },
        )
      : await rows<{ id: string }>(
          knex,
          `select id from beneficiaries where user_id = :userId and fingerprint = any(:prints::bytea[]) and ${known}`,
          { userId, since, prints: [...payee.fingerprints] },
        );
  return found.length > 0;
}

/** Validations of accounts of a user that were begun on the business day of `at`. */
export async function checksToday(trx: Knex.Transaction, userId: UserId, at: Date): Promise<number> {
  const [found] = await rows<{ asked: number }>(
    trx,
    `select count(*)::int4 as asked from beneficiaries b join account_validations v on v.beneficiary_id = b.id
     where b.user_id = :userId and v.begun_at >= :since`,
    { userId, since: startOfBusinessDate(businessDate(at)) },
  );
  return found!.asked;
}

/** Validations of the accounts of a user take turns. Taken when a row is locked: another key than `lockPayeesOf`. */
export async function lockChecksOf(trx: Knex.Transaction, userId: UserId): Promise<void> {
  await lockInOrder(trx, [keyOfDigest(createHash('sha256').update(`payee checks|${userId}`).digest())]);
}
