/** SQL fragments that several checks use. */

/**
 * The state of a transaction `t` as far as its money is concerned. That is its own state or, during review,
 * the state from which it was taken into review. (That move posts nothing, except that a late success goes to
 * suspense, which touches neither wallet nor clearing.)
 */
export const MONEY_STATE = `case when t.state <> 'in_review' then t.state
  else coalesce((select e.from_state from transaction_events e
    where e.transaction_id = t.id and e.to_state = 'in_review' order by e.seq desc limit 1), 'in_review') end`;

/** States in which the money of a transaction is on clearing. */
export const HELD_STATES = `('held', 'dispatched')`;

/** States in which the wallet has paid and has not been paid back. */
export const SPENT_STATES = `('held', 'dispatched', 'refund_pending', 'succeeded')`;

/**
 * True if a person ended the review of transaction `t`. Then named postings decided where its money went, not
 * a recipe. One that was let go again is sent and posted as any other.
 */
export const WAS_REVIEWED = `
  exists (select from transaction_events e where e.transaction_id = t.id and e.from_state = 'in_review'
    and e.to_state <> 'held')`;

/**
 * True for an outcome that rests on a word of the provider (our own are in angle brackets), or on the word of
 * two persons. `prefix` is the name of the outcome's row with its dot.
 */
export function realWord(prefix = ''): string {
  return `(${prefix}raw_status not like '<%>' or ${prefix}source = 'ops')`;
}

/**
 * True if the uuid (an SQL expression) is the one that `derivedUuid` of platform/ids.ts derives from a
 * subject and a purpose. Only its last 15 digits are compared: they are 60 bits of hash, and comparing them
 * takes a fifth of the time.
 */
export function isDerivedSql(uuid: string, subject: string, purpose: string): string {
  const digest = `encode(sha256(convert_to(${subject}::text || '|' || ${purpose}, 'UTF8')), 'hex')`;
  return `right(replace(${uuid}::text, '-', ''), 15) = substr(${digest}, 5, 15)`;
}

/** The same for `derivedKey`, which leaves out the milliseconds and the version of its subject. */
export function isDerivedKeySql(uuid: string, subject: string, purpose: string): string {
  const name = `substr(replace(${subject}::text, '-', ''), 14)`;
  const digest = `encode(sha256(convert_to(${name} || '|' || ${purpose}, 'UTF8')), 'hex')`;
  return `right(replace(${uuid}::text, '-', ''), 15) = substr(${digest}, 18, 15)`;
}
