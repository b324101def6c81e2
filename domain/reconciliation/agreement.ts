import { STATES, type State } from '../lifecycle/lifecycle';

/** What a report says of a transaction, and the states of ours that agree with it. */
export const AGREEING: Readonly<Record<string, readonly State[]>> = {
  succeeded: ['succeeded'],
  // The money never went, or is back: the two sides name it by what they knew before.
  failed: ['failed', 'reversed'],
  reversed: ['reversed', 'failed', 'refunded'],
  refunded: ['refunded', 'reversed', 'failed'],
  refund_pending: ['refund_pending'],
  pending: ['dispatched'],
};

/** Still under way with us: a definite word of the report ends it. */
export const UNDER_WAY: readonly State[] = ['dispatched'];

/** A person is at it; a report adds nothing that the case does not say. */
export const WITH_A_PERSON: readonly State[] = ['in_review'];

/** In these states of ours the money is at the provider's, or went through it. */
export const MONEY_WENT: readonly State[] = ['succeeded', 'refund_pending'];

/** As an SQL condition on a row `s` of a report and a transaction `t`. */
export const AGREES_SQL = `(${Object.entries(AGREEING)
  .map(
    ([kind, states]) => `s.kind = '${kind}' and t.state in (${states.map((one) => `'${one}'`).join(', ')})`,
  )
  .join(' or ')})`;

/** The states that a transaction has before anything of it can be in a report. */
export const NOT_SENT: readonly State[] = STATES.filter((state) => state === 'accepted' || state === 'held');
