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
    from (select user_id, sum(gross_paise) as gross, sum(paid_paise) as paid from commission_dues group by user_id) d
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
    select 'commission payout ' || p.id, format('says %s to the wallet and %s of tax; its journal says %s and %s paise',
      p.wallet_paise, p.tds_paise, coalesce(t.wallet, 0), coalesce(t.tds, 0))
    from commission_payouts p left join lateral (
      select sum(case when credit_account_id = p.wallet_account then amount_paise
          when debit_account_id = p.wallet_account then -amount_paise else 0 end) as wallet,
        sum(case code when 'commission_share_tds' then amount_paise when 'commission_share_tds_reversed' then -amount_paise
          else 0 end) as tds
      from ledger_transfers where journal_id = p.id) t on true
    where coalesce(t.wallet, 0) <> p.wallet_paise or coalesce(t.tds, 0) <> p.tds_paise
      or not exists (select from wallets w where w.account_id = p.wallet_account and w.user_id = p.user_id
        and w.kind = 'commission')`,
};

export const COMMISSIONS: readonly CheckGroup[] = [
  { checks: [earned] },
  { checks: [share] },
  { checks: [due] },
  { checks: [posted] },
];
