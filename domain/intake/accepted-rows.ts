import type { AccountId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { isDigestOf } from '../../platform/encryption';
import {
  arraysOf,
  bytea,
  int8,
  jsonAsText,
  table,
  text,
  textOf,
  timestamptz,
  uuid,
  type Table,
} from '../../platform/sql';
import type { DomainError } from '../errors/errors';
import type { Paise } from '../../platform/money';
import type { AgreedCommission } from '../policies/policies';
import type { ServiceName } from '../provider/service-name';
import { compareTexts } from '../../platform/order';

/** A transaction ready to be stored; amounts in paise. */
export interface NewTransaction<D> {
  id: string;
  provider: string;
  /** Why by this one; null where nothing had to be chosen. */
  route: string | null;
  /** The bank or the biller that is paid; null where none is known. Not stored. */
  subject: string | null;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  limitKey: string | null;
  limitCapPaise: Paise | null;
  /** What the provider's price list promises us for it. */
  agreed?: AgreedCommission | undefined;
  dueAt: Date;
  /** No inquiry is due before: sent at once, it is asked about for the first time then. */
  pollFrom: Date;
  expiresAt: Date;
  expectedBy: Date;
  /** Deadline after which a success no longer helps the waiting caller; absent when nobody waits. */
  answerBefore?: Date;
  /** The service's own columns. */
  details: D;
}

/**
 * A caller's request: one transaction, or the parts of one that exceeds a limit. Stored whole or not at all.
 */
export interface NewRequest<D> {
  /** That of its only transaction, or one of its own. */
  id: string;
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  service: ServiceName;
  currency: string;
  reference: string;
  idempotencyKey: string;
  /** Under every key that is valid; the first is kept. */
  requestHashes: readonly Buffer[];
  /** The bytes of the first answer, for replays. */
  acceptedBody: string;
  createdAt: Date;
  transactions: readonly NewTransaction<D>[];
}

/** The details of a transaction that is being stored under this id. */
export interface StoredDetails<D> {
  id: string;
  details: D;
}

export interface ServiceDetails<D> {
  /**
   * What the details point to and is not stored yet: `write` stores it and gives the details back complete,
   * `committed` is told when that is so. Undefined where all is there.
   */
  prepare?(
    list: readonly { userId: UserId; details: D }[],
  ): { write(trx: Knex.Transaction): Promise<D[]>; committed(complete: readonly D[]): void } | undefined;
  /**
   * Decides under locks of the insert's own database transaction which requests may be stored: for each the
   * refusal that its caller gets, or undefined. A repeat of what is stored is never refused: it gets the
   * first answer. Takes its locks in one order.
   */
  admit?(trx: Knex.Transaction, list: readonly NewRequest<D>[]): Promise<(DomainError | undefined)[]>;
  /** Whether `admit` has anything to decide of this list; without it, it has. */
  mustAdmit?(list: readonly NewRequest<D>[]): boolean;
  /** The service's own table, which has the transaction's id as `transaction_id`. */
  table: Table<StoredDetails<D>>;
}

export type InsertVerdict =
  | { kind: 'inserted' }
  | { kind: 'replay'; id: string; body: string }
  | { kind: 'key_reused' }
  | { kind: 'reference_taken' }
  | { kind: 'in_progress' }
  | { kind: 'refused'; error: DomainError };

/**
 * Inserts concurrent requests together; those that are not new are read back and classified. Verdicts in the
 * given order. If nothing else is to be written, it is one statement and thus its own database transaction.
 */
export async function insertAccepted<D>(
  knex: Knex,
  details: ServiceDetails<D>,
  list: readonly NewRequest<D>[],
): Promise<InsertVerdict[]> {
  const isAdmitted = details.admit !== undefined && details.mustAdmit?.(list) !== false;
  const missing = details.prepare?.(transactionsOf(list));
  if (missing === undefined && !isAdmitted)
    return insertRequests(knex, details, list, { complete: givenDetails(list) });
  const done = await knex.transaction(async (trx) => {
    const refusals = isAdmitted ? await details.admit!(trx, list) : [];
    const admitted = list.filter((_, i) => refusals[i] === undefined);
    // Nothing is stored for what is refused.
    const left = admitted.length === list.length ? missing : details.prepare?.(transactionsOf(admitted));
    const written = await left?.write(trx);
    const complete = written === undefined ? givenDetails(admitted) : withDetails(admitted, written);
    const verdicts = await insertRequests(trx, details, list, { complete, refusals });
    return { verdicts, committed: () => left?.committed(written!) };
  });
  done.committed();
  return done.verdicts;
}

function transactionsOf<D>(list: readonly NewRequest<D>[]): { userId: UserId; details: D }[] {
  return list.flatMap(({ userId, transactions }) => transactions.map(({ details }) => ({ userId, details })));
}

type DetailsOf<D> = ReadonlyMap<NewTransaction<D>, D>;

function givenDetails<D>(list: readonly NewRequest<D>[]): DetailsOf<D> {
  return new Map(list.flatMap(({ transactions }) => transactions).map((t) => [t, t.details]));
}

function withDetails<D>(list: readonly NewRequest<D>[], written: readonly D[]): DetailsOf<D> {
  return new Map(list.flatMap(({ transactions }) => transactions).map((t, i) => [t, written[i]!]));
}

async function insertRequests<D>(
  db: Knex | Knex.Transaction,
  details: ServiceDetails<D>,
  list: readonly NewRequest<D>[],
  { complete, refusals = [] }: { complete: DetailsOf<D>; refusals?: readonly (DomainError | undefined)[] },
): Promise<InsertVerdict[]> {
  // Sorted by caller and key, so that two processes that get the same requests wait for each other in one
  // direction only. Of several under one key only the first is inserted: their ids may be the same (partId).
  const sorted = firstOfEachKey(list.filter((_, i) => refusals[i] === undefined)).toSorted(
    (a, b) => compareTexts(a.userId, b.userId) || compareTexts(a.idempotencyKey, b.idempotencyKey),
  );
  const stored = new Set(
    (sorted.length === 0 ? [] : await insertSorted(db, sorted, details.table, complete)).map((r) => r.id),
  );
  const inserted = new Set(sorted.filter((r) => stored.has(r.id)));
  const skipped = list.filter((r) => !inserted.has(r));
  const verdicts = new Map((await classify(db, skipped)).map((v, i) => [skipped[i]!, v]));
  return list.map((r, i) => {
    const verdict = verdicts.get(r) ?? { kind: 'inserted' };
    return verdict.kind === 'in_progress' && refusals[i] !== undefined
      ? { kind: 'refused', error: refusals[i] }
      : verdict;
  });
}

function firstOfEachKey<D>(list: readonly NewRequest<D>[]): NewRequest<D>[] {
  const seen = new Set<string>();
  return list.filter(({ userId, idempotencyKey }) => {
    const key = `${userId}|${idempotencyKey}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}

/** The request that a caller's key made, if any. */
export async function findByKey(
  db: Knex | Knex.Transaction,
  userId: UserId,
  key: string,
): Promise<{ id: string; hash: Buffer; body: string } | undefined> {
  const [found] = await rows<{ id: string; hash: Buffer; body: string }>(
    db,
    'select id, request_hash as hash, accepted_body as body from requests where user_id = ? and idempotency_key = ?',
    [userId, key],
  );
  return found;
}

/** A transaction, and the request that it is a part of. */
interface Part<D> {
  request: NewRequest<D>;
  transaction: NewTransaction<D>;
}

const REQUESTS = table<NewRequest<unknown>>('requests', {
  id: uuid((r) => r.id),
  user_id: uuid((r) => r.userId),
  service: text((r) => r.service),
  idempotency_key: text((r) => r.idempotencyKey),
  reference: text((r) => r.reference),
  request_hash: bytea((r) => r.requestHashes[0]),
  accepted_body: jsonAsText((r) => r.acceptedBody),
  created_at: timestamptz((r) => r.createdAt),
});

const TRANSACTIONS = table<Part<unknown>>('transactions', {
  id: uuid((p) => p.transaction.id),
  request_id: uuid((p) => p.request.id),
  user_id: uuid((p) => p.request.userId),
  wallet_id: uuid((p) => p.request.walletId),
  account_id: int8((p) => p.request.accountId),
  service: text((p) => p.request.service),
  provider: text((p) => p.transaction.provider),
  route: text((p) => p.transaction.route),
  amount_paise: int8((p) => p.transaction.amountPaise),
  fee_paise: int8((p) => p.transaction.feePaise),
  tax_paise: int8((p) => p.transaction.taxPaise),
  charge_paise: int8((p) => p.transaction.chargePaise),
  currency: text((p) => p.request.currency),
  reference: text((p) => p.request.reference),
  limit_key: text((p) => p.transaction.limitKey),
  limit_cap_paise: int8((p) => p.transaction.limitCapPaise),
  agreed_commission_paise: int8((p) => p.transaction.agreed?.commissionPaise),
  agreed_tds_paise: int8((p) => p.transaction.agreed?.tdsPaise),
  due_at: timestamptz((p) => p.transaction.dueAt),
  due_from: timestamptz((p) => p.transaction.dueAt),
  poll_from: timestamptz((p) => p.transaction.pollFrom),
  expected_by: timestamptz((p) => p.transaction.expectedBy),
  expires_at: timestamptz((p) => p.transaction.expiresAt),
  answer_before: timestamptz((p) => p.transaction.answerBefore),
  created_at: timestamptz((p) => p.request.createdAt),
});

/** Requests of one service that are new, their transactions and the details of those, in one statement. */
function insertText<D>(details: Table<StoredDetails<D>>): string {
  return `
    with kept as (
      insert into requests (${REQUESTS.names}) select n.* from ${REQUESTS.source} on conflict do nothing returning id),
    stored as (
      insert into transactions (${TRANSACTIONS.names}, flow, upline_id, updated_at)
      select n.*, (select flow from services where name = :service),
        (select u.upline_id from users u where u.id = n.user_id), n.created_at
      from ${TRANSACTIONS.source} join kept on kept.id = n.request_id returning id),
    details as (
      insert into ${details.name} (${details.names})
      select n.* from ${details.source} join stored on stored.id = n.transaction_id)
    select id from kept`;
}

function insertSorted<D>(
  db: Knex | Knex.Transaction,
  sorted: readonly NewRequest<D>[],
  details: Table<StoredDetails<D>>,
  complete: DetailsOf<D>,
): Promise<{ id: string }[]> {
  const parts = sorted.flatMap((request) =>
    request.transactions.map((transaction) => ({ request, transaction })),
  );
  const own = parts.map(({ transaction }) => ({ id: transaction.id, details: complete.get(transaction)! }));
  const sql = textOf(details, 'intake', () => insertText(details));
  return rows<{ id: string }>(db, sql, {
    ...arraysOf(REQUESTS, sorted),
    ...arraysOf(TRANSACTIONS, parts),
    ...arraysOf(details, own),
    service: sorted[0]!.service,
  });
}

/** Why requests were not inserted: the key was used (same content: a replay), or the reference was. */
async function classify(
  db: Knex | Knex.Transaction,
  skipped: readonly NewRequest<unknown>[],
): Promise<InsertVerdict[]> {
  if (skipped.length === 0) return [];
  const found = await rows<{
    id: string;
    userId: UserId;
    key: string;
    reference: string;
    hash: Buffer;
    body: string;
  }>(
    db,
    `
    select r.id, r.user_id as "userId", r.idempotency_key as key, r.reference, r.request_hash as hash,
      r.accepted_body as body
    from requests r join unnest(?::uuid[], ?::text[], ?::text[]) as n(user_id, key, reference)
      on r.user_id = n.user_id and (r.idempotency_key = n.key or r.reference = n.reference)`,
    [skipped.map((r) => r.userId), skipped.map((r) => r.idempotencyKey), skipped.map((r) => r.reference)],
  );
  const byKey = new Map(found.map((f) => [`${f.userId}|${f.key}`, f]));
  const references = new Set(found.map((f) => `${f.userId}|${f.reference}`));
  return skipped.map((r) => {
    const first = byKey.get(`${r.userId}|${r.idempotencyKey}`);
    if (first !== undefined)
      return isDigestOf(first.hash, r.requestHashes)
        ? { kind: 'replay', id: first.id, body: first.body }
        : { kind: 'key_reused' };
    return references.has(`${r.userId}|${r.reference}`)
      ? { kind: 'reference_taken' }
      : { kind: 'in_progress' };
  });
}
