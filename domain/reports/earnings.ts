import { codeText, LINES_OF_RANGES, rangesOf, SERVICE_OF } from './days';
import { column, type Report } from './report';

const DAYS = { from: 'needed', to: 'needed' } as const;
const EARNING = `a.type in ('income', 'expense')`;

/** What belongs to no transaction (commission that is paid to users, corrections) has no service. */
const SERVICE_PROFIT: Report = {
  name: 'service_profit',
  title: 'Profit by service',
  summary: 'what each account of income and expense has brought and cost, by service',
  permission: 'books.read',
  parameters: DAYS,
  needsClosedDays: true,
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.text('service', 'Service', 2),
    column.account('account', 'Account', 5),
    column.count('lines', 'Lines', 1),
    column.sum('income', 'Income', 2),
    column.sum('expense', 'Expense', 2),
    column.sum('profit', 'Profit', 2),
  ],
  sql: `
    with ranges as (${rangesOf(EARNING)}), lines as (${LINES_OF_RANGES})
    select coalesce(${SERVICE_OF}, case l.account when ${codeText('income', 'fee', 'settlement')} then 'settlement' end) as service,
      l.account, count(*) as lines, coalesce(sum(l.paise) filter (where l.type = 'income'), 0) as income,
      coalesce(-sum(l.paise) filter (where l.type = 'expense'), 0) as expense, sum(l.paise) as profit
    from lines l left join transactions x on x.id = l.transaction_id
    group by 1, 2 order by 1 nulls last, 2`,
};

/** The share of users is what was earned on these days, whenever it is paid. */
const USER_PROFIT: Report = {
  name: 'user_profit',
  title: 'Profit by user',
  summary: 'what the transactions of each user have brought us, less what they cost and what is shared of it',
  permission: 'books.read',
  parameters: DAYS,
  needsClosedDays: true,
  forms: ['json', 'csv'],
  columns: [
    column.id('user', 'user', 'User'),
    column.text('service', 'Service'),
    column.count('transactions', 'Transactions'),
    column.sum('income', 'Income'),
    column.sum('expense', 'Expense'),
    column.sum('shared', 'Shared'),
    column.sum('profit', 'Profit'),
  ],
  sql: `
    with ranges as (${rangesOf(EARNING)}), lines as (${LINES_OF_RANGES}),
    parts as (
      select transaction_id, case when type = 'income' then paise else 0 end as income,
        case when type = 'expense' then -paise else 0 end as expense, 0::int8 as shared
      from lines where transaction_id is not null
      union all
      select transaction_id, 0, 0, shared_paise from commission_earnings
      where day between :from::date and :to::date)
    select x.user_id as user, ${SERVICE_OF} as service, count(distinct p.transaction_id) as transactions, sum(p.income) as income,
      sum(p.expense) as expense, sum(p.shared) as shared, sum(p.income - p.expense - p.shared) as profit
    from parts p join transactions x on x.id = p.transaction_id
    group by 1, 2 order by 1, 2`,
};

/** It ties to the ledger: each payout names its journal. */
const COMMISSION_STATEMENT: Report = {
  name: 'commission_statement',
  title: 'Commission statement',
  summary: 'what a user has earned, what was taken back, and what was paid of it, less tax',
  permission: 'commissions.read',
  isOfUsers: true,
  parameters: { ...DAYS, user: 'needed' },
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.day('day', 'Day', 2),
    column.text('what', 'What', 2),
    column.text('service', 'Service', 2),
    column.id('transaction', 'transaction', 'Transaction', 5),
    column.id('transfer', 'journal', 'Journal', 5),
    column.text('level', 'Level', 3),
    column.sum('earned', 'Earned', 2),
    column.sum('paid', 'Paid, before tax', 2),
    column.sum('tds', 'TDS', 2),
    column.sum('net', 'Net', 2),
    column.day('payable_from', 'Paid from', 2),
  ],
  sql: `
    select day, what, service, transaction, journal, level, earned, paid, tds, net, payable_from from (
      select a.day, case when a.gross_paise > 0 then 'Earned' else 'Taken back' end as what, e.service,
        a.transaction_id as transaction, null::uuid as journal, a.level, a.gross_paise as earned, null::int8 as paid,
        null::int8 as tds, null::int8 as net, a.payable_from, 0 as part, a.transaction_id as id, a.turn
      from commission_accruals a
        join commission_earnings e on e.transaction_id = a.transaction_id and e.turn = a.turn
      where a.user_id = :user::uuid and a.day between :from::date and :to::date
      union all
      select day, 'Paid', null, null, id, level, null, gross_paise, tds_paise, net_paise, null, 1, id, 0::int2
      from commission_payouts where user_id = :user::uuid and day between :from::date and :to::date) lines
    order by day, part, id, turn`,
};

export const EARNINGS: readonly Report[] = [SERVICE_PROFIT, USER_PROFIT, COMMISSION_STATEMENT];
