import type { Knex } from 'knex';
import type { AccountId, TransactionId, UserId } from '../ids/ids';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { DomainError, fieldError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import type { WalletKind } from '../ledger/accounts';
import { STATEMENT_ERRORS } from './errors';

/**
 * Which lines of a wallet belong to some days in India. A day begins with the first line of its time, so each line
 * is of one day, and the balance at the end of a day is that at the beginning of the next.
 */
export interface Days {
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
}

export interface StatementWallet {
  walletId: string;
  userId: UserId;
  userName: string;
  kind: WalletKind;
  accountId: AccountId;
  createdAt: Date;
}

/** The lines from `firstId`, up to and without `endId`. */
export interface Span {
  wallet: StatementWallet;
  days: Days;
  firstId: bigint;
  endId: bigint;
  openingPaise: Paise;
  closingPaise: Paise;
}

/** A line with what stands beside it. */
export interface SpanLine {
  id: bigint;
  journalId: string;
  line: number;
  at: Date;
  code: string;
  isCredit: boolean;
  amountPaise: Paise;
  balancePaise: Paise;
  transactionId: TransactionId | null;
  service: string | null;
  reference: string | null;
  utr: string | null;
}

export const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

/** Throws DomainError WALLET_NOT_FOUND. */
export async function findStatementWallet(
  db: Knex,
  userId: UserId,
  walletId: string,
): Promise<StatementWallet> {
  const [found] = await inListTime(
    rows<StatementWallet>(
      db,
      `select w.id as "walletId", w.user_id as "userId", u.name as "userName", w.kind, w.account_id as "accountId",
        w.created_at as "createdAt"
      from wallets w join users u on u.id = w.user_id where w.id = ? and w.user_id = ?`,
      [walletId, userId],
    ),
  );
  if (found === undefined) throw new DomainError('WALLET_NOT_FOUND');
  return found;
}

/** Throws DomainError STATEMENT_SPAN_INVALID. */
export function requireDays({ from, to }: Days, mostDays: number): void {
  const days = (startOfBusinessDate(to).getTime() - startOfBusinessDate(from).getTime()) / DAY_MS + 1;
  if (days >= 1 && days <= mostDays) return;
  throw fieldError(
    STATEMENT_ERRORS.STATEMENT_SPAN_INVALID,
    '?to',
    days < 1 ? 'must not be before from' : `must be less than ${mostDays} days after from`,
  );
}

/**
 * The lines of the days, as they stand now: of today those that are posted. They do not change while they are read.
 * Throws DomainError WALLET_NOT_FOUND, STATEMENT_SPAN_INVALID, LIST_TOO_SLOW.
 */
export async function findSpan(lists: Knex, userId: UserId, walletId: string, days: Days): Promise<Span> {
  requireDays(days, MOST_DAYS);
  const wallet = await findStatementWallet(lists, userId, walletId);
  const [found] = await inListTime(
    rows<Pick<Span, 'firstId' | 'endId' | 'openingPaise' | 'closingPaise'>>(lists, SPAN, {
      accountId: wallet.accountId,
      from: startOfBusinessDate(days.from),
      until: addMs(startOfBusinessDate(days.to), DAY_MS),
    }),
  );
  return { wallet, days, ...found! };
}

const SPAN = `
  select span."firstId", span."endId", ledger_balance_before(:accountId::int8, span."firstId") as "openingPaise",
    ledger_balance_before(:accountId::int8, span."endId") as "closingPaise"
  from (select coalesce((select line_id from ledger_first_line_from(:accountId::int8, :from::timestamptz)), newest.id) as "firstId",
      coalesce((select line_id from ledger_first_line_from(:accountId::int8, :until::timestamptz)), newest.id) as "endId"
    from (select 1 + coalesce(greatest(
      (select max(id) from ledger_transfers where debit_account_id = :accountId::int8),
      (select max(id) from ledger_transfers where credit_account_id = :accountId::int8)), 0) as id) newest
    offset 0) span`; // evaluated once

const side = (mine: 'debit' | 'credit'): string => `
  (select id, journal_id as "journalId", line, created_at as at, code, ${mine === 'credit'} as "isCredit",
     amount_paise as "amountPaise", ${mine}_balance_after as "balancePaise", transaction_id as "transactionId"
   from ledger_transfers
   where ${mine}_account_id = :accountId and id >= :firstId and id < :endId
   order by id limit :limit)`;
/**
 * The oldest first. What stands beside a line is that of its transaction, of the transfer or of the fund request that
 * it posted; a reference is shown to whom it belongs.
 */
const LINES = `
  select line.*, t.service, coalesce(t.reference, w.reference) as reference, coalesce(t.utr, f.utr) as utr
  from (${side('debit')} union all ${side('credit')} order by id limit :limit) line
    left join transactions t on t.id = line."transactionId"
    left join wallet_transfers w on w.id = line."journalId" and w.user_id = :userId
    left join fund_requests f on f.journal_id = line."journalId"
  order by line.id`;

const CHUNK = 1_000;

/**
 * Every line of the span, some at a time, each time in a short statement of its own: nothing is held between them, so
 * a reader who goes away leaves nothing behind, and a long statement takes no more memory than a short one.
 */
export async function* linesOf(lists: Knex, span: Span): AsyncGenerator<SpanLine[]> {
  const { wallet, endId } = span;
  for (let { firstId } = span; firstId < endId;) {
    const found = await inListTime(
      rows<SpanLine>(lists, LINES, {
        accountId: wallet.accountId,
        userId: wallet.userId,
        firstId,
        endId,
        limit: CHUNK,
      }),
    );
    if (found.length > 0) yield found;
    if (found.length < CHUNK) return;
    firstId = found.at(-1)!.id + 1n;
  }
}
