/** Pieces of SQL that several checks use. */

/**
 * The state that the money of a transaction `t` is in: its own, or, while it is in review, the one it was taken into review from (no posting goes with
 * that move, except that a late success is put into suspense, which is not on the wallet or on clearing).
 */
export const MONEY_STATE = `case when t.state <> 'in_review' then t.state
  else coalesce((select e.from_state from transaction_events e where e.transaction_id = t.id and e.to_state = 'in_review' order by e.seq desc limit 1), 'in_review') end`;

/** States in which the money of a transaction is on clearing. */
export const HELD_STATES = `('held', 'dispatched')`;

/** States in which its wallet has given the money and has not got it back. */
export const SPENT_STATES = `('held', 'dispatched', 'refund_pending', 'succeeded')`;

/** Did a person end the review of transaction `t`? Then named postings, not a recipe, say where its money went. */
export const WAS_REVIEWED = `exists (select from transaction_events e where e.transaction_id = t.id and e.from_state = 'in_review')`;

/** A status word of the provider itself; ours stand in angle brackets. */
export const REAL_WORD = `raw_status not like '<%>'`;

/**
 * Is the uuid (an expression) the one that `derivedUuid` of platform/ids.ts derives from a subject and a purpose? The 15 digits at its end are compared,
 * which are all hash: 60 bits, and a fifth of the price of the whole.
 */
export function isDerivedSql(uuid: string, subject: string, purpose: string): string {
  return `right(replace(${uuid}::text, '-', ''), 15) = substr(encode(sha256(convert_to(${subject}::text || '|' || ${purpose}, 'UTF8')), 'hex'), 5, 15)`;
}
