import { indiaTime } from './days';
import { column, type Report } from './report';

const DAYS = { from: 'needed', to: 'needed' } as const;
const TODAY = `(:now::timestamptz at time zone 'Asia/Kolkata')::date`;
const AGE = `(${TODAY} - (t.created_at at time zone 'Asia/Kolkata')::date)`;
const OPEN = 't.ended_as is null';

const PENDING_AGEING: Report = {
  name: 'pending_ageing',
  title: 'Ageing of what is pending',
  summary: 'every transaction that has not ended, the oldest first, with its age in days of India',
  permission: 'transactions.read',
  parameters: {},
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.text('age', 'Age', 2),
    column.count('days', 'Days', 1),
    column.id('transaction', 'transaction', 'Transaction', 5),
    column.id('user', 'user', 'User', 5),
    column.text('service', 'Service', 2),
    column.text('provider', 'Provider', 2),
    column.text('state', 'State', 3),
    column.time('accepted', 'Accepted (IST)', 3),
    column.time('expected_by', 'Expected by (IST)', 3),
    column.sum('amount', 'Amount', 2),
  ],
  sql: `
    select case when ${AGE} <= 0 then 'today' when ${AGE} = 1 then '1 day' when ${AGE} <= 5 then '2 to 5 days'
        when ${AGE} <= 30 then '6 to 30 days' else 'over 30 days' end as age,
      ${AGE} as days, t.id as transaction, t.user_id as user, t.service, t.provider, t.state,
      ${indiaTime('t.created_at')} as accepted, ${indiaTime('t.expected_by')} as expected_by, t.amount_paise as amount
    from transactions t where ${OPEN} order by t.created_at, t.id`,
};

/** By the last day that was in time (RBI DPSS.CO.PD No.629/02.01.014/2019-20). */
const TAT_BREACHES: Report = {
  name: 'tat_breaches',
  title: 'Turnaround that was passed',
  summary:
    'transactions whose last day in time was one of these, how late they were, and what was paid for it',
  permission: 'transactions.read',
  parameters: DAYS,
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.day('last_day', 'Last day in time', 2),
    column.id('transaction', 'transaction', 'Transaction', 5),
    column.id('user', 'user', 'User', 5),
    column.text('service', 'Service', 2),
    column.text('provider', 'Provider', 2),
    column.text('state', 'State', 2),
    column.sum('amount', 'Amount', 2),
    column.day('stopped_on', 'Ended on', 2),
    column.count('days_late', 'Days late', 1),
    column.sum('compensation', 'Compensation', 2),
    column.text('payer', 'At the cost of', 2),
  ],
  sql: `
    select d.last_day, d.transaction_id as transaction, t.user_id as user, t.service, t.provider, t.state,
      t.amount_paise as amount, d.stopped_on, coalesce(d.stopped_on, ${TODAY}) - d.last_day as days_late,
      coalesce(c.paise, 0) as compensation, c.payer
    from tat_delays d join transactions t on t.id = d.transaction_id
      left join lateral (select sum(amount_paise) as paise, min(payer) as payer from tat_compensations
        where transaction_id = d.transaction_id) c on true
    where d.last_day between :from::date and :to::date order by d.last_day, d.transaction_id`,
};

/** Of each source and day the last run; the difference that nothing explains is its float less what stands beside it. */
const RECONCILIATION_SUMMARY: Report = {
  name: 'reconciliation_summary',
  title: 'Reconciliation',
  summary:
    'what came of each source and day: breaks by state, what is in suspense, and the float beside its balance',
  permission: 'cases.read',
  parameters: DAYS,
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.day('day', 'Day', 2),
    column.text('source', 'Source', 3),
    column.time('last_run', 'Last run (IST)', 3),
    column.count('breaks', 'Breaks', 1),
    column.count('open', 'Open', 1),
    column.sum('open_gap', 'Gap of open ones', 2),
    column.sum('suspense', 'In suspense', 2),
    column.amount('float', 'Our books', 2),
    column.amount('provider', 'Provider', 2),
    column.amount('explained', 'Explained', 2),
    column.amount('unexplained', 'Not explained', 2),
  ],
  sql: `
    with runs as (
      select distinct on (source_id, business_date) source_id, business_date, finished_at, float_paise, provider_paise,
        explained_paise
      from recon_runs where business_date between :from::date and :to::date
      order by source_id, business_date, started_at desc),
    found as (
      select source_id, business_date, count(*) as breaks, count(*) filter (where state = 'open') as open,
        coalesce(sum(gap_paise) filter (where state = 'open'), 0) as gap, sum(suspense_paise) as suspense
      from recon_breaks where business_date between :from::date and :to::date group by 1, 2)
    select business_date as day, s.name as source, ${indiaTime('r.finished_at')} as last_run,
      coalesce(b.breaks, 0) as breaks, coalesce(b.open, 0) as open, coalesce(b.gap, 0) as open_gap,
      coalesce(b.suspense, 0) as suspense, r.float_paise as float, r.provider_paise as provider,
      r.explained_paise as explained, r.provider_paise - r.float_paise - r.explained_paise as unexplained
    from runs r full join found b using (source_id, business_date) join recon_sources s on s.id = source_id
    order by business_date, s.name`,
};

export const WATCHING: readonly Report[] = [PENDING_AGEING, TAT_BREACHES, RECONCILIATION_SUMMARY];
