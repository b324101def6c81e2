import { EARNED_AFTER } from '../posting/commission';
import type { Check, CheckGroup } from '../promises/check';
import { HELD_STATES, MONEY_STATE, SPENT_STATES, WAS_REVIEWED } from '../promises/sql';

/**
 * P2: no account is below its floor. For each transaction, clearing holds what its state requires, its wallet
 * has paid what its state says it costs, and its beneficiary was paid at most once (P4), with the amount that
 * was asked for. Limit counters equal what their transactions use.
 */

const floors: Check = {
  promise: 'P2',
  name: 'floors',
  what: 'no account is below its floor; wallets and clearing have one',
  slice: 'accounts',
  over: 'ledger_accounts',
  offenders: `
    select code,
      case when floor_paise is null then 'has no floor'
        else format('holds %s, its floor is %s paise', credits_paise - debits_paise, floor_paise) end
    from ledger_accounts
    where credits_paise - debits_paise < floor_paise
      or (floor_paise is null and split_part(code, ':', 1) in ('wallet', 'clearing'))`,
};

// The effect of each transaction's transfers on clearing, wallet and float, and the rows where it is not the
// expected one. Each table is read once.
const ODD = `
  kinds as materialized (select id, split_part(code, ':', 1) as kind from ledger_accounts),
  moved as (
    select tr.transaction_id,
      sum(case when c.kind = 'clearing' then tr.amount_paise else 0 end
        - case when d.kind = 'clearing' then tr.amount_paise else 0 end) as clearing,
      sum(case when c.kind = 'wallet' then tr.amount_paise else 0 end
        - case when d.kind = 'wallet' then tr.amount_paise else 0 end) as wallet,
      count(*) filter (where c.kind = 'float' and tr.code in ('principal', 'late_principal')) as payments,
      sum(tr.amount_paise)
        filter (where c.kind = 'float' and tr.code in ('principal', 'late_principal')) as paid,
      bool_or(c.kind = 'clearing' or d.kind = 'clearing') as is_cleared
    from ledger_transfers tr
      left join kinds d on d.id = tr.debit_account_id
      left join kinds c on c.id = tr.credit_account_id
    group by 1),
  expected as (
    select t.id, t.state, t.total_paise, t.amount_paise,
      case when ${MONEY_STATE} in ${HELD_STATES} then t.total_paise else 0 end as clearing,
      case when t.flow = 'credit'
          then case when t.state = 'succeeded' then t.amount_paise - t.fee_paise - t.tax_paise else 0 end
        when ${MONEY_STATE} in ${SPENT_STATES} then -t.total_paise
        else 0 end as wallet
    from transactions t),
  odd as materialized (
    select coalesce(t.id, m.transaction_id) as id, t.id is not null as is_known,
      t.state, t.total_paise, t.amount_paise,
      coalesce(m.clearing, 0) as clearing, coalesce(m.wallet, 0) as wallet, m.payments, m.paid,
      case when t.id is null then m.transaction_id is not null or m.is_cleared
        else coalesce(m.clearing, 0) <> t.clearing end as is_clearing_wrong,
      t.id is not null and coalesce(m.wallet, 0) <> t.wallet as is_wallet_wrong,
      t.id is not null and (m.payments > 1 or m.paid <> t.amount_paise) as is_payment_wrong
    from expected t full join moved m on m.transaction_id = t.id
    where t.id is null or coalesce(m.clearing, 0) <> t.clearing or coalesce(m.wallet, 0) <> t.wallet
      or m.payments > 1 or m.paid <> t.amount_paise)`;

const clearing: Check = {
  promise: 'P2',
  name: 'clearing',
  what: 'clearing holds for each what its state says',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select coalesce('transaction ' || id, 'no transaction'),
      case when is_known then format('is %s of %s paise, and clearing holds %s for it', state, total_paise, clearing)
        else format('transfers of a transaction that does not exist left %s paise on clearing', clearing) end
    from odd where is_clearing_wrong`,
};

const wallet: Check = {
  promise: 'P2',
  name: 'wallet',
  what: 'wallets gave for each what it cost, or got it back',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || t.id, format('is %s of %s paise, and its wallet moved by %s', state, total_paise, wallet)
    from odd t where is_wallet_wrong and not ${WAS_REVIEWED}`,
};

const paidOnce: Check = {
  promise: 'P4',
  name: 'paid-once',
  what: 'no transaction paid twice, or another amount',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || id,
      format('%s payments of %s paise in all, asked for was %s', payments, paid, amount_paise)
    from odd where is_payment_wrong`,
};

const KEPT = Object.entries(EARNED_AFTER)
  .map(
    ([flow, effects]) =>
      `(t.flow = '${flow}' and last.effect in (${[...effects].map((e) => `'${e}'`).join(', ')}))`,
  )
  .join(' or ');
const IS_OURS = `(${KEPT}) and back.paise is distinct from t.amount_paise`;

/**
 * For each transaction, income of commission and TDS are what its provider stated first or, where it stated none,
 * what was agreed; nothing where the provider has nothing of it, or a network has claimed all of it back.
 */
const commission: Check = {
  promise: 'P2',
  name: 'commission',
  what: 'commissions and TDS are those stated, or agreed',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || id, format('is %s, and has %s paise of commission and %s of TDS, not %s and %s',
      state, commission, tds, expected_commission, expected_tds)
    from (
      select t.id, t.state, coalesce(m.commission, 0) as commission, coalesce(m.tds, 0) as tds,
        case when ${IS_OURS} then coalesce(said.commission_paise, t.agreed_commission_paise, 0) else 0 end
          as expected_commission,
        case when ${IS_OURS} then coalesce(said.tds_paise, t.agreed_tds_paise, 0) else 0 end as expected_tds
      from transactions t
        left join transaction_outcomes last on last.transaction_id = t.id and last.effect_seq = t.posted_count
        left join (
          select distinct on (o.transaction_id) o.transaction_id, o.commission_paise, o.tds_paise
          from transaction_outcomes o join transactions p on p.id = o.transaction_id
          where o.effect_seq <= p.posted_count and o.commission_paise is not null
            and o.kind in ('succeeded', 'refund_pending')
          order by o.transaction_id, o.seq) said on said.transaction_id = t.id
        left join (select transaction_id, sum(amount_paise) as paise from disputes where state = 'lost'
          group by transaction_id) back on back.transaction_id = t.id
        left join (
          select transaction_id,
            sum(case when right(code, 9) = '_reversed' then -amount_paise else amount_paise end) as commission,
            sum(case code when 'commission_tds' then amount_paise when 'commission_tds_reversed' then -amount_paise
              else 0 end) as tds
          from ledger_transfers
          where code in ('commission', 'commission_reversed', 'commission_tds', 'commission_tds_reversed')
          group by 1) m on m.transaction_id = t.id
      where not ${WAS_REVIEWED}) as earned
    where commission <> expected_commission or tds <> expected_tds`,
};

const limits: Check = {
  promise: 'P2',
  name: 'limits',
  what: 'limit counters hold what their transactions use',
  over: 'limit_counters',
  offenders: `
    select coalesce(c.key, u.key),
      format('says %s of %s, its transactions use %s paise',
        coalesce(c.used_paise, 0), coalesce(c.cap_paise::text, 'no counter'), coalesce(u.used, 0))
    from limit_counters c full join (
      select key, sum(amount) as used from (
        select t.limit_key as key, t.amount_paise as amount from transactions t
        where t.limit_key is not null and ${MONEY_STATE} in ${SPENT_STATES}
        union all
        select limit_key, amount_paise from wallet_transfers where limit_key is not null) counted
      group by 1) u on u.key = c.key
    where coalesce(c.used_paise, 0) <> coalesce(u.used, 0) or c.used_paise > c.cap_paise`,
};

const controls: Check = {
  promise: 'P2',
  name: 'wallet-controls',
  what: 'wallets may be spent down to what freezes, liens and credit lines say',
  over: 'wallets',
  offenders: `
    select code, format('has the floors %s and %s, not %s and %s', floor_paise, spend_floor_paise, -credit, spend_floor)
    from (
      select a.code, a.floor_paise, a.spend_floor_paise, credit, case
        when exists (select from wallet_freezes f where f.wallet_id = w.id and f.lifted_at is null) then 9223372036854775807
        when liens is not null then liens - credit end as spend_floor
      from wallets w join ledger_accounts a on a.id = w.account_id
        cross join lateral (select coalesce((select limit_paise from wallet_credit_lines c where c.wallet_id = w.id
          order by id desc limit 1), 0) as credit) as credits
        cross join lateral (select sum(l.amount_paise) as liens from wallet_liens l
          where l.wallet_id = w.id and l.released_at is null) as standing) as wanted
    where floor_paise is distinct from -credit or spend_floor_paise is distinct from spend_floor`,
};

const transfers: Check = {
  promise: 'P2',
  name: 'wallet-transfers',
  what: 'each transfer between wallets moved its amount, once',
  over: 'wallet_transfers',
  offenders: `
    select coalesce('wallet transfer ' || w.id, 'journal ' || l.journal_id),
      case when w.id is null then format('moved %s paise, and no transfer asked for it', l.amount_paise)
        else format('is of %s paise; its journal moved %s', w.amount_paise, coalesce(l.amount_paise, 0)) end
    from wallet_transfers w full join (
      select journal_id, debit_account_id, credit_account_id, amount_paise from ledger_transfers
      where code in ('moved', 'transferred', 'pulled_back')) l on l.journal_id = w.id
    where w.id is null or l.journal_id is null or l.amount_paise <> w.amount_paise
      or l.debit_account_id <> w.from_account or l.credit_account_id <> w.to_account`,
};

export const MONEY: readonly CheckGroup[] = [
  { checks: [floors] },
  { shared: ODD, checks: [clearing, wallet, paidOnce] },
  { checks: [commission] },
  { checks: [limits] },
  { checks: [controls] },
  { checks: [transfers] },
];
