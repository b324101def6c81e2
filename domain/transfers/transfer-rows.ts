import type { Knex } from 'knex';
import type { AccountId, UserId } from '../ids/ids';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { insertOne, selectOf, type ColumnsOf } from '../../platform/sql';
import type { WalletKind } from '../ledger/accounts';

/** The statements about transfers between wallets. */

/** `move`: between wallets of one user. `transfer`: down the network. `pull_back`: up again. */
export const TRANSFER_KINDS = ['move', 'transfer', 'pull_back'] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** A wallet that takes part. */
export interface Side {
  walletId: string;
  userId: UserId;
  accountId: AccountId;
  kind: WalletKind;
}

export interface NewTransfer {
  id: string;
  kind: TransferKind;
  userId: UserId;
  from: Side;
  to: Side;
  amountPaise: Paise;
  reference: string;
  reason: string | null;
  idempotencyKey: string;
  requestHash: Buffer;
  limitKey: string | null;
  createdAt: Date;
}

export interface TransferRow {
  id: string;
  kind: TransferKind;
  fromUser: UserId;
  fromKind: WalletKind;
  toUser: UserId;
  toKind: WalletKind;
  amountPaise: Paise;
  reference: string;
  reason: string | null;
  idempotencyKey: string;
  requestHash: Buffer;
  createdAt: Date;
}

/** False where the user has used the key or the reference before. Waits for one that is under way elsewhere. */
export async function insertTransfer(trx: Knex.Transaction, t: NewTransfer): Promise<boolean> {
  const inserted = await insertOne(
    trx,
    'wallet_transfers',
    {
      id: t.id,
      kind: t.kind,
      user_id: t.userId,
      from_wallet: t.from.walletId,
      from_user: t.from.userId,
      from_account: t.from.accountId,
      to_wallet: t.to.walletId,
      to_user: t.to.userId,
      to_account: t.to.accountId,
      amount_paise: t.amountPaise,
      reference: t.reference,
      reason: t.reason,
      idempotency_key: t.idempotencyKey,
      request_hash: t.requestHash,
      limit_key: t.limitKey,
      created_at: t.createdAt,
    },
    'on conflict do nothing',
  );
  return inserted === 1;
}

/** The wallets of a kind that these users have. */
export async function findSides(
  db: Knex | Knex.Transaction,
  wanted: readonly { userId: UserId; kind: WalletKind }[],
): Promise<(Side & { isActive: boolean })[]> {
  return rows<Side & { isActive: boolean }>(
    db,
    `select w.id as "walletId", w.user_id as "userId", w.account_id as "accountId", w.kind,
      u.status = 'active' as "isActive"
    from unnest(?::uuid[], ?::text[]) as n(user_id, kind)
      join wallets w on w.user_id = n.user_id and w.kind = n.kind
      join users u on u.id = w.user_id`,
    [wanted.map(({ userId }) => userId), wanted.map(({ kind }) => kind)],
  );
}

/** In paise; `maxPaise` of nothing: not allowed. */
export interface TransferRule {
  minPaise: Paise;
  maxPaise: Paise;
  dayCapPaise: Paise | null;
}

/** The rule in force on a business date. */
export async function ruleOn(
  db: Knex | Knex.Transaction,
  date: string,
  { kind, from, to }: { kind: TransferKind; from: WalletKind; to: WalletKind },
): Promise<TransferRule | undefined> {
  const [rule] = await rows<TransferRule>(
    db,
    `select min_paise as "minPaise", max_paise as "maxPaise", day_cap_paise as "dayCapPaise"
    from wallet_transfer_rules
    where kind = :kind and from_kind = :from and to_kind = :to and in_force_from <= :date::date
    order by in_force_from desc limit 1`,
    { kind, from, to, date },
  );
  return rule;
}

const SHOWN = selectOf({
  id: 't.id',
  kind: 't.kind',
  fromUser: 't.from_user',
  fromKind: 'f.kind',
  toUser: 't.to_user',
  toKind: 'g.kind',
  amountPaise: 't.amount_paise',
  reference: 't.reference',
  reason: 't.reason',
  idempotencyKey: 't.idempotency_key',
  requestHash: 't.request_hash',
  createdAt: 't.created_at',
} satisfies ColumnsOf<TransferRow>);
const WITH_KINDS = 'join wallets f on f.id = t.from_wallet join wallets g on g.id = t.to_wallet';

/** Those that a key or a reference has named. */
export function findNamed(
  db: Knex | Knex.Transaction,
  userId: UserId,
  { key, reference }: { key: string; reference: string },
): Promise<TransferRow[]> {
  return rows<TransferRow>(
    db,
    `select ${SHOWN} from wallet_transfers t ${WITH_KINDS}
    where t.user_id = :userId and (t.idempotency_key = :key or t.reference = :reference)`,
    { userId, key, reference },
  );
}

/** One in which the user has a side. */
export async function findTransfer(db: Knex, userId: UserId, id: string): Promise<TransferRow | undefined> {
  const [found] = await rows<TransferRow>(
    db,
    `select ${SHOWN} from wallet_transfers t ${WITH_KINDS}
    where t.id = :id and (t.from_user = :userId or t.to_user = :userId)`,
    { id, userId },
  );
  return found;
}

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const half = (side: 'from_user' | 'to_user'): string => `
  (select id from wallet_transfers where ${side} = :userId and id < :before::uuid order by id desc limit :limit)`;

/** Those of a user, the newest first. A move is one, though its user has both sides. */
export function listTransfers(
  lists: Knex,
  userId: UserId,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<TransferRow[]> {
  return rows<TransferRow>(
    lists,
    `select ${SHOWN}
    from (select id from (${half('from_user')} union ${half('to_user')}) both_sides
      order by id desc limit :limit) page
    join wallet_transfers t on t.id = page.id ${WITH_KINDS}
    order by t.id desc`,
    { userId, before: before ?? LAST_UUID, limit },
  );
}
