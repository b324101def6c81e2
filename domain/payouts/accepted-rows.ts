import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { insertBeneficiaries, type SealedBeneficiary } from '../beneficiaries/beneficiaries';
import type { PayoutMode } from './payout';

/** A payout ready to be stored. */
export interface AcceptedRow {
  id: string;
  userId: string;
  walletId: string;
  accountId: bigint;
  provider: string;
  mode: PayoutMode;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  currency: string;
  reference: string;
  narration: string | null;
  idempotencyKey: string;
  requestHash: Buffer;
  acceptedBody: string;
  limitKey: string | null;
  limitCapPaise: Paise | null;
  fingerprint: Buffer;
  beneficiary: { id: string } | { sealed: SealedBeneficiary };
  createdAt: Date;
  dueAt: Date;
  expiresAt: Date;
  expectedBy: Date;
}

export type InsertVerdict =
  | { kind: 'inserted'; beneficiaryId: string }
  | { kind: 'replay'; id: string; body: string }
  | { kind: 'key_reused' } | { kind: 'reference_taken' } | { kind: 'in_progress' };

/**
 * Inserts payouts that come together; those that are not new are read back and classified. Verdicts in the order given. Where every beneficiary is known
 * it is one statement, and so one database transaction by itself.
 */
export async function insertAccepted(knex: Knex, list: readonly AcceptedRow[]): Promise<InsertVerdict[]> {
  const fresh = list.flatMap((r) => ('sealed' in r.beneficiary ? [{ userId: r.userId, sealed: r.beneficiary.sealed, row: r.id }] : []));
  if (fresh.length === 0) return insertRows(knex, list, new Map());
  return knex.transaction(async (trx) => {
    const freshIds = await insertBeneficiaries(trx, fresh);
    return insertRows(trx, list, new Map(fresh.map((f, i) => [f.row, freshIds[i]!])));
  });
}

async function insertRows(db: Knex | Knex.Transaction, list: readonly AcceptedRow[], storedId: ReadonlyMap<string, string>): Promise<InsertVerdict[]> {
  const beneficiaryOf = (r: AcceptedRow): string => ('id' in r.beneficiary ? r.beneficiary.id : storedId.get(r.id)!);
  // Sorted by caller and key, so that two processes that get the same requests wait for each other in one direction only.
  const sorted = list.toSorted((a, b) => compare(a.userId, b.userId) || compare(a.idempotencyKey, b.idempotencyKey));
  const inserted = new Set((await insertTransactions(db, sorted, sorted.map(beneficiaryOf))).map((r) => r.id));
  const skipped = list.filter((r) => !inserted.has(r.id));
  const verdicts = new Map((await classify(db, skipped)).map((v, i) => [skipped[i]!.id, v]));
  return list.map((r) => (inserted.has(r.id) ? { kind: 'inserted', beneficiaryId: beneficiaryOf(r) } : verdicts.get(r.id)!));
}

/** The transaction that a caller's key made, if any. */
export async function findByKey(db: Knex | Knex.Transaction, userId: string, key: string): Promise<{ id: string; hash: Buffer; body: string } | undefined> {
  const [found] = await rows<{ id: string; hash: Buffer; body: string }>(db, 'select id, request_hash as hash, accepted_body as body from transactions where user_id = ? and idempotency_key = ?', [userId, key]);
  return found;
}

function compare(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

function insertTransactions(db: Knex | Knex.Transaction, r: readonly AcceptedRow[], beneficiaryIds: readonly string[]): Promise<{ id: string }[]> {
  return rows(db, `
    with n as (
      select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::int8[], ?::text[], ?::int8[], ?::int8[], ?::int8[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::text[], ?::int8[],
        ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::uuid[], ?::text[], ?::text[])
        as n(id, user_id, wallet_id, account_id, provider, amount, fee, tax, currency, reference, key, hash, body, limit_key, limit_cap, due_at, expected_by, expires_at, created_at, beneficiary_id, mode, narration)),
    stored as (
      insert into transactions (id, user_id, wallet_id, account_id, service, provider, amount_paise, fee_paise, tax_paise, currency, reference, idempotency_key, request_hash, accepted_body,
        limit_key, limit_cap_paise, due_at, expected_by, expires_at, created_at, updated_at)
      select id, user_id, wallet_id, account_id, 'payout', provider, amount, fee, tax, currency, reference, key, hash, body, limit_key, limit_cap, due_at, expected_by, expires_at, created_at, created_at
      from n on conflict do nothing returning id),
    details as (insert into payouts (transaction_id, beneficiary_id, mode, narration) select n.id, n.beneficiary_id, n.mode, n.narration from n join stored on stored.id = n.id)
    select id from stored`,
  [r.map((x) => x.id), r.map((x) => x.userId), r.map((x) => x.walletId), r.map((x) => x.accountId), r.map((x) => x.provider), r.map((x) => x.amountPaise), r.map((x) => x.feePaise), r.map((x) => x.taxPaise),
    r.map((x) => x.currency), r.map((x) => x.reference), r.map((x) => x.idempotencyKey), r.map((x) => x.requestHash), r.map((x) => x.acceptedBody), r.map((x) => x.limitKey), r.map((x) => x.limitCapPaise),
    r.map((x) => x.dueAt.toISOString()), r.map((x) => x.expectedBy.toISOString()), r.map((x) => x.expiresAt.toISOString()), r.map((x) => x.createdAt.toISOString()), beneficiaryIds, r.map((x) => x.mode), r.map((x) => x.narration)]);
}

/** Why rows were not inserted: the key was used (same content: a replay), or the reference was. */
async function classify(db: Knex | Knex.Transaction, skipped: readonly AcceptedRow[]): Promise<InsertVerdict[]> {
  if (skipped.length === 0) return [];
  const found = await rows<{ id: string; userId: string; key: string; reference: string; hash: Buffer; body: string }>(db, `
    select t.id, t.user_id as "userId", t.idempotency_key as key, t.reference, t.request_hash as hash, t.accepted_body as body
    from transactions t join unnest(?::uuid[], ?::text[], ?::text[]) as n(user_id, key, reference)
      on t.user_id = n.user_id and (t.idempotency_key = n.key or t.reference = n.reference)`,
  [skipped.map((r) => r.userId), skipped.map((r) => r.idempotencyKey), skipped.map((r) => r.reference)]);
  const byKey = new Map(found.map((f) => [`${f.userId}|${f.key}`, f]));
  const references = new Set(found.map((f) => `${f.userId}|${f.reference}`));
  return skipped.map((r) => {
    const first = byKey.get(`${r.userId}|${r.idempotencyKey}`);
    if (first !== undefined) return first.hash.equals(r.requestHash) ? { kind: 'replay', id: first.id, body: first.body } : { kind: 'key_reused' };
    return references.has(`${r.userId}|${r.reference}`) ? { kind: 'reference_taken' } : { kind: 'in_progress' };
  });
}
