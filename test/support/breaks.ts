/** Ways in which the data can be wrong, and whom verification must name for each. */
import type { Ids, Kind } from './verified-world';

const of = (table: string, kind: Kind): string => `${table} = (select id from named where kind = '${kind}')`;
/** The ids are known only when the tests run: `named` stands for them in the statements below. */
export const withNames = (ids: Ids, sql: string): string =>
  sql.replaceAll(
    /\(select id from named where kind = '(\w+)'\)/g,
    (_all, kind: string) => `'${ids[kind as Kind]}'`,
  );

export interface Break {
  name: string;
  how: string;
  sql: string;
  drop?: string[];
  offender: string | RegExp;
}
const transaction = (kind: Kind): string => `transaction ${kind}`;
/** `transaction held` with the id in the place of the kind. */
const withId = (ids: Ids, text: string): string =>
  text.replace(
    /^(transaction|transactions|requests|payout|dispatch_attempts) (\w+)$/,
    (all, table: string, kind: string) => (kind in ids ? `${table} ${ids[kind as Kind]}` : all),
  );

export const BREAKS: readonly Break[] = [
  {
    name: 'account-totals',
    how: 'totals that no transfer explains',
    sql: `update ledger_accounts set debits_paise = debits_paise + 1, credits_paise = credits_paise + 1 where code = 'bank:escrow'`,
    offender: 'bank:escrow',
  },
  {
    name: 'account-totals',
    how: 'a transfer of an account that does not exist',
    sql: `update ledger_transfers set debit_account_id = 999999 where code = 'funding'`,
    offender: /account 999999/,
  },
  {
    name: 'sum-zero',
    how: 'money out of nothing',
    sql: `update ledger_accounts set credits_paise = credits_paise + 5 where code = 'bank:escrow'`,
    offender: 'INR',
  },
  {
    name: 'newest-balance',
    how: 'a balance that the newest transfer does not state',
    sql: `update ledger_accounts set credits_paise = credits_paise + 5 where code = 'float:testpay'`,
    offender: 'float:testpay',
  },
  {
    name: 'balance-chain',
    how: 'a running balance that jumps',
    sql: `
      update ledger_transfers set credit_balance_after = credit_balance_after + 1
      where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^transfer \d+$/,
  },
  {
    name: 'journals-whole',
    how: 'a journal that lost a line',
    sql: `delete from ledger_transfers where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^journal [0-9a-f-]{36}$/,
  },
  {
    name: 'one-currency',
    how: 'a transfer in another currency',
    sql: `update ledger_transfers set currency = 'USD' where code = 'fee' and ${of('transaction_id', 'succeeded')}`,
    offender: /^transfer \d+$/,
  },
  {
    name: 'floors',
    how: 'a balance below the floor',
    drop: ['ledger_accounts.ledger_accounts_floor'],
    sql: `update ledger_accounts set floor_paise = credits_paise - debits_paise + 1 where code = 'clearing:payout'`,
    offender: 'clearing:payout',
  },
  {
    name: 'floors',
    how: 'a wallet without a floor',
    sql: `update ledger_accounts set floor_paise = null where code like 'wallet:%'`,
    offender: /^wallet:/,
  },
  {
    name: 'clearing',
    how: 'a hold that is not there',
    sql: `delete from ledger_transfers where ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'clearing',
    how: 'money left on clearing after the end',
    sql: `update ledger_transfers set amount_paise = amount_paise - 1 where code = 'principal' and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'clearing',
    how: 'a hold that belongs to no transaction',
    sql: `update ledger_transfers set transaction_id = null where code = 'hold' and ${of('transaction_id', 'dispatched')}`,
    offender: 'no transaction',
  },
  {
    name: 'clearing',
    how: 'transfers of a transaction that does not exist',
    sql: `update ledger_transfers set transaction_id = '01930000-0000-7000-8000-00000000dead' where ${of('transaction_id', 'held')}`,
    offender: 'transaction 01930000-0000-7000-8000-00000000dead',
  },
  {
    name: 'wallet',
    how: 'a wallet that did not get its money back',
    sql: `delete from ledger_transfers where code = 'release' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'wallet',
    how: 'a reversal that left out the fee',
    sql: `delete from ledger_transfers where code = 'fee_reversed' and ${of('transaction_id', 'reversed')}`,
    offender: transaction('reversed'),
  },
  {
    name: 'commission',
    how: 'an agreed commission that was not posted',
    sql: `update transactions set agreed_commission_paise = 100, agreed_tds_paise = 2 where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'commission',
    how: 'a stated commission that was not posted',
    sql: `update transaction_outcomes set commission_paise = 100, tds_paise = 2
      where effect_seq is not null and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'limits',
    how: 'a counter that was not given back',
    sql: `update limit_counters set used_paise = used_paise + 1`,
    offender: /^payout:/,
  },
  {
    name: 'limits',
    how: 'a counter that is not there',
    sql: `delete from limit_counters`,
    offender: /^payout:/,
  },
  {
    name: 'wallet-controls',
    how: 'a credit line that nobody has given',
    sql: `update ledger_accounts set floor_paise = -1000 where code like 'wallet:%:main'`,
    offender: /^wallet:[0-9a-f-]{36}:main$/,
  },
  {
    name: 'wallet-transfers',
    how: 'money moved between wallets for which nobody asked',
    sql: `update ledger_transfers set code = 'moved' where code = 'funding'`,
    offender: /^journal [0-9a-f-]{36}$/,
  },
  {
    name: 'accepted-whole',
    how: 'a transaction without its payout',
    sql: `delete from payouts where ${of('transaction_id', 'accepted')}`,
    offender: transaction('accepted'),
  },
  {
    name: 'accepted-whole',
    how: 'a payout without its transaction',
    sql: `delete from transactions where ${of('id', 'accepted')}`,
    offender: 'payout accepted',
  },
  {
    name: 'paid-once',
    how: 'a second payment',
    offender: transaction('succeeded'),
    sql: `insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id,
      amount_paise, code, debit_balance_after, credit_balance_after)
      select gen_random_uuid(), 0, transaction_id, debit_account_id, credit_account_id, amount_paise, code, 0, 0
      from ledger_transfers where code = 'principal' and ${of('transaction_id', 'succeeded')}`,
  },
  {
    name: 'paid-once',
    how: 'a payment of another amount',
    sql: `update ledger_transfers set amount_paise = amount_paise + 1 where code = 'principal' and ${of('transaction_id', 'twice')}`,
    offender: transaction('twice'),
  },
  {
    name: 'unique-keys',
    how: 'a key used twice',
    drop: ['requests.requests_key_unique'],
    sql: `
      update requests set idempotency_key = (select idempotency_key from requests where ${of('id', 'failed')})
      where ${of('id', 'held')}`,
    offender: 'requests held',
  },
  {
    name: 'unique-keys',
    how: 'a reference used twice',
    drop: ['requests.requests_reference_unique'],
    sql: `update requests set reference = (select reference from requests where ${of('id', 'failed')}) where ${of('id', 'held')}`,
    offender: 'requests failed',
  },
  {
    name: 'unique-keys',
    how: 'one reference for two attempts',
    drop: ['dispatch_attempts.dispatch_attempts_reference_unique'],
    sql: `
      update dispatch_attempts set our_reference = 'same'
      where transaction_id in ((select id from named where kind = 'failed'),
      (select id from named where kind = 'late'))`,
    offender: 'dispatch_attempts late',
  },
  {
    name: 'unique-keys',
    how: 'one event stored twice',
    drop: ['callbacks.callbacks_event_unique'],
    sql: `update callbacks set event_key = 'event-1'`,
    offender: /^callbacks /,
  },
  {
    name: 'one-effect',
    how: 'two successes',
    drop: ['transaction_outcomes.transaction_outcomes_effect_two_sided'],
    sql: `update transaction_outcomes set effect = 'success' where effect = 'reversal'`,
    offender: transaction('reversed'),
  },
  {
    name: 'one-effect',
    how: 'an outcome that is gone',
    sql: `delete from transaction_outcomes where ${of('transaction_id', 'twice')} and seq = 1`,
    offender: transaction('twice'),
  },
  {
    name: 'effect-state',
    how: 'a success shown as a failure',
    sql: `update transactions set state = 'failed' where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'effect-state',
    how: 'a success that was never posted',
    sql: `update transactions set posted_count = 0, due_at = now() where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'journal-events',
    how: 'a journal without its event',
    sql: `update transaction_events set journal_id = null where to_state = 'held' and ${of('transaction_id', 'dispatched')}`,
    offender: /^journal /,
  },
  {
    name: 'journal-events',
    how: 'an event whose journal is not there',
    sql: `update transaction_events set journal_id = gen_random_uuid() where seq = 2 and ${of('transaction_id', 'dispatched')}`,
    offender: /^journal /,
  },
  {
    name: 'event-chain',
    how: 'an event that is gone',
    sql: `delete from transaction_events where seq = 2 and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'event-chain',
    how: 'no event at all',
    sql: `delete from transaction_events where ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'event-chain',
    how: 'a state that no event led to',
    sql: `update transactions set state = 'reversed' where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'event-chain',
    how: 'a move that the lifecycle does not have',
    sql: `update transaction_events set to_state = 'refunded' where seq = 1 and ${of('transaction_id', 'poor')}`,
    offender: transaction('poor'),
  },
  {
    name: 'event-chain',
    how: 'a journal that was meant for something else',
    sql: `
      update transaction_events set journal_id = (select journal_id from transaction_events
      where seq = 1 and ${of('transaction_id', 'dispatched')}) where seq = 1 and ${of('transaction_id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'attempt-keys',
    how: 'an attempt with another key',
    sql: `update dispatch_attempts set idempotency_key = 'another' where ${of('transaction_id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'attempt-keys',
    how: 'an attempt that is gone',
    sql: `delete from dispatch_attempts where ${of('transaction_id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'failed-for-sure',
    how: 'a failure out of a time-out',
    sql: `update transaction_outcomes set raw_status = '<timeout>' where effect = 'failure' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'failed-for-sure',
    how: 'a hold given back after an attempt that may have been sent',
    sql: `update transaction_outcomes set sent = true where ${of('transaction_id', 'expired')}`,
    offender: transaction('expired'),
  },
  {
    name: 'ended-for-sure',
    how: 'a success without the word of the provider',
    sql: `update transaction_outcomes set kind = 'pending' where effect = 'success' and ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'ended-for-sure',
    how: 'a reversal on a guess',
    sql: `update transaction_outcomes set raw_status = '<guess>' where effect = 'reversal'`,
    offender: transaction('reversed'),
  },
  {
    name: 'no-guess',
    how: 'an unknown taken for a failure',
    sql: `update transaction_outcomes set kind = 'unknown' where effect = 'failure' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'decided-by-two',
    how: 'a failure by the word of one person, whom nobody approved',
    sql: `update transaction_outcomes set source = 'ops' where effect = 'failure' and ${of('transaction_id', 'failed')}`,
    offender: transaction('failed'),
  },
  {
    name: 'resent-for-sure',
    how: 'a second attempt after one that may have been sent',
    sql: `update transaction_outcomes set sent = true where ${of('transaction_id', 'twice')}`,
    offender: transaction('twice'),
  },
  {
    name: 'overdue-transactions',
    how: 'a hold that nobody drives',
    sql: `update transactions set due_at = now() - interval '31 seconds' where ${of('id', 'accepted')}`,
    offender: transaction('accepted'),
  },
  {
    name: 'overdue-callbacks',
    how: 'a callback that nobody reads',
    sql: `update callbacks set due_at = now() - interval '31 seconds' where state = 'received'`,
    offender: /^callback /,
  },
  {
    name: 'overdue-inquiries',
    how: 'an inquiry that nobody makes',
    sql: `update transactions set next_poll_at = now() - interval '31 seconds' where ${of('id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'work-has-a-time',
    how: 'a dispatched payout that is not polled',
    drop: ['transactions.transactions_dispatched_is_polled'],
    sql: `update transactions set next_poll_at = null where ${of('id', 'dispatched')}`,
    offender: transaction('dispatched'),
  },
  {
    name: 'work-has-a-time',
    how: 'work without a time',
    drop: ['transactions.transactions_due_two_sided'],
    sql: `update transactions set due_at = null where ${of('id', 'held')}`,
    offender: transaction('held'),
  },
  {
    name: 'work-has-a-time',
    how: 'work that is looked for too late',
    drop: ['transactions.transactions_due_is_found'],
    sql: `alter table transactions disable trigger transactions_are_found;
      update transactions set due_from = due_at + interval '1 hour' where ${of('id', 'held')};
      alter table transactions enable always trigger transactions_are_found`,
    offender: transaction('held'),
  },
  {
    name: 'sealed',
    how: 'an account number in clear',
    drop: ['beneficiaries.beneficiaries_sealed'],
    sql: `update beneficiaries set account_sealed = '000111220000'`,
    offender: /^beneficiaries /,
  },
  {
    name: 'beneficiary-once',
    how: 'the same one twice',
    drop: ['beneficiaries.beneficiaries_fingerprint_unique'],
    sql: `insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint)
      select gen_random_uuid(), user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint
      from beneficiaries limit 1`,
    offender: /^beneficiary /,
  },
  {
    name: 'beneficiary-masked',
    how: 'an account number in clear',
    sql: `update beneficiaries set hint = '000111220000'`,
    offender: /^beneficiary /,
  },
  {
    name: 'beneficiary-own',
    how: 'a beneficiary of another user',
    sql: `update transactions set user_id = gen_random_uuid() where ${of('id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
  {
    name: 'beneficiary-listed',
    how: 'one that was named while it was off the list',
    sql: `with n as (update payouts set is_named = true where ${of('transaction_id', 'succeeded')} returning beneficiary_id)
      update beneficiaries b set archived_at = now() - interval '1 hour' from n where b.id = n.beneficiary_id`,
    offender: transaction('succeeded'),
  },
  {
    name: 'beneficiary-capped',
    how: 'more to a new one than its rule let',
    sql: `update payouts set new_for_s = 86400, new_cap_paise = 1 where ${of('transaction_id', 'succeeded')}`,
    offender: transaction('succeeded'),
  },
];

/** Is it the one that the break is about? */
export function isOffender({ offender }: Break, ids: Ids, id: string): boolean {
  return typeof offender === 'string' ? id === withId(ids, offender) : offender.test(id);
}
