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
  held: { dispatched: 'send', failed: 'send', in_review: 'outcome or send' },
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
  in_review: {
    // Only what was stopped before it was ever sent.
    held: 'checker or restore',
    succeeded: 'checker',
    failed: 'checker',
    reversed: 'checker',
    refunded: 'checker',
  },
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

/** Who takes a transaction on from a state that is not final, by when, and who does if that fails. */
export interface WayOut {
  by: string;
  within: string;
  /** The kind of case, or the rule, that ends it when nobody else does. */
  otherwise: string;
}

/**
 * No state is without a way out. Final states are not here: only the provider, or two persons about a case,
 * correct them.
 */
export const WAYS_OUT: Readonly<
  Record<Exclude<State, 'succeeded' | 'failed' | 'reversed' | 'refunded'>, WayOut>
> = {
  accepted: {
    by: 'the hold job; the redrive loop queues it again',
    within: 'seconds; again after 10 s, then at growing gaps of 5 min at most',
    otherwise:
      'fails as TRANSACTION_EXPIRED at `expires_at`, when it is next driven; `drives_exhausted` after ten drives',
  },
  held: {
    by: 'the send job; the redrive loop queues it again',
    within: 'the turn of the provider; until `expires_at`',
    otherwise:
      'fails as TRANSACTION_EXPIRED and the money goes back; `drives_exhausted` after ten drives. One that the provider ' +
      'failed for our balance does not expire: `provider_funds_short`, and `turnaround_passed` after `expected_by`. What a ' +
      'rule of risk stops before it is sent waits in review, with a case `risk_hold`. A money transfer that was let go from ' +
      'there waits for a new one-time password, a day: the caller asks for it and gives it, else it fails as ' +
      'DMT_OTP_EXPIRED and the money goes back',
  },
  dispatched: {
    by: 'the answer, a callback, or the inquiry of the polling process',
    within: 'the inquiries of `poll_schedule_ms`',
    otherwise:
      '`polling_exhausted` after `poll_for_ms`, `turnaround_passed` after `expected_by`: two persons decide',
  },
  refund_pending: {
    by: 'the customer, who consents with a password; or the inquiry of the polling process',
    within: 'as long as the provider keeps it; asked about every day',
    otherwise: '`turnaround_passed` after `expected_by`: two persons decide',
  },
  in_review: {
    by:
      'two ops accounts: one proposes, another approves. What was stopped before it was sent they release, or refuse: then ' +
      'the money goes back',
    within: 'the case that is open as long as the review; its age is `munim_cases_oldest_seconds`',
    otherwise: 'nothing ends a review by itself: an alert on the age of the case does',
  },
};
