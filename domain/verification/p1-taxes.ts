import type { Check, CheckGroup } from '../promises/check';

/** GST from the ledger to the documents: nothing taxed stands nowhere, nothing stands twice, and all of it comes to the account. */

const FEE = `like 'income:fee:%'`;

const supply: Check = {
  promise: 'P1',
  name: 'gst-supply',
  what: 'a supply is in the ledger what it says, in its fee and in the tax on it',
  over: 'gst_supplies',
  offenders: `
    select 'supply ' || s.journal_id, format('says %s and %s paise of tax; its journal says %s and %s', s.taxable_paise,
      s.tax_paise, coalesce(m.taxable, 0), coalesce(m.tax, 0))
    from gst_supplies s left join (
      select x.journal_id,
        sum(case when c.code ${FEE} then x.amount_paise when d.code ${FEE} then -x.amount_paise else 0 end) as taxable,
        sum(case when c.code = 'tax:gst-payable' then x.amount_paise when d.code = 'tax:gst-payable' then -x.amount_paise
          else 0 end) as tax
      from ledger_transfers x join ledger_accounts c on c.id = x.credit_account_id
        join ledger_accounts d on d.id = x.debit_account_id
      where c.code ${FEE} or d.code ${FEE} or 'tax:gst-payable' in (c.code, d.code)
      group by x.journal_id) m on m.journal_id = s.journal_id
    where coalesce(m.taxable, 0) <> s.taxable_paise or coalesce(m.tax, 0) <> s.tax_paise`,
};

/** The supplies are read by the night: lines behind the place that is read do not count yet. */
const payable: Check = {
  promise: 'P1',
  name: 'gst-payable',
  what: 'the GST that is payable is that of the supplies, less what was remitted',
  over: 'gst_supplies',
  offenders: `
    select 'account ' || a.code, format('held %s paise at the line up to which supplies are read; supplies less remittances are %s',
      a.credits_paise - a.debits_paise - unread.paise, coalesce(s.paise, 0) - coalesce(r.paise, 0))
    from ledger_accounts a cross join gst_reading g
      cross join lateral (select coalesce(sum(case a.id when credit_account_id then amount_paise else -amount_paise end), 0) as paise
        from ledger_transfers where a.id in (credit_account_id, debit_account_id) and id > g.read_id) unread
      cross join (select sum(tax_paise) as paise from gst_supplies) s
      cross join lateral (select sum(x.amount_paise) as paise from tax_remittances m join ledger_transfers x
        on x.journal_id = m.journal_id and x.debit_account_id = a.id and x.id <= g.read_id where m.kind = 'gst') r
    where a.code = 'tax:gst-payable'
      and a.credits_paise - a.debits_paise - unread.paise <> coalesce(s.paise, 0) - coalesce(r.paise, 0)`,
};

/** Months whose documents were made, while we were registered. */
const CLOSED = `select date_trunc('month', business_date)::date as month from nightly_runs
  where kind = 'gst_documents' and state = 'done' and (result->>'registered')::int = 1`;

const difference = (
  says: string,
  should: string,
): string => `format('says %s and %s paise of tax; its supplies are %s and %s',
  coalesce(${says}.taxable_paise, 0), coalesce(${says}.tax_paise, 0), coalesce(${should}.taxable, 0), coalesce(${should}.tax, 0))`;

const differs = (says: string, should: string): string => `
  (${says}.id is not null and (${says}.taxable_paise <> coalesce(${should}.taxable, 0) or ${says}.tax_paise <> coalesce(${should}.tax, 0))
    or ${says}.id is null and ${should}.taxable > 0 and ${should}.tax >= 0 and ${should}.month in (${CLOSED}))`;

/** What was given back within its month stands in no document. */
const invoice: Check = {
  promise: 'P1',
  name: 'gst-invoice',
  what: 'each supply of a closed month is in the one invoice of its user and month, which comes to them',
  over: 'gst_documents',
  offenders: `
    select coalesce('invoice ' || d.number, 'user ' || s.user_id || ' of ' || s.month), ${difference('d', 's')}
    from (select s.user_id, date_trunc('month', s.day)::date as month, sum(s.taxable_paise) as taxable, sum(s.tax_paise) as tax
        from gst_supplies s left join gst_supplies o on o.journal_id = s.origin
        where s.origin is null or o.day >= date_trunc('month', s.day) group by 1, 2) s
      full join (select * from gst_documents where kind = 'invoice') d on d.user_id = s.user_id and d.month = s.month
    where ${differs('d', 's')}`,
};

const note: Check = {
  promise: 'P1',
  name: 'gst-note',
  what: 'what was given back of the invoice of an earlier month is in one credit note of its month, which comes to it',
  over: 'gst_documents',
  offenders: `
    select coalesce('credit note ' || d.number, 'credit note of invoice ' || s.number || ' of ' || s.month), ${difference('d', 's')}
    from (select g.id, g.number, date_trunc('month', s.day)::date as month, -sum(s.taxable_paise) as taxable,
          -sum(s.tax_paise) as tax
        from gst_supplies s join gst_supplies o on o.journal_id = s.origin
          join gst_documents g on g.kind = 'invoice' and g.user_id = s.user_id and g.month = date_trunc('month', o.day)
        where o.day < date_trunc('month', s.day) group by 1, 2, 3) s
      full join (select * from gst_documents where kind = 'credit_note') d on d.invoice_id = s.id and d.month = s.month
    where ${differs('d', 's')}`,
};

const lines: Check = {
  promise: 'P1',
  name: 'gst-lines',
  what: 'the lines of a tax document come to it',
  over: 'gst_documents',
  offenders: `
    select 'tax document ' || d.number, format('says %s and %s paise of tax; its lines %s and %s', d.taxable_paise, d.tax_paise,
      coalesce(l.taxable, 0), coalesce(l.tax, 0))
    from gst_documents d left join (select document_id, sum(taxable_paise) as taxable, sum(tax_paise) as tax from gst_lines
      group by document_id) l on l.document_id = d.id
    where coalesce(l.taxable, 0) <> d.taxable_paise or coalesce(l.tax, 0) <> d.tax_paise`,
};

export const TAXES: readonly CheckGroup[] = [
  { checks: [supply] },
  { checks: [payable] },
  { checks: [invoice] },
  { checks: [note] },
  { checks: [lines] },
];
