import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { CASE_KINDS, type ClosesWhen } from './kinds';

/**
 * Closes cases whose question has answered itself, whatever answered it: a poll, a callback, a settlement, a
 * person. It looks at open cases only, of which there are few, so no path of money pays for it.
 */
export interface CaseKeeper {
  /** One round; returns how many were closed. Safe in several processes at once. */
  closeAnswered(limit: number): Promise<number>;
}

interface Rule {
  /** Of a case `c` and its transaction `t`, if it has one. */
  when: string;
  note: string;
}

/**
 * An attempt of ours that a callback named before we knew it, or whose provider reference came later. The payments of
 * services that name our reference have the provider's at the attempt; of others an outcome told it.
 */
const matched = (namingOurReference: readonly string[]): string => `
  exists (select from dispatch_attempts a
    where a.provider = c.evidence->>'provider' and a.our_reference = c.evidence->>'our_reference')
  or exists (select from dispatch_attempts a
    where a.provider = c.evidence->>'provider' and a.provider_reference = c.evidence->>'provider_reference')
  or (select true from transaction_outcomes o join transactions m on m.id = o.transaction_id
    where o.provider_reference = c.evidence->>'provider_reference'
      and m.provider = c.evidence->>'provider' and m.provider_reference = o.provider_reference
      ${namingOurReference.map((service) => `and m.service <> '${service}'`).join(' ')} limit 1) is not null`;

/** Of a drive that had an effect, the row is not due any more, or its count began anew. */
const DRIVEN = `
  case when t.id is not null then t.due_at is null or t.drives = 0
    when c.subject like 'callback:%' then exists (select from callbacks b
      where b.id = substr(c.subject, ${'callback:'.length + 1})::uuid and b.state <> 'received') end`;

/** Not while an effect is still to be posted, which may open it again. */
const FINISHED = 't.finished_at is not null and t.posted_count = t.effect_count';

type Closing = Exclude<ClosesWhen, 'its_service' | 'holds_again' | 'agrees_again' | 'never'>;

const rulesFor = (namingOurReference: readonly string[]): Readonly<Record<Closing, Rule>> => ({
  finished: { when: FINISHED, note: 'the transaction has ended' },
  attempt_ended: {
    // What failed for our balance is sent again, and such a case says nothing of the next attempt.
    when: `${FINISHED} or exists (select from transaction_outcomes o
      where o.transaction_id = t.id and o.decision = 'retry' and o.recorded_at >= c.opened_at)`,
    note: 'the attempt has ended',
  },
  out_of_review: {
    when: `t.state <> 'in_review' and exists (select from transaction_events e
      where e.transaction_id = t.id and e.from_state = 'in_review' and e.at >= c.opened_at)`,
    note: 'the review has ended',
  },
  answered_since: {
    when: 't.outcome_at > c.opened_at',
    note: 'the provider has given a definite answer since',
  },
  driven: { when: DRIVEN, note: 'the work has had its effect' },
  inquiry_answered: {
    when: 't.next_poll_at is null or t.poll_no = 0 or t.outcome_at > c.opened_at',
    note: 'the provider has answered an inquiry',
  },
  matched: {
    when: matched(namingOurReference),
    note: 'an attempt of ours has the reference that the callback named',
  },
});

const kindsThatClose = (when: Closing): string =>
  Object.entries(CASE_KINDS)
    .filter(([, { closes }]) => closes === when)
    .map(([kind]) => `'${kind}'`)
    .join(', ');

/** Its index serves the open cases in the order of their age. */
function closeSql(rules: Readonly<Record<Closing, Rule>>): string {
  const found = Object.entries(rules).map(([when, rule]) => ({
    of: `c.kind in (${kindsThatClose(when as Closing)})`,
    ...rule,
  }));
  return `
  with answered as (
    select c.id, case ${found.map(({ of, note }) => `when ${of} then '${note}'`).join(' ')} end as note
    from ops_cases c left join transactions t on t.id = c.transaction_id
    where c.closed_at is null and (${found.map(({ of, when }) => `(${of} and (${when}))`).join(' or ')})
    order by c.opened_at limit :limit for no key update of c skip locked)
  update ops_cases c set closed_at = :now, closed_by = 'case-keeper', closed_note = answered.note
  from answered where c.id = answered.id and c.closed_at is null
  returning c.id`;
}

/** `namingOurReference`: services whose callbacks are looked up at the attempt (CallbackProcessorDependencies). */
export function createCaseKeeper({
  knex,
  clock,
  namingOurReference,
}: {
  knex: Knex;
  clock: Clock;
  namingOurReference: readonly string[];
}): CaseKeeper {
  const sql = closeSql(rulesFor(namingOurReference));
  return {
    async closeAnswered(limit) {
      const closed = await rows<{ id: string }>(knex, sql, { limit, now: clock.now() });
      return closed.length;
    },
  };
}
