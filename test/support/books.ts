/** The promises that tables can show, as queries that name the offending rows. An empty list is a clean book. */
import type { Knex } from 'knex';
import { rows } from '../../platform/database';

export interface Problem {
  check: string;
  what: string;
}

// A transaction's money is on clearing while it is open; in_review keeps it there unless it came from a final state.
const OPEN = `(t.state in ('held', 'dispatched', 'refund_pending') or (t.state = 'in_review' and
  (select e.from_state from transaction_events e where e.transaction_id = t.id
  order by e.seq desc limit 1) in ('held', 'dispatched', 'refund_pending')))`;
// What waits for the customer's consent to a refund has left clearing; nothing is held of what another bank pays.
const FROM = `
  (case when t.state <> 'in_review' then t.state else (select e.from_state from transaction_events e
  where e.transaction_id = t.id order by e.seq desc limit 1) end)`;
const ON_CLEARING = `(t.flow = 'debit' and ${FROM} <> 'refund_pending' and ${OPEN})`;
const ON_WALLET = `case when t.flow = 'credit' then case
  when t.state = 'succeeded' then t.amount_paise - t.fee_paise - t.tax_paise else 0 end
  when ${OPEN} or t.state = 'succeeded' then -t.total_paise else 0 end`;

/** Of a transfer x: it is about a transaction, and nothing that a payment gateway keeps whatever it gives back. */
const NOT_KEPT = `x.transaction_id is not null and not (x.code in ('provider_fee', 'provider_gst')
  and exists (select from transactions c where c.id = x.transaction_id and c.service = 'collection'))`;

/** Cheap: reads accounts and counters only. */
const QUICK: Readonly<Record<string, string>> = {
  'P1 sum of all accounts is zero': `
    select 'sum ' || sum(credits_paise - debits_paise) as what from ledger_accounts
    having sum(credits_paise - debits_paise) <> 0`,
  'P2 floors': `
    select code || ' at ' || (credits_paise - debits_paise) as what from ledger_accounts
    where credits_paise - debits_paise < floor_paise`,
  'clearing holds what is open': `select 'clearing ' || a.balance || ' but open ' || o.total as what
    from (select coalesce(sum(credits_paise - debits_paise), 0) as balance from ledger_accounts where code like 'clearing:%') a,
      (select coalesce(sum(t.total_paise), 0) as total from transactions t
      where t.state <> 'accepted' and ${ON_CLEARING}) o where a.balance <> o.total`,
  'what is payable waits for its customers': `select 'payable ' || a.balance || ' but waiting ' || o.total as what
    from (select coalesce(sum(credits_paise - debits_paise), 0) as balance from ledger_accounts where code like 'payable:refund:%') a,
      (select coalesce(sum(t.total_paise), 0) as total from transactions t
      where t.flow = 'debit' and ${FROM} = 'refund_pending') o where a.balance <> o.total`,
  'counters hold what was not given back': `select l.key || ' holds ' || l.used_paise || ' not ' || coalesce(r.used, 0) as what
    from limit_counters l left join (select limit_key, sum(amount_paise) as used from (
      select t.limit_key, t.amount_paise from transactions t where ${OPEN} or t.state = 'succeeded'
      union all select limit_key, amount_paise from wallet_transfers) counted
    group by limit_key) r on r.limit_key = l.key
    where l.used_paise <> coalesce(r.used, 0)`,
};

const FULL: Readonly<Record<string, string>> = {
  'P1 totals equal transfers': `
    select a.code || ' says ' || a.debits_paise || '/' || a.credits_paise || ' not ' ||
    coalesce(d.s, 0) || '/' || coalesce(c.s, 0) as what from ledger_accounts a
    left join (select debit_account_id as id, sum(amount_paise) as s from ledger_transfers group by 1) d on d.id = a.id
    left join (select credit_account_id as id, sum(amount_paise) as s from ledger_transfers group by 1) c on c.id = a.id
    where a.debits_paise <> coalesce(d.s, 0) or a.credits_paise <> coalesce(c.s, 0)`,
  'P1 running balances': `select 'transfer ' || id || ' of account ' || account || ' says ' || says || ' not ' || runs as what from (
    select id, account, says, sum(delta) over (partition by account order by id) as runs from (
      select id, debit_account_id as account, debit_balance_after as says, -amount_paise as delta from ledger_transfers
      union all select id, credit_account_id, credit_balance_after, amount_paise from ledger_transfers) sides) chain where says <> runs`,
  'clearing of each transaction': `
    select t.id || ' ' || t.state || ' has ' || coalesce(n.net, 0) || ' on clearing' as what from transactions t
    left join (select x.transaction_id, sum(case when a.id = x.credit_account_id then x.amount_paise else -x.amount_paise end) as net
      from ledger_transfers x join ledger_accounts a on a.code like 'clearing:%'
      and a.id in (x.credit_account_id, x.debit_account_id) group by 1) n on n.transaction_id = t.id
    where coalesce(n.net, 0) <> case when ${ON_CLEARING} then t.total_paise else 0 end`,
  // Where a success is refunded by the customer's consent, the provider keeps its fee; so does a payment gateway.
  'what is undone leaves nothing': `select t.id || ' ' || t.state || ' left ' || n.net || ' on ' || a.code as what from (
      select transaction_id, account, sum(delta) as net from (
        select transaction_id, debit_account_id as account, -amount_paise as delta from ledger_transfers x where ${NOT_KEPT}
        union all select transaction_id, credit_account_id, amount_paise from ledger_transfers x
        where ${NOT_KEPT}) sides group by 1, 2 having sum(delta) <> 0) n
    join transactions t on t.id = n.transaction_id join ledger_accounts a on a.id = n.account
    where (t.state in ('failed', 'reversed') and not exists (select from transaction_outcomes o
      where o.transaction_id = t.id and o.effect = 'late_success_borne')) or (t.state = 'refunded'
    and not (exists (select from transaction_outcomes o where o.transaction_id = t.id and o.effect = 'success')
      and exists (select from transaction_outcomes o
      where o.transaction_id = t.id and o.effect_seq = t.posted_count and o.effect = 'refund')))`,
  'a payment gateway keeps its fee': `select t.id || ' ' || t.state || ' got back ' || x.code as what
    from transactions t join ledger_transfers x on x.transaction_id = t.id
    where t.service = 'collection' and t.state in ('failed', 'reversed')
      and x.code in ('provider_fee_reversed', 'provider_gst_reversed')
      and not exists (select from transaction_outcomes o
        where o.transaction_id = t.id and o.effect = 'refund_due_after_success')`,
  // A refund that is withdrawn may fall due once more.
  'P4 no journal kind twice': `
    select transaction_id || ' ' || code || ' ' || count(*) as what from ledger_transfers x
    where transaction_id is not null group by transaction_id, code
    having count(*) > 1 + (select count(*) from transaction_outcomes o where o.transaction_id = x.transaction_id
    and o.effect = 'refund_withdrawn')
      + (select count(*) from dispute_endings d where d.transaction_id = x.transaction_id and d.earned_journal_id is not null)`,
  'events chain': `select t.id::text as what from transactions t left join lateral (
      select count(*) as n, max(e.seq) as last, bool_and(e.from_state = e.previous) as chained,
      (array_agg(e.to_state order by e.seq desc))[1] as final
      from (select seq, from_state, to_state, coalesce(lag(to_state) over (order by seq), 'accepted') as previous
      from transaction_events where transaction_id = t.id) e) s on true
    where s.n <> t.move_count or coalesce(s.last, 0) <> t.move_count or not coalesce(s.chained, true)
    or coalesce(s.final, 'accepted') <> t.state`,
  'outcomes chain': `select t.id::text as what from transactions t left join lateral (
      select count(*) as n, coalesce(max(seq), 0) as last, count(effect_seq) as effects,
      coalesce(max(effect_seq), 0) as last_effect from transaction_outcomes
      where transaction_id = t.id) s on true
    where s.n <> t.outcome_count or s.last <> t.outcome_count or s.effects <> t.effect_count or s.last_effect <> t.effect_count`,
  'attempts chain': `
    select t.id::text as what from transactions t
    left join lateral (select count(*) as n, coalesce(max(attempt_no), 0) as last from dispatch_attempts
    where transaction_id = t.id) s on true
    where s.n <> t.attempt_no or s.last <> t.attempt_no`,
  'states mean what was posted': `
    select t.id || ' ' || t.state as what from transactions t left join lateral (select effect
    from transaction_outcomes o where o.transaction_id = t.id and o.effect_seq = t.posted_count) e on true
    where (t.state = 'succeeded' and (e.effect is null or e.effect not in ('success', 'refund_withdrawn',
      'review_success', 'late_success_confirmed')))
    or (t.state = 'refund_pending' and (e.effect is null or e.effect not like 'refund_due%'))
      or (t.state = 'refunded' and (e.effect is null or e.effect not in ('refund', 'refund_at_once',
      'refund_after_success', 'review_refund', 'late_success_refunded')))
      or (t.state = 'reversed' and (e.effect is null or e.effect not in ('reversal', 'review_reversal', 'late_success_reversed')))
      or (t.state = 'failed' and t.posted_count > 0
        and (e.effect is null or e.effect not in ('failure', 'review_failure', 'late_success_borne')))`,
  'P5 failed means certainly not sent, or a definite word': `
    select t.id::text as what from transactions t where t.state = 'failed' and t.posted_count = 0
    and t.attempt_no > 0
    and (select e.from_state from transaction_events e where e.transaction_id = t.id order by e.seq desc limit 1) <> 'held'`,
};

async function run(knex: Knex, checks: Readonly<Record<string, string>>): Promise<Problem[]> {
  // One statement, so that all checks see the same moment.
  const union = Object.entries(checks)
    .map(([check, sql]) => `select '${check}' as check, q.what from (${sql}) q`)
    .join('\nunion all\n');
  // With a value it is prepared: the simulator asks after each of its steps.
  return rows<Problem>(knex, `select q.check, q.what from (${union}) q where ?::bool`, [true]);
}

export const quickProblems = (knex: Knex): Promise<Problem[]> => run(knex, QUICK);
export const bookProblems = (knex: Knex): Promise<Problem[]> => run(knex, { ...QUICK, ...FULL });

/**
 * Clearing and wallet of each transaction of which transfers were written after `since`, the id of a
 * transfer; `upTo` is that of the newest.
 */
export async function movedProblems(
  knex: Knex,
  since: bigint,
): Promise<{ problems: Problem[]; upTo: bigint }> {
  const [newest] = await rows<{ id: bigint }>(
    knex,
    'select coalesce(max(id), 0)::int8 as id from ledger_transfers',
  );
  if (newest!.id === since) return { problems: [], upTo: since };
  const problems = await rows<Problem>(
    knex,
    `
    with moved as (select x.transaction_id as id, sum(case when c.code like 'clearing:%' then x.amount_paise
    when d.code like 'clearing:%' then -x.amount_paise else 0 end) as clearing,
        sum(case when c.code like 'wallet:%' then x.amount_paise when d.code like 'wallet:%' then -x.amount_paise else 0 end) as wallet
      from ledger_transfers x join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
      where x.transaction_id in (select transaction_id from ledger_transfers where id > ?) group by 1)
    select 'clearing and wallet of each transaction' as check,
    t.id || ' ' || t.service || ' ' || t.state || ' has ' || m.clearing ||
    ' on clearing, and moved its wallet by ' || m.wallet as what
    from moved m join transactions t on t.id = m.id
    where m.clearing <> case when ${ON_CLEARING} then t.total_paise else 0 end or m.wallet <> ${ON_WALLET}`,
    [since],
  );
  return { problems, upTo: newest!.id };
}

/** Throws, naming the rows, when a promise is broken. */
export async function assertCleanBooks(knex: Knex): Promise<void> {
  const problems = await bookProblems(knex);
  if (problems.length > 0)
    throw new Error(
      `the books are not clean:\n${problems
        .slice(0, 20)
        .map((p) => `${p.check}: ${p.what}`)
        .join('\n')}`,
    );
}

/** The end of a test with books of its own: they are read while the world stands, and what they say is thrown when it is closed. */
export async function closeWithCleanBooks(knex: Knex, world: { close(): Promise<void> }): Promise<void> {
  const books = assertCleanBooks(knex);
  await books.catch(() => undefined);
  await world.close();
  await books;
}
