import type { Check, CheckGroup } from '../promises/check';
import { realWord, WAS_REVIEWED } from '../promises/sql';

/** P5: only a definite answer ends a transaction, and money is never sent again on a guess. */

/**
 * True if it is recorded that attempt `a` certainly moved nothing: it was not sent, or the provider has said that it
 * failed because our account there held too little.
 */
const NOT_SENT = `
  exists (select from transaction_outcomes o where o.transaction_id = a.transaction_id
    and o.attempt_no = a.attempt_no and ((o.source = 'dispatch' and not o.sent)
      or (o.decision = 'retry' and o.kind = 'failed' and ${realWord('o.')})))`;
const definite = (effects: string, kinds: string): string =>
  `
  exists (select from transaction_outcomes o where o.transaction_id = t.id
    and o.effect in (${effects}) and o.kind in (${kinds}) and ${realWord('o.')})`;

const failed: Check = {
  promise: 'P5',
  name: 'failed-for-sure',
  what: "failed ones were never sent, or have the provider's word",
  slice: 'transactions',
  over: `transactions where state = 'failed'`,
  offenders: `
    select 'transaction ' || t.id,
      format('failed (%s) after %s attempts; one of them may have been sent, and no definite answer was recorded',
        coalesce(t.status_reason, 'no reason'), t.attempt_no)
    from transactions t
    where t.state = 'failed' and not ${definite("'failure'", "'failed', 'reversed'")} and not ${WAS_REVIEWED}
      and (t.posted_count > 0
        or exists (select from dispatch_attempts a where a.transaction_id = t.id and not ${NOT_SENT}))`,
};

/** For each end state, the effects that lead to it and the provider's answers that justify them. */
const ENDS: readonly (readonly [string, string, string])[] = [
  ['succeeded', "'success', 'refund_withdrawn'", "'succeeded'"],
  ['reversed', "'reversal'", "'reversed'"],
  ['refund_pending', "'refund_due', 'refund_due_after_success'", "'refund_pending'"],
  ['refunded', "'refund', 'refund_at_once', 'refund_after_success'", "'refunded'"],
];

const ENDED_WITHOUT_WORD = ENDS.map(
  ([state, effects, kinds]) => `t.state = '${state}' and not ${definite(effects, kinds)}`,
).join(' or ');

const ended: Check = {
  promise: 'P5',
  name: 'ended-for-sure',
  what: "successes, reversals and refunds have the provider's word",
  slice: 'transactions',
  over: `transactions where state in ('succeeded', 'reversed', 'refund_pending', 'refunded')`,
  offenders: `
    select 'transaction ' || t.id, format('%s without a definite answer of the provider', t.state)
    from transactions t where not ${WAS_REVIEWED} and (${ENDED_WITHOUT_WORD})`,
};

const indefinite: Check = {
  promise: 'P5',
  name: 'no-guess',
  what: 'no effect comes from an answer that says nothing definite',
  slice: 'transactions',
  over: 'transaction_outcomes',
  offenders: `
    select 'transaction ' || transaction_id,
      format('outcome %s: %s (%s) was taken for a %s', seq, kind, raw_status, effect)
    from transaction_outcomes
    where effect is not null and (kind in ('pending', 'unknown', 'not_found') or not ${realWord()})`,
};

const resent: Check = {
  promise: 'P5',
  name: 'resent-for-sure',
  what: 'sent again only after an attempt that certainly moved nothing',
  slice: 'transactions',
  over: 'dispatch_attempts',
  offenders: `
    select 'transaction ' || a.transaction_id,
      format('attempt %s was made, and attempt %s may have been sent', a.attempt_no + 1, a.attempt_no)
    from dispatch_attempts a join transactions t on t.id = a.transaction_id and a.attempt_no < t.attempt_no
    where not ${NOT_SENT}`,
};

const decided: Check = {
  promise: 'P5',
  name: 'decided-by-two',
  what: 'what persons decided was proposed by one and approved by another',
  slice: 'transactions',
  over: `transaction_outcomes where source = 'ops'`,
  offenders: `
    select 'transaction ' || o.transaction_id, format('outcome %s (%s) has no approval of two persons', o.seq, o.kind)
    from transaction_outcomes o
    where o.source = 'ops' and o.effect is not null and not exists (
      select from approvals a where a.state = 'approved' and a.action = 'case.decide'
        and a.detail ->> 'transaction' = o.transaction_id::text and a.detail ->> 'choice' = o.kind
        and a.decided_by <> a.proposed_by)`,
};

export const UNKNOWN: readonly CheckGroup[] = [failed, ended, indefinite, resent, decided].map((check) => ({
  checks: [check],
}));
