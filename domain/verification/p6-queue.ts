import type { Check, CheckGroup } from '../promises/check';

/**
 * P6: every piece of unfinished work has a time at which it is driven, and that time is not long past. Work
 * that no process drives becomes overdue, so it is found too.
 */

/** Loops look four times a second, so a row that is overdue by this much is driven by nobody. */
const OVERDUE = `interval '30 seconds'`;

// A requested inquiry waits for an effect to be posted and may have been due before that. Posting writes the
// row, so updated_at says when the wait was over.
const INQUIRY_DUE =
  'case when asked_for_at is not null then greatest(next_poll_at, updated_at) else next_poll_at end';

interface Overdue {
  name: string;
  what: string;
  /** Begins the name of a row in the findings. */
  kind: string;
  table: string;
  dueAt: string;
  over: string;
}

const overdue = ({ name, what, kind, table, dueAt, over }: Overdue): Check => ({
  promise: 'P6',
  name,
  what,
  over: `${table} where ${over}`,
  offenders: `
    select '${kind} ' || id, format('overdue by %s s', extract(epoch from business_now() - (${dueAt}))::int8)
    from ${table} where ${over} and ${dueAt} < business_now() - ${OVERDUE}`,
});

const hasTime: Check = {
  promise: 'P6',
  name: 'work-has-a-time',
  what: 'unfinished work has a time at which it is driven',
  over: 'transactions',
  offenders: `
    select 'transaction ' || id,
      format('is %s with %s of %s effects posted, and nothing drives it', state, posted_count, effect_count)
    from transactions
    where (due_at is null and (state in ('accepted', 'held') or posted_count < effect_count))
      or (next_poll_at is null and state = 'dispatched')
      or not coalesce(due_from <= due_at, due_at is null) or not coalesce(poll_from <= next_poll_at, next_poll_at is null)
    union all
    select 'callback ' || id, 'was received, and nothing drives it' from callbacks
    where state = 'received' and due_at is null`,
};

export const QUEUE: readonly CheckGroup[] = [
  overdue({
    name: 'overdue-transactions',
    what: 'no transaction is overdue by more than 30 s',
    kind: 'transaction',
    table: 'transactions',
    dueAt: 'due_at',
    // After a restore a transaction waits for the answer of its provider.
    over: "due_from is not null and due_at is not null and (restore_id is null or due_job = 'settle')",
  }),
  overdue({
    name: 'overdue-callbacks',
    what: 'no stored callback is overdue by more than 30 s',
    kind: 'callback',
    table: 'callbacks',
    dueAt: 'due_at',
    over: 'due_at is not null',
  }),
  overdue({
    name: 'overdue-inquiries',
    what: 'no inquiry is overdue by more than 30 s',
    kind: 'transaction',
    table: 'transactions',
    dueAt: INQUIRY_DUE,
    over: 'poll_from is not null and next_poll_at is not null and posted_count = effect_count',
  }),
  hasTime,
].map((check) => ({ checks: [check] }));
