import type { AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { DomainError } from '../errors/errors';
import type { Paise } from '../../platform/money';
import type { ServiceName } from '../provider/service-name';
import { compareTexts } from '../../platform/order';

/** A transaction ready to be stored; amounts in paise. */
export interface NewTransaction<D> {
  id: string;
  provider: string;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  limitKey: string | null;
  limitCapPaise: Paise | null;
  dueAt: Date;
  expiresAt: Date;
  expectedBy: Date;
  /** Until when a success counts for who waits; left out where nobody does. */
  answerBefore?: Date;
  /** What the service keeps in its own table. */
  details: D;
}

/** What a caller asked for: one transaction, or the parts of one that is over a limit. Stored whole or not at all. */
export interface NewRequest<D> {
  /** That of its only transaction, or one of its own. */
  id: string;
  userId: string;
  walletId: string;
  accountId: AccountId;
  service: ServiceName;
  currency: string;
  reference: string;
  idempotencyKey: string;
  requestHash: Buffer;
  /** The bytes of the first answer, for replays. */
  acceptedBody: string;
  createdAt: Date;
  transactions: readonly NewTransaction<D>[];
}

export interface ServiceDetails<D> {
  /** What the details point to and is not stored yet: `write` stores it and gives the details back complete, `committed` is told when that is so. Undefined where all is there. */
  prepare?(
    list: readonly { userId: string; details: D }[],
  ): { write(trx: Knex.Transaction): Promise<D[]>; committed(complete: readonly D[]): void } | undefined;
  /**
   * Decides under locks of the insert's own database transaction which requests may be stored: for each the refusal that its caller gets, or undefined. A
   * repeat of what is stored is never refused: it gets the first answer. Takes its locks in one order.
   */
  admit?(trx: Knex.Transaction, list: readonly NewRequest<D>[]): Promise<(DomainError | undefined)[]>;
  /** Inserts into the service's own table from `unnest(…)`, joined with `stored (id)`: the transactions that were new. */
  insert(list: readonly { id: string; details: D }[]): { sql: string; bindings: readonly unknown[] };
}

export type InsertVerdict =
  | { kind: 'inserted' }
  | { kind: 'replay'; id: string; body: string }
  | { kind: 'key_reused' }
  | { kind: 'reference_taken' }
  | { kind: 'in_progress' }
  | { kind: 'refused'; error: DomainError };

/**
 * Inserts requests that come together; those that are not new are read back and classified. Verdicts in the order given. Where nothing else is to be
 * written it is one statement, and so one database transaction by itself.
 */
export async function insertAccepted<D>(
  knex: Knex,
  details: ServiceDetails<D>,
  list: readonly NewRequest<D>[],
): Promise<InsertVerdict[]> {
  const transactions = list.flatMap((request) =>
    request.transactions.map((t) => ({ userId: request.userId, details: t.details })),
  );
  const missing = details.prepare?.(transactions);
  const given = transactions.map((t) => t.details);
  if (missing === undefined && details.admit === undefined) return insertRequests(knex, details, list, given);
  const done = await knex.transaction(async (trx) => {
    const refusals = (await details.admit?.(trx, list)) ?? [];
    const complete = (await missing?.write(trx)) ?? given;
    return { complete, verdicts: await insertRequests(trx, details, list, complete, refusals) };
  });
  missing?.committed(done.complete);
  return done.verdicts;
}

async function insertRequests<D>(
  db: Knex | Knex.Transaction,
  details: ServiceDetails<D>,
  list: readonly NewRequest<D>[],
  complete: readonly D[],
  refusals: readonly (DomainError | undefined)[] = [],
): Promise<InsertVerdict[]> {
  const byTransaction = new Map(
    list.flatMap((request) => request.transactions).map((t, i) => [t.id, complete[i]!]),
  );
  // Sorted by caller and key, so that two processes that get the same requests wait for each other in one direction only.
  const sorted = list
    .filter((_, i) => refusals[i] === undefined)
    .toSorted((a, b) => compareTexts(a.userId, b.userId) || compareTexts(a.idempotencyKey, b.idempotencyKey));
  const inserted = new Set(
    (sorted.length === 0 ? [] : await insertSorted(db, sorted, details, byTransaction)).map((r) => r.id),
  );
  const skipped = list.filter((r) => !inserted.has(r.id));
  const verdicts = new Map((await classify(db, skipped)).map((v, i) => [skipped[i]!.id, v]));
  return list.map((r, i) => {
    const verdict = verdicts.get(r.id) ?? { kind: 'inserted' };
    return verdict.kind === 'in_progress' && refusals[i] !== undefined
      ? { kind: 'refused', error: refusals[i] }
      : verdict;
  });
}

/** The request that a caller's key made, if any. */
export async function findByKey(
  db: Knex | Knex.Transaction,
  userId: string,
  key: string,
): Promise<{ id: string; hash: Buffer; body: string } | undefined> {
  const [found] = await rows<{ id: string; hash: Buffer; body: string }>(
    db,
    'select id, request_hash as hash, accepted_body as body from requests where user_id = ? and idempotency_key = ?',
    [userId, key],
  );
  return found;
}

function insertSorted<D>(
  db: Knex | Knex.Transaction,
  r: readonly NewRequest<D>[],
  details: ServiceDetails<D>,
  complete: ReadonlyMap<string, D>,
): Promise<{ id: string }[]> {
  const t = r.flatMap((request) => request.transactions.map((transaction) => ({ request, transaction })));
  const own = details.insert(
    t.map(({ transaction }) => ({ id: transaction.id, details: complete.get(transaction.id)! })),
  );
  return rows(
    db,
    `
    with n as (select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::timestamptz[]) as n(id, user_id, service, key, reference, hash, body, created_at)),
    kept as (
      insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
      select id, user_id, service, key, reference, hash, body, created_at from n on conflict do nothing returning id),
    stored as (
      insert into transactions (id, request_id, user_id, wallet_id, account_id, service, flow, provider, amount_paise, fee_paise, tax_paise, charge_paise, currency, reference,
        limit_key, limit_cap_paise, due_at, expected_by, expires_at, answer_before, created_at, updated_at)
      select p.id, p.request_id, p.user_id, p.wallet_id, p.account_id, p.service, (select s.flow from services s where s.name = p.service), p.provider, p.amount, p.fee, p.tax, p.charge, p.currency, p.reference, p.limit_key, p.limit_cap, p.due_at, p.expected_by, p.expires_at, p.answer_before, p.created_at, p.created_at
      from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::int8[], ?::text[], ?::text[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::text[], ?::text[], ?::text[], ?::int8[],
        ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[])
        as p(id, request_id, user_id, wallet_id, account_id, service, provider, amount, fee, tax, charge, currency, reference, limit_key, limit_cap, due_at, expected_by, expires_at, answer_before, created_at)
      join kept on kept.id = p.request_id returning id),
    details as (${own.sql})
    select id from kept`,
    [
      r.map((x) => x.id),
      r.map((x) => x.userId),
      r.map((x) => x.service),
      r.map((x) => x.idempotencyKey),
      r.map((x) => x.reference),
      r.map((x) => x.requestHash),
      r.map((x) => x.acceptedBody),
      r.map((x) => x.createdAt.toISOString()),
      t.map((x) => x.transaction.id),
      t.map((x) => x.request.id),
      t.map((x) => x.request.userId),
      t.map((x) => x.request.walletId),
      t.map((x) => x.request.accountId),
      t.map((x) => x.request.service),
      t.map((x) => x.transaction.provider),
      t.map((x) => x.transaction.amountPaise),
      t.map((x) => x.transaction.feePaise),
      t.map((x) => x.transaction.taxPaise),
      t.map((x) => x.transaction.chargePaise),
      t.map((x) => x.request.currency),
      t.map((x) => x.request.reference),
      t.map((x) => x.transaction.limitKey),
      t.map((x) => x.transaction.limitCapPaise),
      t.map((x) => x.transaction.dueAt.toISOString()),
      t.map((x) => x.transaction.expectedBy.toISOString()),
      t.map((x) => x.transaction.expiresAt.toISOString()),
      t.map((x) => x.transaction.answerBefore?.toISOString() ?? null),
      t.map((x) => x.request.createdAt.toISOString()),
      ...own.bindings,
    ],
  );
}

/** Why requests were not inserted: the key was used (same content: a replay), or the reference was. */
async function classify(
  db: Knex | Knex.Transaction,
  skipped: readonly NewRequest<unknown>[],
): Promise<InsertVerdict[]> {
  if (skipped.length === 0) return [];
  const found = await rows<{
    id: string;
    userId: string;
    key: string;
    reference: string;
    hash: Buffer;
    body: string;
  }>(
    db,
    `
    select r.id, r.user_id as "userId", r.idempotency_key as key, r.reference, r.request_hash as hash, r.accepted_body as body
    from requests r join unnest(?::uuid[], ?::text[], ?::text[]) as n(user_id, key, reference)
      on r.user_id = n.user_id and (r.idempotency_key = n.key or r.reference = n.reference)`,
    [skipped.map((r) => r.userId), skipped.map((r) => r.idempotencyKey), skipped.map((r) => r.reference)],
  );
  const byKey = new Map(found.map((f) => [`${f.userId}|${f.key}`, f]));
  const references = new Set(found.map((f) => `${f.userId}|${f.reference}`));
  return skipped.map((r) => {
    const first = byKey.get(`${r.userId}|${r.idempotencyKey}`);
    if (first !== undefined)
      return first.hash.equals(r.requestHash)
        ? { kind: 'replay', id: first.id, body: first.body }
        : { kind: 'key_reused' };
    return references.has(`${r.userId}|${r.reference}`)
      ? { kind: 'reference_taken' }
      : { kind: 'in_progress' };
  });
}
