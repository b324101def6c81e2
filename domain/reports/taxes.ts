import { codeText, indiaTime, LINES_OF_RANGES, rangesOf, SERVICE_OF } from './days';
import { column, type Report } from './report';

const DAYS = { from: 'needed', to: 'needed' } as const;

/** By the user, who is one person for the return; the number of the PAN is in no file. */
const TDS_REGISTER: Report = {
  name: 'tds_register',
  title: 'TDS register',
  summary: 'the tax that was deducted from commission: on what, by which section and rate',
  permission: 'commissions.read',
  parameters: DAYS,
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.day('day', 'Day', 2),
    column.id('user', 'user', 'User', 5),
    column.id('user', 'deductee', 'Known first as'),
    column.text('pan', 'PAN', 1),
    column.text('section', 'Section', 2),
    column.text('payment_code', 'Code', 1),
    column.text('form', 'Form', 1),
    column.sum('commission', 'Commission', 2),
    column.sum('base', 'Taxed on', 2),
    column.count('rate_bps', 'Rate (bps)', 2),
    column.sum('tds', 'TDS', 2),
    column.id('transfer', 'journal', 'Journal', 5),
    column.id('transfer', 'reverses', 'Reverses'),
  ],
  sql: `
    select day, user_id as user, deductee_id as deductee, case when has_pan then 'yes' else 'no' end as pan, section,
      payment_code, form, gross_paise as commission, base_paise as base, bps as rate_bps, tds_paise as tds, id as journal,
      of_payout as reverses
    from commission_payouts where day between :from::date and :to::date order by day, id`,
};

const [PAYABLE, INPUT] = [codeText('tax', 'gst-payable'), codeText('tax', 'gst-input')];

/**
 * From the two accounts of the tax: what we charged with our fees, and what providers charged us. Invoices, once there
 * are some, are a report beside it: a line here says what was posted.
 */
const GST_REGISTER: Report = {
  name: 'gst_register',
  title: 'GST register',
  summary: 'the tax on our fees (output) and on those of providers (input), line by line',
  permission: 'books.read',
  parameters: DAYS,
  needsClosedDays: true,
  forms: ['json', 'csv', 'pdf'],
  columns: [
    column.day('day', 'Day', 2),
    column.time('time', 'Time (IST)', 3),
    column.text('line', 'Line'),
    column.text('what', 'What', 3),
    column.text('service', 'Service', 2),
    column.id('user', 'user', 'User', 5),
    column.id('transaction', 'transaction', 'Transaction', 5),
    column.amount('fee', 'Our fee', 2),
    column.sum('output', 'Output tax', 2),
    column.sum('input', 'Input tax', 2),
  ],
  sql: `
    with ranges as (${rangesOf(`a.code in (${PAYABLE}, ${INPUT})`)}), lines as (${LINES_OF_RANGES})
    select l.day, ${indiaTime('l.created_at')} as time, l.journal_id || '_' || l.line as line, l.what,
      coalesce(${SERVICE_OF}, case when l.what like 'settlement%' then 'settlement' end) as service,
      x.user_id as user, l.transaction_id as transaction,
      case when l.account = ${PAYABLE} then x.fee_paise end as fee,
      case when l.account = ${PAYABLE} then l.paise else 0 end as output,
      case when l.account = ${INPUT} then -l.paise else 0 end as input
    from lines l left join transactions x on x.id = l.transaction_id
    order by l.day, l.id, l.account`,
};

export const TAXES: readonly Report[] = [TDS_REGISTER, GST_REGISTER];
