import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { ruleInForce } from '../errors/rule-in-force';
import type { WalletKind } from '../ledger/accounts';

/** The statements about what holds money back. Triggers bring each change to the account of the wallet. */

export interface LienRow {
  id: string;
  walletId: string;
  userId: UserId;
  kind: WalletKind;
  amountPaise: Paise;
  reference: string;
  reason: string;
  placedBy: UserId;
  placedAt: Date;
  /** Null: with its dispute. */
  endsAt: Date | null;
  releasedAt: Date | null;
}

/** A wallet with a credit line, in paise. */
export interface CreditLineRow {
  userId: UserId;
  limitPaise: Paise;
  /** What the user owes us now. */
  usedPaise: Paise;
  setAt: Date;
  /** When the balance last went below zero; null while nothing is used. */
  usedSince: Date | null;
}

type Database = Knex | Knex.Transaction;

/** Throws DomainError WALLET_NOT_FOUND. */
export async function walletOf(
  db: Database,
  userId: UserId,
  kind: WalletKind,
): Promise<{ walletId: string; balancePaise: Paise; limitPaise: Paise }> {
  const [found] = await rows<{ walletId: string; balancePaise: Paise; limitPaise: Paise }>(
    db,
    `select w.id as "walletId", a.credits_paise - a.debits_paise as "balancePaise", -a.floor_paise as "limitPaise"
    from wallets w join ledger_accounts a on a.id = w.account_id where w.user_id = ? and w.kind = ?`,
    [userId, kind],
  );
  if (found === undefined) throw new DomainError('WALLET_NOT_FOUND');
  return found;
}

/** The days of a lien on a business date. Throws DomainError POLICY_NOT_FOUND. */
export async function lienDaysOn(db: Database, date: string): Promise<number> {
  const [found] = await rows<{ days: number }>(
    db,
    'select days from wallet_lien_rules where in_force_from <= ?::date order by in_force_from desc limit 1',
    [date],
  );
  return ruleInForce(found, 'no length of liens').days;
}

export async function isFrozen(db: Database, walletId: string): Promise<boolean> {
  const found = await rows<{ id: string }>(
    db,
    'select id from wallet_freezes where wallet_id = ? and lifted_at is null',
    [walletId],
  );
  return found.length > 0;
}

/** False where it is not frozen. */
export async function liftFreeze(
  trx: Knex.Transaction,
  { walletId, by, at }: { walletId: string; by: UserId; at: Date },
): Promise<boolean> {
  const lifted = await execute(
    trx,
    `update wallet_freezes set lifted_by = :by, lifted_at = :at where wallet_id = :walletId and lifted_at is null`,
    { walletId, by, at },
  );
  return lifted === 1;
}

const LIEN = selectOf({
  id: 'l.id',
  walletId: 'l.wallet_id',
  userId: 'w.user_id',
  kind: 'w.kind',
  amountPaise: 'l.amount_paise',
  reference: 'l.reference',
  reason: 'l.reason',
  placedBy: 'l.placed_by',
  placedAt: 'l.placed_at',
  endsAt: 'l.ends_at',
  releasedAt: 'l.released_at',
} satisfies ColumnsOf<LienRow>);

export async function findLien(db: Database, id: string): Promise<LienRow | undefined> {
  const [found] = await rows<LienRow>(
    db,
    `select ${LIEN} from wallet_liens l join wallets w on w.id = l.wallet_id where l.id = ?`,
    [id],
  );
  return found;
}

/** Those that stand, the one that ends next first. */
export function listLiens(db: Database, limit: number): Promise<LienRow[]> {
  return rows<LienRow>(
    db,
    `select ${LIEN} from wallet_liens l join wallets w on w.id = l.wallet_id
    where l.released_at is null order by l.ends_at, l.id limit ?`,
    [limit],
  );
}

/** False where it was released before. */
export async function releaseLien(
  trx: Knex.Transaction,
  { id, by, at }: { id: string; by: UserId; at: Date },
): Promise<boolean> {
  const released = await execute(
    trx,
    'update wallet_liens set released_by = :by, released_at = :at where id = :id and released_at is null',
    { id, by, at },
  );
  return released === 1;
}

/**
 * Releases a lien whose time is over, and returns its id; undefined where there is none. One at a time, so that one
 * account is locked at a time; two processes at once take different ones.
 */
export async function releaseEnded(trx: Knex.Transaction, at: Date): Promise<string | undefined> {
  const [released] = await rows<{ id: string }>(
    trx,
    `with ended as (
      select id from wallet_liens where released_at is null and ends_at <= :at
      order by ends_at limit 1 for update skip locked)
    update wallet_liens l set released_at = :at from ended where l.id = ended.id returning l.id`,
    { at },
  );
  return released?.id;
}

/** Every wallet that may owe us something, the largest debt first. */
export function creditReport(db: Database): Promise<CreditLineRow[]> {
  return rows<CreditLineRow>(
    db,
    `select w.user_id as "userId", line.limit_paise as "limitPaise", greatest(0, a.debits_paise - a.credits_paise)
        as "usedPaise", line.set_at as "setAt",
      case when a.credits_paise < a.debits_paise then (select t.created_at from ledger_transfers t
        where t.debit_account_id = a.id and t.debit_balance_after < 0
          and t.debit_balance_after + t.amount_paise >= 0
        order by t.id desc limit 1) end as "usedSince"
    from (select distinct on (wallet_id) wallet_id, limit_paise, set_at from wallet_credit_lines
        order by wallet_id, id desc) line
      join wallets w on w.id = line.wallet_id join ledger_accounts a on a.id = w.account_id
    where line.limit_paise > 0 or a.credits_paise < a.debits_paise
    order by a.credits_paise - a.debits_paise, w.id`,
  );
}
