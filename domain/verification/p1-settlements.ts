import type { Check, CheckGroup } from '../promises/check';

/** What went to bank accounts is in the ledger what its own rows say. */

const debited: Check = {
  promise: 'P1',
  name: 'settlement-debited',
  what: 'a settlement has taken its amount from its wallet once, by its payout or by its own journal',
  over: 'settlement_items',
  offenders: `
    select 'settlement ' || i.id, format('says %s paise; %s', i.total_paise, case
      when i.pays_by = 'payout' and t.id is null then 'it names no payout'
      when i.pays_by = 'payout' then format('its payout says %s paise', t.total_paise)
      else format('its journal took %s', coalesce(j.paise, 0)) end)
    from settlement_items i left join transactions t on t.id = i.transaction_id
      left join lateral (select sum(amount_paise) as paise from ledger_transfers
        where journal_id = i.journal_id and debit_account_id = i.account_id) j on true
      join settlement_batches b on b.id = i.batch_id
    where case i.pays_by
      when 'payout' then b.made_at is not null and (t.id is null or t.total_paise <> i.total_paise
        or t.wallet_id <> i.wallet_id)
      else coalesce(j.paise, 0) <> i.total_paise end`,
};

const ended: Check = {
  promise: 'P1',
  name: 'settlement-ended',
  what: 'a settlement that was paid, failed or came back has moved its money so, once',
  over: 'settlement_endings',
  offenders: `
    select 'settlement ' || i.id, format('is %s by journal %s, which moved %s paise', e.kind, e.journal_id,
      coalesce(t.paise, 0))
    from settlement_endings e join settlement_items i on i.id = e.item_id left join lateral (
      select sum(x.amount_paise) as paise from ledger_transfers x join ledger_accounts a on a.id = x.credit_account_id
      where x.journal_id = e.journal_id
        and case e.kind when 'paid' then a.code like 'bank:%' else x.credit_account_id = i.account_id end) t on true
    where coalesce(t.paise, 0) <> case e.kind when 'paid' then i.amount_paise else i.total_paise end`,
};

const onItsWay: Check = {
  promise: 'P1',
  name: 'settlement-on-its-way',
  what: 'what is on its way to banks is what settlements of files wait for',
  over: 'settlement_items',
  offenders: `
    select 'account ' || coalesce(a.code, 'payable:settlement:' || w.user_id), format('holds %s paise; %s are on their way',
      coalesce(a.credits_paise - a.debits_paise, 0), coalesce(w.paise, 0))
    from (select * from ledger_accounts where code like 'payable:settlement:%') a
      full join (select i.user_id, sum(i.amount_paise) as paise from settlement_items i
        where i.pays_by = 'bank_file' and not exists (select from settlement_endings e where e.item_id = i.id)
        group by i.user_id) w on a.code = 'payable:settlement:' || w.user_id
    where coalesce(a.credits_paise - a.debits_paise, 0) <> coalesce(w.paise, 0)`,
};

const taxPosted: Check = {
  promise: 'P1',
  name: 'tax-posted',
  what: 'tax that was remitted has left its account as its row says',
  over: 'tax_remittances',
  offenders: `
    select 'remittance ' || r.id, format('says %s paise; its journal took %s', r.amount_paise + r.input_paise,
      coalesce(t.paise, 0))
    from tax_remittances r left join lateral (select sum(x.amount_paise) as paise from ledger_transfers x
      join ledger_accounts a on a.id = x.debit_account_id and a.code = 'tax:' || r.kind || '-payable'
      where x.journal_id = r.journal_id) t on true
    where coalesce(t.paise, 0) <> r.amount_paise + r.input_paise`,
};

const tdsRemitted: Check = {
  promise: 'P1',
  name: 'tds-remitted',
  what: 'the TDS that is payable is that of the register, less what was remitted',
  over: 'tax_remittances',
  offenders: `
    select 'account ' || a.code, format('holds %s paise; register less remittances is %s',
      a.credits_paise - a.debits_paise, coalesce(p.paise, 0) - coalesce(r.paise, 0))
    from ledger_accounts a
      cross join (select sum(tds_paise) as paise from commission_payouts) p
      cross join (select sum(amount_paise) as paise from tax_remittances where kind = 'tds') r
    where a.code = 'tax:tds-payable'
      and a.credits_paise - a.debits_paise <> coalesce(p.paise, 0) - coalesce(r.paise, 0)`,
};

const tdsSummed: Check = {
  promise: 'P1',
  name: 'tds-summed',
  what: 'the TDS of a month is that of the register',
  over: 'commission_tds_months',
  offenders: `
    select format('month %s of section %s', coalesce(m.month, p.month), coalesce(m.section, p.section)),
      format('says %s paise; the register comes to %s', coalesce(m.tds_paise, 0), coalesce(p.paise, 0))
    from commission_tds_months m full join (select section, date_trunc('month', day)::date as month, sum(tds_paise) as paise
      from commission_payouts group by 1, 2) p on p.section = m.section and p.month = m.month
    where m.tds_paise is distinct from p.paise`,
};

export const SETTLEMENTS: readonly CheckGroup[] = [
  { checks: [debited] },
  { checks: [ended] },
  { checks: [onItsWay] },
  { checks: [taxPosted] },
  { checks: [tdsRemitted] },
  { checks: [tdsSummed] },
];
