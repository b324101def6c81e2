import { MOVES } from '../lifecycle/lifecycle';
import { STATE_OF } from '../posting/settle';
import type { Check, CheckGroup } from '../promises/check';
import { isDerivedKeySql, isDerivedSql, WAS_REVIEWED } from '../promises/sql';

/**
 * P4: keys and references are used once, a transaction has at most one effect of each kind, every effect is
 * posted once and in order, each journal belongs to one event, and the events lead from accepted to the
 * present state. That nothing was paid twice (paid-once) is checked with the money, in p2-money.ts.
 */

const duplicates = (table: string, columns: string, said: string, id = 'id'): string => `
  select '${table} ' || ${id}, '${said} was used before' from ${table}
  where (${columns}) in (select ${columns} from ${table} group by ${columns} having count(*) > 1)`;

const uniqueKeys: Check = {
  promise: 'P4',
  name: 'unique-keys',
  what: 'keys and references were used once',
  over: 'requests',
  offenders: [
    duplicates('requests', 'user_id, idempotency_key', 'its key'),
    duplicates('requests', 'user_id, reference', 'its reference'),
    duplicates('dispatch_attempts', 'provider, our_reference', 'our reference', 'transaction_id'),
    duplicates(
      'dispatch_attempts',
      'provider, idempotency_key',
      'the key for the provider',
      'transaction_id',
    ),
    duplicates('callbacks', 'provider, event_key', 'its event'),
  ].join(' union all '),
};

const oneEffect: Check = {
  promise: 'P4',
  name: 'one-effect',
  what: 'one success or failure, one reversal at most, rightly counted',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || t.id,
      format('%s outcomes (row: %s), %s effects (row: %s); %s ends, %s reversals, %s late successes',
        coalesce(o.outcomes, 0), t.outcome_count, coalesce(o.effects, 0), t.effect_count,
        coalesce(o.ends, 0), coalesce(o.reversals, 0), coalesce(o.late, 0))
    from transactions t left join (
      select transaction_id, count(*) as outcomes, max(seq) as last,
        count(effect_seq) as effects, coalesce(max(effect_seq), 0) as last_effect,
        count(*) filter (where effect in ('success', 'failure', 'refund_due', 'refund_at_once')) as ends,
        count(*) filter (where effect = 'reversal') as reversals,
        count(*) filter (where effect = 'late_success') as late
      from transaction_outcomes group by 1) o on o.transaction_id = t.id
    where coalesce(o.outcomes, 0) <> t.outcome_count or coalesce(o.last, 0) <> t.outcome_count
      or coalesce(o.effects, 0) <> t.effect_count or coalesce(o.last_effect, 0) <> t.effect_count
      or o.ends > 1 or o.reversals > 1 or o.late > 1`,
};

const effectState: Check = {
  promise: 'P4',
  name: 'effect-state',
  what: 'the state is the one that the last posted effect means',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || t.id,
      format('is %s, its last posted effect is %s (%s of %s)',
        t.state, coalesce(o.effect, 'none'), t.posted_count, t.effect_count)
    from transactions t left join transaction_outcomes o on o.transaction_id = t.id and o.effect_seq = t.posted_count
    where not case when t.posted_count = 0 then t.state not in ('succeeded', 'reversed', 'refunded')
        else t.state = case o.effect ${Object.entries(STATE_OF)
          .map(([effect, state]) => `when '${effect}' then '${state}'`)
          .join(' ')} else '' end end
      and not ${WAS_REVIEWED}`,
};

const journalEvents: Check = {
  promise: 'P4',
  name: 'journal-events',
  what: 'each journal has its event or the end of a dispute, and each of these its journal',
  slice: 'transactions',
  over: 'ledger_transfers where line = 0 and transaction_id is not null',
  offenders: `
    select 'journal ' || coalesce(j.journal_id, e.journal_id),
      case when j.journal_id is null
          then format('transaction %s: an event names it, no transfer has it', e.transaction_id)
        when e.journal_id is null then format('transaction %s: no event goes with it', j.transaction_id)
        else format('belongs to transaction %s, its event to %s', j.transaction_id, e.transaction_id) end
    from (select journal_id, transaction_id from ledger_transfers where line = 0 and transaction_id is not null) j
      full join (select journal_id, transaction_id from transaction_events where journal_id is not null
        union all select earned_journal_id, transaction_id from dispute_endings where earned_journal_id is not null) e
        on e.journal_id = j.journal_id
    where j.journal_id is null or e.journal_id is null or j.transaction_id <> e.transaction_id`,
};

const MOVE_LIST = Object.entries(MOVES)
  .flatMap(([from, to]) => Object.keys(to).map((state) => `'${from}>${state}'`))
  .join(', ');

/** The purpose from which the id of an event's journal is derived. */
const JOURNAL_PURPOSE = `case when from_state = 'accepted' then 'hold|0' when from_state = 'held' then 'release|0'
  else 'effect|' || effects end`;

// Walks the events of each transaction once. `effects` counts the effects settled so far, including those that
// post nothing. Holds and releases are not counted: their journals have purposes of their own.
const eventChain: Check = {
  promise: 'P4',
  name: 'event-chain',
  what: 'events lead from accepted to the present state',
  slice: 'transactions',
  over: 'transaction_events',
  offenders: `
    select 'transaction ' || w.transaction_id,
      format('event %s (%s > %s) %s', w.seq, w.from_state, w.to_state, case
        when not moves then 'is no move of the lifecycle'
        when not follows then 'does not follow from the one before'
        when not named_right then 'names a journal meant for something else'
        else format('is the last; the row says %s after %s moves', coalesce(t.state, 'nothing'), t.move_count) end)
    from (
      select transaction_id, seq, from_state, to_state, is_last,
        from_state || '>' || to_state in (${MOVE_LIST}) as moves,
        from_state = coalesce(before, 'accepted') and seq = coalesce(seq_before, 0) + 1 as follows,
        journal_id is null or from_state = 'in_review'
          or ${isDerivedSql('journal_id', 'transaction_id', JOURNAL_PURPOSE)} as named_right
      from (
        select transaction_id, seq, from_state, to_state, journal_id,
          lag(to_state) over walk as before, lag(seq) over walk as seq_before,
          lead(seq) over walk is null as is_last,
          count(*) filter (where actor = 'settle') over walk as effects
        from transaction_events window walk as (partition by transaction_id order by seq)) as walked) as w
      left join transactions t on w.is_last and t.id = w.transaction_id
    where not moves or not follows or not named_right
      or (w.is_last and (t.id is null or t.state <> w.to_state or t.move_count <> w.seq))
    union all
    select 'transaction ' || t.id, format('is %s after %s moves and has no event', t.state, t.move_count)
    from transactions t
    where (t.move_count > 0 or t.state <> 'accepted')
      and not exists (select from transaction_events e where e.transaction_id = t.id)`,
};

const ATTEMPT = "'attempt|' || attempt_no";
/** Attempts of a database from before the keys left out the time have the longer derivation. */
const HAS_OWN_KEY = `(${isDerivedKeySql('idempotency_key', 'transaction_id', ATTEMPT)}
  or ${isDerivedSql('idempotency_key', 'transaction_id', ATTEMPT)})`;

const attemptKeys: Check = {
  promise: 'P4',
  name: 'attempt-keys',
  what: 'attempts are rightly counted, each with its own key',
  slice: 'transactions',
  over: 'dispatch_attempts',
  offenders: `
    select 'transaction ' || coalesce(a.transaction_id, t.id),
      case when a.wrong_keys > 0 then format('%s attempts carry another key than theirs', a.wrong_keys)
        else format('has %s attempts, its row says %s', coalesce(a.attempts, 0), t.attempt_no) end
    from transactions t full join (
      select transaction_id, count(*) as attempts, max(attempt_no) as last,
        count(*) filter (where not ${HAS_OWN_KEY}) as wrong_keys
      from dispatch_attempts group by 1) a on a.transaction_id = t.id
    where t.id is null or coalesce(a.attempts, 0) <> t.attempt_no or a.last <> t.attempt_no or a.wrong_keys > 0`,
};

export const ONCE: readonly CheckGroup[] = [
  uniqueKeys,
  oneEffect,
  effectState,
  journalEvents,
  eventChain,
  attemptKeys,
].map((check) => ({ checks: [check] }));
