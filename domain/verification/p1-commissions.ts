import type { Check, CheckGroup } from '../promises/check';

/**
 * Commission is in the books what it is in its own rows. Earnings and accruals are written without foreign keys, in one
 * statement; these look at what keys would have held.
 */

const earned: Check = {
  promise: 'P1',
  name: 'commission-earned',
  what: 'shares of a commission belong to an earning of a transaction, and come to what it says',
  slice: 'transactions',
  over: 'commission_earnings',
  offenders: `
    select 'transaction ' || coalesce(e.transaction_id, a.transaction_id),
      format('turn %s shared %s paise; its shares come to %s', coalesce(e.turn, a.turn),
        coalesce(e.shared_paise, 0), coalesce(a.gross, 0))
    from commission_earnings e full join (
      select transaction_id, turn, sum(gross_paise) as gross from commission_accruals group by transaction_id, turn) a
      on a.transaction_id = e.transaction_id and a.turn = e.turn
    where e.turn is null or coalesce(a.gross, 0) <> e.shared_paise
      or not exists (select from transactions t where t.id = e.transaction_id)`,
};

/** A share is looked for by whom it can belong to: one that belongs to nobody of the chain would be found nowhere. */
const share: Check = {
  promise: 'P1',
  name: 'commission-share',
  what: 'a share of a commission is of an earning of that day, and of somebody in the chain of its transaction',
  slice: 'earners',
  over: 'commission_accruals',
  offenders: `
    select 'commission share ' || a.transaction_id || ' ' || a.user_id, case
        when e.turn is null then format('of turn %s, which has earned nothing on %s', a.turn, a.day)
        else 'goes to a user who does not stand in the chain of the transaction' end
    from commission_accruals a
      left join commission_earnings e on e.transaction_id = a.transaction_id and e.turn = a.turn and e.day = a.day
      left join transactions t on t.id = a.transaction_id
      left join uplines l on l.id = t.upline_id
    where a.transaction_id is not null
      and (e.turn is null or t.id is null or a.user_id <> all(t.user_id || coalesce(l.user_ids, '{}'::uuid[])))`,
};

const due: Check = {
  promise: 'P1',
  name: 'commission-due',
  what: 'what is due of commission is what was earned, and what is paid of it what was paid out',
  slice: 'earners',
  over: 'commission_dues',
  offenders: `
    select 'user ' || user_id, format('earned %s, due %s; paid of it %s, paid out %s paise', coalesce(a.gross, 0),
      coalesce(d.gross, 0), coalesce(d.paid, 0), coalesce(p.gross, 0))
    from (select user_id, sum(gross) as gross, sum(paid) as paid from (
        select user_id, gross_paise as gross, paid_paise as paid from commission_dues
        union all
        select user_id, -gross_paise, case when is_done then -gross_paise else 0 end from commission_returns) both_ways
      group by user_id) d
      full join (select user_id, sum(gross_paise) as gross from commission_accruals group by user_id) a using (user_id)
      full join (select user_id, sum(gross_paise) as gross from commission_payouts group by user_id) p using (user_id)
    where coalesce(a.gross, 0) <> coalesce(d.gross, 0) or coalesce(d.paid, 0) <> coalesce(p.gross, 0)`,
};

const posted: Check = {
  promise: 'P1',
  name: 'commission-posted',
  what: 'a payout of commission is in the ledger what it says, in the wallet of its user',
  slice: 'commission_payouts',
  over: 'commission_payouts',
  offenders: `
    select 'commission payout ' || p.id, format('says %s to the wallets and %s of tax; its journal says %s and %s paise',
      p.wallet_paise + p.main_paise, p.tds_paise, coalesce(t.wallet, 0) + coalesce(t.main, 0), coalesce(t.tds, 0))
    from commission_payouts p left join lateral (
      select sum(case when credit_account_id = p.wallet_account then amount_paise
          when debit_account_id = p.wallet_account then -amount_paise else 0 end) as wallet,
        sum(case code when 'commission_share_main' then amount_paise when 'commission_share_main_reversed' then -amount_paise
          else 0 end) as main,
        sum(case code when 'commission_share_tds' then amount_paise when 'commission_share_tds_reversed' then -amount_paise
          else 0 end) as tds
      from ledger_transfers where journal_id = p.id) t on true
    where coalesce(t.wallet, 0) <> p.wallet_paise or coalesce(t.main, 0) <> p.main_paise
      or coalesce(t.tds, 0) <> p.tds_paise
      or not exists (select from wallets w where w.account_id = p.wallet_account and w.user_id = p.user_id
        and w.kind = 'commission')`,
};

/** What was given back of a payout is of its person, year, section and rate, and no more than it; all of it with all of its tax. */
const mirrored: Check = {
  promise: 'P1',
  name: 'commission-mirrored',
  what: 'what is given back of a payout of commission is a mirror of it, and the shares that were taken back',
  over: 'commission_returns',
  offenders: `
    select 'commission payout ' || coalesce(m.of_payout, m.id), format('gave %s paise and %s of tax; %s and %s came back', p.gross_paise,
      p.tds_paise, m.gross, m.tds)
    from (select of_payout, min(id::text)::uuid as id, -sum(gross_paise) as gross, -sum(tds_paise) as tds,
        -sum(base_paise) as base, min(user_id::text) as user_id, min(section) as section, max(section) as last_section,
        min(bps) as bps, max(bps) as last_bps, min(year) as year, max(year) as last_year,
        min(deductee_id::text) as deductee_id
      from commission_payouts where of_payout is not null group by of_payout) m
      left join commission_payouts p on p.id = m.of_payout
    where p.id is null or m.gross > p.gross_paise or m.tds not between least(0, p.tds_paise) and greatest(0, p.tds_paise)
      or m.gross = p.gross_paise and (m.tds <> p.tds_paise or m.base <> p.base_paise)
      or (m.section, m.last_section, m.bps, m.last_bps, m.year, m.last_year) <>
        (p.section, p.section, p.bps, p.bps, p.year, p.year)
      or m.deductee_id <> p.deductee_id::text or m.user_id <> p.user_id::text
    union all
    select 'commission share ' || r.transaction_id || ' ' || r.user_id, format('gave back %s paise; its payout says %s',
      r.gross_paise, coalesce(p.gross_paise, 0))
    from commission_returns r left join commission_payouts p on p.id = r.payout_id
    where r.payout_id is not null and (p.id is null or p.gross_paise <> -r.gross_paise or p.user_id <> r.user_id)`,
};

const taxed: Check = {
  promise: 'P1',
  name: 'commission-taxed',
  what: 'the sums of a person by year, section and rate are those of the register',
  over: 'commission_tds_sums',
  offenders: `
    select 'deductee ' || deductee_id || ' ' || year || ' ' || section || ' at ' || bps,
      format('says %s of %s paise; the register says %s of %s', coalesce(s.tds, 0), coalesce(s.base, 0), coalesce(p.tds, 0),
        coalesce(p.base, 0))
    from (select deductee_id, year, section, bps, tds_paise - back_tds_paise as tds, base_paise - back_base_paise as base
        from commission_tds_sums) s
      full join (select deductee_id, year, section, bps, sum(tds_paise) as tds, sum(base_paise) as base from commission_payouts
        group by 1, 2, 3, 4) p using (deductee_id, year, section, bps)
    where coalesce(s.tds, 0) <> coalesce(p.tds, 0) or coalesce(s.base, 0) <> coalesce(p.base, 0)`,
};

export const COMMISSIONS: readonly CheckGroup[] = [
  { checks: [earned] },
  { checks: [share] },
  { checks: [due] },
  { checks: [posted] },
  { checks: [mirrored] },
  { checks: [taxed] },
];
