import type { AccountId, UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Cursors } from '../errors/cursor';
import { addMs, startOfBusinessDate } from '../../platform/clock';
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

/** `from` and `to`: days in India, both included; both or none. */
export interface StatementRequest extends PageRequest {
  from?: string;
  to?: string;
}

export interface WalletReader {
  list(userId: UserId): Promise<WalletView[]>;
  /** Newest first, with the running balance after each line. Throws DomainError WALLET_NOT_FOUND, LIST_TOO_SLOW. */
  statement(userId: UserId, walletId: string, page: StatementRequest): Promise<Page<StatementLineView>>;
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
    async statement(userId, walletId, { limit, cursor, ...days }) {
      const [wallet] = await inListTime(rows<{ accountId: AccountId }>(lists, ACCOUNT, [walletId, userId]));
      if (wallet === undefined) throw new DomainError('WALLET_NOT_FOUND');
      const { decode, encode } = cursors.of(statementScope(userId, walletId, days));
      const lines = {
        userId,
        accountId: wallet.accountId,
        beforeId: decode(cursor) ?? null,
        limit: limit + 1,
      };
      const found = await inListTime(statementLines(lists, lines, days));
      const page = pageOf(found, limit, (last) => encode(last.id.toString()));
      return mapPage(page, lineView);
    },
  };
}

/** The question that a cursor of a statement belongs to. */
export function statementScope(
  userId: UserId,
  walletId: string,
  { from, to }: Pick<StatementRequest, 'from' | 'to'> = {},
): string {
  const days = from === undefined ? [] : [from, to];
  return JSON.stringify(['statement', userId, walletId, ...days]);
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
      where t.wallet_id = w.id and t.ended_as is null
        and (t.state in ('held', 'dispatched', 'refund_pending') or (t.state = 'in_review' and t.posted_count = 0))
    ), 0)::int8 as held,
    coalesce((
      select sum(t.total_paise) from transactions t where t.wallet_id = w.id and t.ended_as is null and t.state = 'accepted'
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
  lists: Knex,
  lines: { userId: UserId; accountId: AccountId; beforeId: string | null; limit: number },
  { from, to }: Pick<StatementRequest, 'from' | 'to'>,
): Promise<ToldLine[]> {
  if (from === undefined || to === undefined)
    return rows<ToldLine>(lists, STATEMENT, { ...lines, firstId: 0n });
  const begins = startOfBusinessDate(from);
  const ends = addMs(startOfBusinessDate(to), DAY_MS);
  return rows<ToldLine>(lists, STATEMENT_OF_DAYS, { ...lines, begins, ends });
}

const DAY_MS = 86_400_000;

interface Bounds {
  first: string;
  end: string;
}
const side = (mine: 'debit' | 'credit', bounds: Bounds): string => `
  (select id, journal_id as "journalId", line, created_at as at, code, ${mine === 'credit'} as "isCredit",
     amount_paise as amount, ${mine}_balance_after as "balanceAfter", transaction_id as "transactionId"
   from ledger_transfers
   where ${mine}_account_id = :accountId and id < ${bounds.end} and id >= ${bounds.first}
   order by id desc limit :limit)`;
/**
 * The lines are picked first, so that only those of the page are looked up. A line of no transaction has the
 * reference of the user's own transfer between wallets, or the UTR of the fund request.
 */
const statementText = (bounds: Bounds): string => `
  select line.*, t.service, coalesce(t.reference, w.reference) as reference, coalesce(t.utr, f.utr) as utr,
    t.amount_paise as principal, t.fee_paise as fee, t.tax_paise as tax, t.charge_paise as charge
  from (${side('debit', bounds)} union all ${side('credit', bounds)} order by id desc limit :limit) line
  left join transactions t on t.id = line."transactionId"
  left join wallet_transfers w on w.id = line."journalId" and w.user_id = :userId
  left join fund_requests f on f.journal_id = line."journalId"
  order by line.id desc`;
const LAST = '9223372036854775807';
const BEFORE = `coalesce(:beforeId::int8, ${LAST})`;
const STATEMENT = statementText({ first: ':firstId::int8', end: BEFORE });
const lineFrom = (time: string): string =>
  `coalesce((select line_id from ledger_first_line_from(:accountId::int8, :${time}::timestamptz)), ${LAST})`;
const STATEMENT_OF_DAYS = statementText({
  first: `(select ${lineFrom('begins')})`,
  end: `least(${BEFORE}, (select ${lineFrom('ends')}))`,
});

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
