import type { AccountId, UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Cursors } from '../errors/cursor';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { splitOf } from './split';

/**
 * Balances, in paise:
 * - `balance` is spendable money, as the ledger has it;
 * - `held` has left the balance for transactions that run, or that went into review before anything was
 *   posted;
 * - `lien` stays in the wallet until its end, and `credit_limit` is how far the balance may go below zero;
 * - `available` is the balance and the credit, less the lien and the transactions that are accepted and not held
 *   yet: a next request may count on it. Of a frozen wallet it is nothing.
 */
export interface WalletView {
  id: string;
  object: 'wallet';
  kind: string;
  currency: string;
  balance: number;
  held: number;
  lien: number;
  credit_limit: number;
  frozen: boolean;
  available: number;
  created_at: string;
}
export interface StatementLineView {
  object: 'statement_line';
  id: string;
  at: string;
  code: string;
  direction: 'credit' | 'debit';
  amount: number;
  balance_after: number;
  transaction: string | null;
  /** Of the transaction, as are the two below; null on a line that belongs to none. */
  service: string | null;
  reference: string | null;
  utr: string | null;
  /** The line's amount in its parts; null where a line is no part of a price. */
  split: SplitView | null;
}
/** Paise. In a credit to a wallet that is paid, fee and tax are taken off and stand here below zero. */
export interface SplitView {
  amount: number;
  fee: number;
  tax: number;
  charge: number;
}

export interface WalletReader {
  list(userId: UserId): Promise<WalletView[]>;
  /** Newest first, with the running balance after each line. Throws DomainError WALLET_NOT_FOUND, LIST_TOO_SLOW. */
  statement(userId: UserId, walletId: string, page: PageRequest): Promise<Page<StatementLineView>>;
}

interface Line {
  id: bigint;
  journalId: string;
  line: number;
  at: Date;
  code: string;
  isCredit: boolean;
  amount: bigint;
  balanceAfter: bigint;
  transactionId: TransactionId | null;
}

/** A line with what its transaction says. */
interface ToldLine extends Line {
  service: string | null;
  reference: string | null;
  utr: string | null;
  principal: bigint | null;
  fee: bigint | null;
  tax: bigint | null;
  charge: bigint | null;
}

export function createWalletReader({
  knex,
  lists,
  cursors,
}: {
  knex: Knex;
  /** Where statements are read: connections of their own, with a short time for each statement of SQL. */
  lists: Knex;
  cursors: Cursors;
}): WalletReader {
  return {
    async list(userId) {
      const found = await rows<Balances>(knex, BALANCES, [userId]);
      return found.map(walletView);
    },
    async statement(userId, walletId, { limit, cursor }) {
      const [wallet] = await inListTime(rows<{ accountId: AccountId }>(lists, ACCOUNT, [walletId, userId]));
      if (wallet === undefined) throw new DomainError('WALLET_NOT_FOUND');
      const { decode, encode } = cursors.of(statementScope(userId, walletId));
      const before = decode(cursor) ?? null;
      const found = await inListTime(statementLines(lists, wallet.accountId, before, limit + 1));
      const page = pageOf(found, limit, (last) => encode(last.id.toString()));
      return mapPage(page, lineView);
    },
  };
}

/** The question that a cursor of a statement belongs to. */
export function statementScope(userId: UserId, walletId: string): string {
  return JSON.stringify(['statement', userId, walletId]);
}

interface Balances {
  id: string;
  kind: string;
  currency: string;
  balance: bigint;
  held: bigint;
  accepted: bigint;
  liens: bigint;
  creditLimit: bigint;
  isFrozen: boolean;
  createdAt: Date;
}

/** As `ledger_accounts.spend_floor_paise` says that nothing is taken; the ledger knows it by the same name. */
const FROZEN_PAISE = '9223372036854775807';

/** Sums of money stay in SQL: one statement sees the ledger and the transactions at the same instant. */
const BALANCES = `
  select w.id, w.kind, a.currency, a.credits_paise - a.debits_paise as balance, w.created_at as "createdAt",
    coalesce((select sum(l.amount_paise) from wallet_liens l
      where l.wallet_id = w.id and l.released_at is null), 0)::int8 as liens,
    -a.floor_paise as "creditLimit", coalesce(a.spend_floor_paise = ${FROZEN_PAISE}, false) as "isFrozen",
    coalesce((
      select sum(t.total_paise) from transactions t
      where t.wallet_id = w.id
        and (t.state in ('held', 'dispatched', 'refund_pending') or (t.state = 'in_review' and t.posted_count = 0))
    ), 0)::int8 as held,
    coalesce((
      select sum(t.total_paise) from transactions t where t.wallet_id = w.id and t.state = 'accepted'
    ), 0)::int8 as accepted
  from wallets w join ledger_accounts a on a.id = w.account_id
  where w.user_id = ?
  order by w.created_at, w.id`;

function walletView(row: Balances): WalletView {
  return {
    id: publicId('wallet', row.id),
    object: 'wallet',
    kind: row.kind,
    currency: row.currency,
    balance: paiseToJson(row.balance),
    held: paiseToJson(row.held),
    lien: paiseToJson(row.liens),
    credit_limit: paiseToJson(row.creditLimit),
    frozen: row.isFrozen,
    available: paiseToJson(availableOf(row)),
    created_at: row.createdAt.toISOString(),
  };
}

function availableOf({ balance, accepted, liens, creditLimit, isFrozen }: Balances): bigint {
  const left = balance + creditLimit - liens - accepted;
  return isFrozen || left < 0n ? 0n : left;
}

const ACCOUNT = 'select account_id as "accountId" from wallets where id = ? and user_id = ?';

/** The newest lines of an account. Each side has an index of its own, so the newest of both are merged. */
function statementLines(
  knex: Knex,
  accountId: AccountId,
  beforeId: string | null,
  limit: number,
): Promise<ToldLine[]> {
  return rows<ToldLine>(knex, STATEMENT, { accountId, beforeId, limit });
}

const side = (mine: 'debit' | 'credit'): string => `
  (select id, journal_id as "journalId", line, created_at as at, code, ${mine === 'credit'} as "isCredit",
     amount_paise as amount, ${mine}_balance_after as "balanceAfter", transaction_id as "transactionId"
   from ledger_transfers
   where ${mine}_account_id = :accountId and id < coalesce(:beforeId::int8, 9223372036854775807)
   order by id desc limit :limit)`;
/** The lines are picked first, so that only those of the page are looked up. */
const STATEMENT = `
  select line.*, t.service, t.reference, t.utr, t.amount_paise as principal, t.fee_paise as fee,
    t.tax_paise as tax, t.charge_paise as charge
  from (${side('debit')} union all ${side('credit')} order by id desc limit :limit) line
  left join transactions t on t.id = line."transactionId"
  order by line.id desc`;

function lineView(line: ToldLine): StatementLineView {
  return {
    object: 'statement_line',
    id: `${publicId('transfer', line.journalId)}_${line.line}`,
    at: line.at.toISOString(),
    code: line.code,
    direction: line.isCredit ? 'credit' : 'debit',
    amount: paiseToJson(line.amount),
    balance_after: paiseToJson(line.balanceAfter),
    transaction: line.transactionId === null ? null : publicId('transaction', line.transactionId),
    service: line.service,
    reference: line.reference,
    utr: line.utr,
    split: splitView(line),
  };
}

function splitView({ code, amount, principal, fee, tax, charge }: ToldLine): SplitView | null {
  if (principal === null || fee === null || tax === null || charge === null) return null;
  const split = splitOf(
    { code, amountPaise: amount },
    { amountPaise: principal, feePaise: fee, taxPaise: tax, chargePaise: charge },
  );
  if (split === null) return null;
  return {
    amount: paiseToJson(split.amountPaise),
    fee: paiseToJson(split.feePaise),
    tax: paiseToJson(split.taxPaise),
    charge: paiseToJson(split.chargePaise),
  };
}
