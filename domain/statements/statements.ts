import type { Knex } from 'knex';
import type { AccountId, UserId } from '../ids/ids';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import { csvOf } from './csv';
import { STATEMENT_ERRORS } from './errors';
import { pdfOf } from './pdf';
import { findSpan, findStatementWallet, requireDays, type Days, type Span } from './span';

/** What a wallet held, and what moved it: by day, as a file, at an instant. */
export interface Statements {
  /** Each day with its balances and sums. Throws what `findSpan` throws; at most `SUMMARY_DAYS` days. */
  summary(userId: UserId, walletId: string, days: Days): Promise<SummaryView>;
  /** In pieces, each read when it is asked for; they end with the lines that were there at the beginning. */
  csv(userId: UserId, walletId: string, days: Days): Promise<StatementFile<AsyncGenerator<string>>>;
  /** Throws DomainError STATEMENT_TOO_LONG too. */
  pdf(userId: UserId, walletId: string, days: Days): Promise<StatementFile<Buffer>>;
  /**
   * What the wallet held just before an instant. Throws DomainError WALLET_NOT_FOUND; BALANCE_NOT_KNOWN where no
   * answer would be right for ever.
   */
  balanceAt(userId: UserId, walletId: string, at: Date): Promise<BalanceView>;
}

export interface StatementFile<Content> {
  name: string;
  content: Content;
}

export interface SummaryView {
  object: 'statement_summary';
  wallet: string;
  from: string;
  to: string;
  opening: number;
  credits: number;
  debits: number;
  closing: number;
  lines: number;
  days: DayView[];
}
export interface DayView {
  date: string;
  opening: number;
  credits: number;
  debits: number;
  closing: number;
  lines: number;
}
export interface BalanceView {
  object: 'balance';
  wallet: string;
  at: string;
  balance: number;
  currency: 'INR';
}

export const SUMMARY_DAYS = 92;
/** Some hundred pages; more is for a program, and that reads CSV. */
export const PDF_LINES = 5_000;
/**
 * A posting takes its time before it is committed, and the statements of its database transaction may each wait for
 * up to 18 s: what is older than this is there or never comes.
 */
const SETTLED_MS = 60_000;

export function createStatements(deps: { lists: Knex; clock: Clock }): Statements {
  const { lists, clock } = deps;
  return {
    summary: (userId, walletId, days) => summaryOf(lists, userId, walletId, days),
    async csv(userId, walletId, days) {
      const span = await findSpan(lists, userId, walletId, days);
      return { name: nameOf(span, 'csv'), content: csvOf(lists, span) };
    },
    async pdf(userId, walletId, days) {
      const span = await findSpan(lists, userId, walletId, days);
      await requireFew(lists, span);
      return { name: nameOf(span, 'pdf'), content: await pdfOf(lists, span, clock.now()) };
    },
    balanceAt: (userId, walletId, at) => balanceAt(deps, userId, walletId, at),
  };
}

const nameOf = ({ wallet, days }: Span, form: string): string =>
  `statement-${wallet.kind}-${days.from}-${days.to}.${form}`;

const few = (mine: 'debit' | 'credit'): string => `
  (select id from ledger_transfers where ${mine}_account_id = :accountId and id >= :firstId and id < :endId
    order by id limit :most)`;

async function requireFew(lists: Knex, { wallet, firstId, endId }: Span): Promise<void> {
  const [found] = await inListTime(
    rows<{ count: number }>(
      lists,
      `select count(*)::int as count from (${few('debit')} union all ${few('credit')} limit :most) lines`,
      { accountId: wallet.accountId, firstId, endId, most: PDF_LINES + 1 },
    ),
  );
  if (found!.count > PDF_LINES)
    throw new DomainError(STATEMENT_ERRORS.STATEMENT_TOO_LONG, {
      detail: `a PDF holds ${PDF_LINES} lines at most: ask for fewer days, or for CSV`,
    });
}

interface DayRow {
  date: string;
  opening: Paise;
  closing: Paise;
  credits: Paise;
  debits: Paise;
  lines: number;
}

const sumOf = (mine: 'debit' | 'credit'): string => `
  select coalesce(sum(amount_paise), 0)::int8 as sum, count(*)::int as lines from ledger_transfers
  where ${mine}_account_id = :accountId::int8 and id >= day.first_id and id < day.end_id`;
const BY_DAY = `
  select day.date, ledger_balance_before(:accountId::int8, day.first_id) as opening,
    ledger_balance_before(:accountId::int8, day.end_id) as closing, credit.sum as credits, debit.sum as debits,
    credit.lines + debit.lines as lines
  from (
    select begins::date::text as date, first_id, lead(first_id) over (order by begins) as end_id
    from (
      select begins, coalesce((select line_id
        from ledger_first_line_from(:accountId::int8, begins at time zone 'Asia/Kolkata')), :endId::int8) as first_id
      from generate_series(:from::timestamp, :to::timestamp + interval '1 day', interval '1 day') begins offset 0) bounds
    ) day
    cross join lateral (${sumOf('credit')}) credit cross join lateral (${sumOf('debit')}) debit
  where day.end_id is not null
  order by day.date`;

async function summaryOf(lists: Knex, userId: UserId, walletId: string, days: Days): Promise<SummaryView> {
  requireDays(days, SUMMARY_DAYS);
  const span = await findSpan(lists, userId, walletId, days);
  const { wallet, endId, openingPaise, closingPaise } = span;
  const found = await inListTime(
    rows<DayRow>(lists, BY_DAY, { accountId: wallet.accountId, endId, ...days }),
  );
  const sum = (of: (day: DayRow) => Paise): number =>
    paiseToJson(found.reduce((all, day) => all + of(day), 0n));
  return {
    object: 'statement_summary',
    wallet: publicId('wallet', walletId),
    ...days,
    opening: paiseToJson(openingPaise),
    credits: sum(({ credits }) => credits),
    debits: sum(({ debits }) => debits),
    closing: paiseToJson(closingPaise),
    lines: found.reduce((all, { lines }) => all + lines, 0),
    days: found.map(({ date, opening, credits, debits, closing, lines }) => ({
      date,
      opening: paiseToJson(opening),
      credits: paiseToJson(credits),
      debits: paiseToJson(debits),
      closing: paiseToJson(closing),
      lines,
    })),
  };
}

async function balanceAt(
  { lists, clock }: { lists: Knex; clock: Clock },
  userId: UserId,
  walletId: string,
  at: Date,
): Promise<BalanceView> {
  const { accountId, createdAt } = await findStatementWallet(lists, userId, walletId);
  if (at > clock.now()) throw notKnown('it is in the future');
  if (addMs(at, SETTLED_MS) > clock.now())
    throw notKnown(
      `what was posted then may not be visible yet: ask again at ${addMs(at, SETTLED_MS).toISOString()}`,
    );
  if (at < createdAt) throw notKnown(`the wallet was opened at ${createdAt.toISOString()}`);
  const { balancePaise, isCertain, isLost } = await readBalance(lists, accountId, at);
  if (isLost)
    throw notKnown('it falls into a time of which the database was restored without what was written then');
  if (!isCertain)
    throw notKnown(
      'the clocks of two processes differ there about what came first: ask for some seconds earlier or later',
    );
  return {
    object: 'balance',
    wallet: publicId('wallet', walletId),
    at: at.toISOString(),
    balance: paiseToJson(balancePaise),
    currency: 'INR',
  };
}

async function readBalance(
  lists: Knex,
  accountId: AccountId,
  at: Date,
): Promise<{ balancePaise: Paise; isCertain: boolean; isLost: boolean }> {
  const [found] = await inListTime(
    rows<{ balancePaise: Paise; isCertain: boolean; isLost: boolean }>(
      lists,
      `select ledger_balance_before(:accountId::int8, coalesce(next.line_id, 9223372036854775807)) as "balancePaise",
        next.is_certain as "isCertain",
        exists (select from restores r where r.kind = 'restore' and r.point < :at::timestamptz
          and r.begun_at > :at::timestamptz) as "isLost"
      from ledger_first_line_from(:accountId::int8, :at::timestamptz) next`,
      { accountId, at },
    ),
  );
  return found!;
}

function notKnown(why: string): DomainError {
  return new DomainError(STATEMENT_ERRORS.BALANCE_NOT_KNOWN, {
    detail: `the balance cannot be told: ${why}`,
  });
}
