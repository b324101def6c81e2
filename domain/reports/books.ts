import { BALANCES_AT } from '../snapshots/snapshots';
import { codeText, indiaTime, rangesOf } from './days';
import { column, type Report } from './report';

const COMMON = { permission: 'books.read', forms: ['json', 'csv', 'pdf'] } as const;
const DAYS = { from: 'needed', to: 'needed' } as const;

/** Accounts of users are one line for each kind; what is overdrawn stands on the other side. */
const TRIAL_BALANCE: Report = {
  ...COMMON,
  name: 'trial_balance',
  title: 'Trial balance',
  summary: 'what each account held at the end of a day; wallets and other accounts of users by kind',
  parameters: { on: 'needed' },
  needsClosedDays: true,
  columns: [
    column.text('account', 'Account', 5),
    column.text('type', 'Type', 2),
    column.count('accounts', 'Accounts', 1),
    column.sum('debit', 'Debit', 2),
    column.sum('credit', 'Credit', 2),
  ],
  sql: `
    select case split_part(b.code, ':', 1) || ' ' || split_part(b.code, ':', 2)
        when 'payable refund' then ${codeText('payable', 'refund')}
        when 'receivable user' then ${codeText('receivable', 'user')}
        else case split_part(b.code, ':', 1) when 'wallet' then 'wallet' || ':' || split_part(b.code, ':', 3)
          else b.code end end as account,
      b.type, count(*) as accounts, sum(greatest(-b.balance, 0)) as debit, sum(greatest(b.balance, 0)) as credit
    from (${BALANCES_AT.replaceAll(':date::date', ':on::date')}) b group by 1, 2 order by 1, 2`,
};

const DAY_BOOK: Report = {
  ...COMMON,
  name: 'day_book',
  title: 'Day book',
  summary: 'every posting of some days: from which account to which, for what, and how much',
  parameters: DAYS,
  needsClosedDays: true,
  columns: [
    column.day('day', 'Day', 2),
    column.time('time', 'Time (IST)', 3),
    column.text('line', 'Line'),
    column.text('what', 'What', 3),
    column.account('debit_account', 'Debit', 6.2),
    column.account('credit_account', 'Credit', 6.2),
    column.text('service', 'Service', 2),
    column.id('transaction', 'transaction', 'Transaction', 5.4),
    column.sum('amount', 'Amount', 3),
  ],
  // each posting once, on its debit side
  sql: `
    with ranges as (${rangesOf('s.day_debits_paise > 0')})
    select r.day, ${indiaTime('t.created_at')} as time, t.journal_id || '_' || t.line as line, t.code as what,
      r.code as debit_account, c.code as credit_account, x.service, t.transaction_id as transaction, t.amount_paise as amount
    from ranges r cross join lateral (select * from ledger_transfers l
        where l.debit_account_id = r.account_id and l.id > r.after and l.id <= r.upto) t
      join ledger_accounts c on c.id = t.credit_account_id
      left join transactions x on x.id = t.transaction_id
    order by r.day, t.id`,
  countSql: `select (coalesce(sum(day_lines), 0) / 2)::int8 as n from balance_snapshots
    where business_date between :from::date and :to::date`,
};

const LAST = '9223372036854775807';
const lineFrom = (instant: string): string =>
  `coalesce((select f.line_id from ledger_first_line_from(a.id, :${instant}::timestamptz) f), ${LAST})`;
const side = (mine: 'debit' | 'credit', other: 'debit' | 'credit'): string => `
  select 1 as part, t.id, t.created_at, t.journal_id || '_' || t.line as line, t.code as what,
    t.${other}_account_id as other, t.transaction_id,
    ${mine === 'debit' ? 't.amount_paise' : 'null::int8'} as debit,
    ${mine === 'credit' ? 't.amount_paise' : 'null::int8'} as credit, t.${mine}_balance_after as balance
  from span s join ledger_transfers t on t.${mine}_account_id = s.id and t.id >= s.first and t.id < s.last`;

/** As the statement of a wallet: of any days, today up to now. */
const ACCOUNT_LEDGER: Report = {
  ...COMMON,
  name: 'account_ledger',
  title: 'Ledger of an account',
  summary: 'every line of one account on some days, from the opening to the closing balance',
  parameters: { ...DAYS, account: 'needed' },
  columns: [
    column.time('time', 'Time (IST)', 3),
    column.text('line', 'Line'),
    column.text('what', 'What', 3),
    column.account('other_account', 'Other account', 6.8),
    column.text('service', 'Service', 2),
    column.id('transaction', 'transaction', 'Transaction', 5.4),
    column.text('utr', 'UTR', 3),
    column.sum('debit', 'Debit', 3),
    column.sum('credit', 'Credit', 3),
    column.amount('balance', 'Balance', 3),
  ],
  sql: `
    with span as materialized (
      select a.id, ${lineFrom('begins')} as first, ${lineFrom('ends')} as last
      from ledger_accounts a where a.code = :account),
    lines as (
      select 0 as part, 0::int8 as id, null::timestamptz as created_at, null as line, 'Opening balance' as what,
        null::int8 as other, null::uuid as transaction_id, null::int8 as debit, null::int8 as credit,
        ledger_balance_before(s.id, s.first) as balance from span s
      union all ${side('debit', 'credit')} union all ${side('credit', 'debit')}
      union all
      select 2, 0, null, null, 'Closing balance', null, null, null, null, ledger_balance_before(s.id, s.last) from span s)
    select ${indiaTime('l.created_at')} as time, l.line, l.what, o.code as other_account, x.service,
      l.transaction_id as transaction, x.utr, l.debit, l.credit, l.balance
    from lines l left join ledger_accounts o on o.id = l.other left join transactions x on x.id = l.transaction_id
    order by l.part, l.id`,
};

export const BOOKS: readonly Report[] = [TRIAL_BALANCE, DAY_BOOK, ACCOUNT_LEDGER];
