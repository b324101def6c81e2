import type { Check, CheckGroup } from '../promises/check';

/**
 * P1: account totals equal the sum of their transfers, all accounts together sum to zero, and running
 * balances chain from the first transfer to the last.
 */

const totals: Check = {
  promise: 'P1',
  name: 'account-totals',
  what: 'account totals are the sums of their transfers',
  slice: 'accounts',
  over: 'ledger_accounts',
  offenders: `
    select coalesce(a.code, 'account ' || m.account_id),
      format('says debits %s, credits %s; its transfers sum to %s and %s paise',
        a.debits_paise, a.credits_paise, coalesce(m.debits, 0), coalesce(m.credits, 0))
    from ledger_accounts a full join (
      select account_id, sum(debits) as debits, sum(credits) as credits from (
        select debit_account_id as account_id, sum(amount_paise) as debits, 0 as credits
        from ledger_transfers group by 1
        union all
        select credit_account_id, 0, sum(amount_paise) from ledger_transfers group by 1) as side
      group by 1) m on m.account_id = a.id
    where a.id is null or a.debits_paise <> coalesce(m.debits, 0) or a.credits_paise <> coalesce(m.credits, 0)`,
};

const zero: Check = {
  promise: 'P1',
  name: 'sum-zero',
  what: 'all accounts together sum to zero',
  slice: 'balances',
  over: 'ledger_accounts',
  offenders: `
    select currency::text, format('all accounts together hold %s paise', sum(credits_paise - debits_paise))
    from ledger_accounts
    group by currency having sum(credits_paise - debits_paise) <> 0`,
};

const newest: Check = {
  promise: 'P1',
  name: 'newest-balance',
  what: "the newest transfer states its account's balance",
  slice: 'accounts',
  over: 'ledger_accounts',
  offenders: `
    select a.code,
      format('holds %s, its newest transfer says %s paise', a.credits_paise - a.debits_paise, coalesce(last.balance, 0))
    from ledger_accounts a left join lateral (
      select balance from (
        (select id, debit_balance_after as balance from ledger_transfers
          where debit_account_id = a.id order by id desc limit 1)
        union all
        (select id, credit_balance_after from ledger_transfers
          where credit_account_id = a.id order by id desc limit 1)) as newest
      order by id desc limit 1) as last on true
    where coalesce(last.balance, 0) <> a.credits_paise - a.debits_paise`,
};

const chain: Check = {
  promise: 'P1',
  name: 'balance-chain',
  what: 'running balances chain from transfer to transfer',
  slice: 'accounts',
  over: 'ledger_transfers',
  offenders: `
    select 'transfer ' || id, format('account %s: %s before, moved %s, says %s after', account_id, before, moved, after)
    from (
      select account_id, id, moved, after, lag(after, 1, 0::int8) over (partition by account_id order by id) as before
      from (
        select debit_account_id as account_id, id, -amount_paise as moved, debit_balance_after as after
        from ledger_transfers
        union all
        select credit_account_id, id, amount_paise, credit_balance_after from ledger_transfers) as side) as walked
    where before + moved <> after`,
};

const whole: Check = {
  promise: 'P1',
  name: 'journals-whole',
  what: 'journals are whole: lines 0, 1, 2 … without a gap',
  slice: 'transactions',
  over: 'ledger_transfers',
  offenders: `
    select 'journal ' || journal_id, format('%s lines, the last is number %s', count(*), max(line))
    from ledger_transfers group by journal_id having max(line) <> count(*) - 1`,
};

const currency: Check = {
  promise: 'P1',
  name: 'one-currency',
  what: 'transfers have the currency of both accounts',
  slice: 'transactions',
  over: 'ledger_transfers',
  offenders: `
    select 'transfer ' || t.id, format('%s from an account in %s to one in %s', t.currency, d.currency, c.currency)
    from ledger_transfers t
      join ledger_accounts d on d.id = t.debit_account_id
      join ledger_accounts c on c.id = t.credit_account_id
    where t.currency <> d.currency or t.currency <> c.currency`,
};

export const BOOKS: readonly CheckGroup[] = [totals, zero, newest, chain, whole, currency].map((check) => ({
  checks: [check],
}));
