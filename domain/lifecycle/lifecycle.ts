/**
 * The lifecycle of a transaction: one table of states and moves. The database holds the same table (trigger
 * `transactions_moves`); a test compares the two, and docs/lifecycle.md is drawn from this file.
 */
export const STATES = [
  'accepted',
  'held',
  'dispatched',
  'refund_pending',
  'in_review',
  'succeeded',
  'failed',
  'reversed',
  'refunded',
] as const;
export type State = (typeof STATES)[number];

/** For each state, the states it may move to and who moves it there. */
export const MOVES: Readonly<Record<State, Partial<Record<State, string>>>> = {
  accepted: { held: 'hold', failed: 'hold' },
  held: { dispatched: 'send', failed: 'send', in_review: 'outcome' },
  dispatched: {
    held: 'send',
    succeeded: 'settle',
    failed: 'settle',
    refund_pending: 'settle',
    refunded: 'settle',
    in_review: 'settle',
  },
  refund_pending: { refunded: 'settle', succeeded: 'settle', in_review: 'settle' },
  succeeded: { reversed: 'settle', refunded: 'settle', refund_pending: 'settle', in_review: 'settle' },
  failed: { in_review: 'settle' },
  in_review: { succeeded: 'checker', failed: 'checker', reversed: 'checker', refunded: 'checker' },
  reversed: {},
  refunded: {},
};

/** True if the table contains the move. */
export function mayMove(from: State, to: State): boolean {
  return MOVES[from][to] !== undefined;
}

export const FINAL_STATES: ReadonlySet<State> = new Set(['succeeded', 'failed', 'reversed', 'refunded']);

export type PublicStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'REVERSED' | 'REFUNDED';
export const PUBLIC_STATUSES: readonly PublicStatus[] = [
  'PENDING',
  'SUCCESS',
  'FAILED',
  'REVERSED',
  'REFUNDED',
];

const PUBLIC: Readonly<Record<Exclude<State, 'in_review'>, PublicStatus>> = {
  accepted: 'PENDING',
  held: 'PENDING',
  dispatched: 'PENDING',
  refund_pending: 'PENDING',
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  reversed: 'REVERSED',
  refunded: 'REFUNDED',
};

/** The status that callers see. `in_review` shows the public status of the state it came from. */
export function publicStatus(state: State, reviewedFrom: State | null = null): PublicStatus {
  if (state !== 'in_review') return PUBLIC[state];
  return reviewedFrom === null || reviewedFrom === 'in_review' ? 'PENDING' : PUBLIC[reviewedFrom];
}
