import type { CaseKind } from '../cases/kinds';
import type { InquiryAnswer } from '../provider/outcome';
import type { KnownOutcome, LockedTransaction } from './moves';

/**
 * Outcomes are recorded before they are posted. One table says what a new outcome does, given the known one:
 *   apply        it is posted;
 *   queue_after  it is posted after the one that is not posted yet;
 *   repeat       it was known;
 *   stale        it is vague, and was requested before the last outcome was recorded;
 *   note         it decides nothing;
 *   retry        it failed for our balance at the provider alone: it is sent again, as a new attempt;
 *   ask_again    it contradicts what is known, and no inquiry made since has confirmed it;
 *   case         a person must look.
 * A known outcome is never overwritten on a guess.
 */
export type Decision = 'apply' | 'queue_after' | 'repeat' | 'stale' | 'note' | 'retry' | 'ask_again' | 'case';
export type OutcomeSource = 'dispatch' | 'callback' | 'poll' | 'reconciliation' | 'ops' | 'refund';
/** The effects that settle posts. */
export const EFFECTS = [
  'success',
  'failure',
  'reversal',
  'late_success',
  'refund_due',
  'refund_due_after_success',
  'refund',
  'refund_at_once',
  'refund_after_success',
  'refund_withdrawn',
  // Decided in review. The first four: the money is where it was held, nothing has been posted.
  'review_success',
  'review_failure',
  'review_reversal',
  'review_refund',
  // The other four: a late success has been posted, suspense carries it.
  'late_success_confirmed',
  'late_success_borne',
  'late_success_reversed',
  'late_success_refunded',
] as const;
export type Effect = (typeof EFFECTS)[number];

export interface NewOutcome {
  kind: InquiryAnswer['kind'];
  source: OutcomeSource;
  askedAt: Date;
  attemptNo: number;
  /** The answer shows that the provider has a payment under our reference (`showsPayment`). */
  showsPayment?: boolean;
  /** A failure whose only fault is that our account with the provider held too little. */
  isShortOfFunds?: boolean;
  /** It is about an attempt that failed in that way. Callbacks come in any order: an older one shows no second payment. */
  isOfEndedAttempt?: boolean;
  /** Concluded from "not found" and not said by the provider. */
  isPresumed?: boolean;
}
export interface Verdict {
  decision: Decision;
  effect?: Effect;
  outcome?: KnownOutcome;
  caseKind?: CaseKind;
}

type Cell = Decision | readonly ['effect', Effect, KnownOutcome] | 'contradiction' | 'late';
type Kind = NewOutcome['kind'];
type DefiniteKind = Exclude<Kind, 'pending' | 'unknown' | 'not_found'>;

/**
 * The case that the provider mentions an attempt which we had given up as never sent. While it is open,
 * nothing more is sent.
 */
export const ABANDONED = 'outcome_of_abandoned_attempt';

/** The case that the provider does not find a payment which it has shown us before. */
export const NOT_FOUND_CONTRADICTED = 'not_found_contradicted';

const NOTES = { pending: 'note', unknown: 'note', not_found: 'note' } as const;
const TABLE: Readonly<Record<KnownOutcome | 'nothing', Readonly<Record<Kind, Cell>>>> = {
  nothing: {
    ...NOTES,
    succeeded: ['effect', 'success', 'succeeded'],
    failed: ['effect', 'failure', 'failed'],
    // "REVERSED if we had SUCCESS, else FAILED": the money is back, and we never called it a success.
    reversed: ['effect', 'failure', 'failed'],
    refund_pending: ['effect', 'refund_due', 'refund_pending'],
    refunded: ['effect', 'refund_at_once', 'refunded'],
  },
  succeeded: {
    ...NOTES,
    succeeded: 'repeat',
    reversed: ['effect', 'reversal', 'reversed'],
    failed: 'contradiction',
    refund_pending: ['effect', 'refund_due_after_success', 'refund_pending'],
    refunded: ['effect', 'refund_after_success', 'refunded'],
  },
  failed: {
    ...NOTES,
    succeeded: 'late',
    failed: 'repeat',
    reversed: 'repeat',
    refund_pending: 'case',
    refunded: 'repeat',
  },
  reversed: {
    ...NOTES,
    succeeded: 'contradiction',
    failed: 'repeat',
    reversed: 'repeat',
    refund_pending: 'case',
    refunded: 'repeat',
  },
  // Failed after the provider took the money: it waits for the customer's consent.
  refund_pending: {
    ...NOTES,
    succeeded: ['effect', 'refund_withdrawn', 'succeeded'],
    failed: 'case',
    reversed: 'case',
    refund_pending: 'repeat',
    refunded: ['effect', 'refund', 'refunded'],
  },
  refunded: {
    ...NOTES,
    succeeded: 'contradiction',
    failed: 'repeat',
    reversed: 'repeat',
    refund_pending: 'stale',
    refunded: 'repeat',
  },
  late_success: {
    ...NOTES,
    succeeded: 'repeat',
    failed: 'case',
    reversed: 'case',
    refund_pending: 'case',
    refunded: 'case',
  },
};

/** What two persons may decide of a transaction in review, while its money is held or after a late success. */
export const REVIEW_DECISIONS = {
  held: {
    succeeded: ['review_success', 'succeeded'],
    failed: ['review_failure', 'failed'],
    reversed: ['review_reversal', 'reversed'],
    refunded: ['review_refund', 'refunded'],
  },
  late: {
    succeeded: ['late_success_confirmed', 'succeeded'],
    // The provider was paid all the same: to hear that it succeeded is nothing new.
    failed: ['late_success_borne', 'late_success'],
    reversed: ['late_success_reversed', 'reversed'],
    refunded: ['late_success_refunded', 'refunded'],
  },
} as const satisfies Readonly<
  Record<'held' | 'late', Readonly<Record<ReviewKind, readonly [Effect, KnownOutcome]>>>
>;
export type ReviewKind = 'succeeded' | 'failed' | 'reversed' | 'refunded';

/** Sources that asked the provider about this very transaction. */
export const ASKED: ReadonlySet<OutcomeSource> = new Set(['poll', 'reconciliation', 'ops']);

/** True if the answer says what became of the transaction. */
export function isDefinite(kind: Kind): kind is DefiniteKind {
  return !Object.hasOwn(NOTES, kind);
}

/** Decides on an outcome; pure. `row` is read under its lock. */
export function decideOutcome(
  row: Pick<
    LockedTransaction,
    | 'state'
    | 'outcome'
    | 'outcomeAt'
    | 'attemptNo'
    | 'effectCount'
    | 'postedCount'
    | 'answerBefore'
    | 'spokenOfAttempt'
  >,
  next: NewOutcome,
  now: Date,
): Verdict {
  if (row.state === 'in_review' && next.source === 'ops' && next.attemptNo === row.attemptNo)
    return decideReview(row, next.kind);
  const isAbandoned = next.attemptNo !== row.attemptNo || row.state === 'accepted' || row.state === 'held';
  const isSpokenOf = row.spokenOfAttempt === row.attemptNo;
  // It failed because the provider knew nothing of it, or as never sent. Now the provider has it.
  const hasFailed = row.outcome === 'failed' || (row.outcome === null && row.state === 'failed');
  const isThereAfterAll = next.showsPayment === true && hasFailed && !isSpokenOf && !isAbandoned;
  if (isThereAfterAll && !isDefinite(next.kind)) return { decision: 'ask_again' };
  const showsSecond = isAbandoned && next.source === 'callback' && next.isOfEndedAttempt !== true;
  if (!isDefinite(next.kind) && !showsSecond)
    return {
      decision:
        row.outcome !== null && row.outcomeAt !== null && next.askedAt <= row.outcomeAt ? 'stale' : 'note',
    };
  // The provider speaks of an attempt that we had given up as never sent. Whatever it says by itself, however
  // vague, shows that it has the instruction: two attempts may move money.
  if (isAbandoned)
    return next.kind === 'failed' || next.kind === 'reversed'
      ? { decision: 'note' }
      : { decision: 'case', caseKind: ABANDONED };
  if (next.isPresumed === true && row.outcome !== null) return { decision: 'stale' };
  if (next.isPresumed === true && isSpokenOf) return { decision: 'case', caseKind: NOT_FOUND_CONTRADICTED };
  if (
    next.isShortOfFunds === true &&
    next.kind === 'failed' &&
    row.state === 'dispatched' &&
    row.outcome === null
  )
    return { decision: 'retry' };
  // Failed without an outcome, it was given back as never sent: a success of it is late, a failure nothing
  // new.
  const cell = TABLE[row.outcome ?? (row.state === 'failed' ? 'failed' : 'nothing')][next.kind];
  // The terminal that waited has gone: no cash may be handed out any more, and a person decides whose the
  // money is.
  const isTooLate =
    row.answerBefore !== null &&
    now > row.answerBefore &&
    ((row.state === 'dispatched' && row.outcome === null) || row.outcome === 'refund_pending');
  if (isTooLate && row.state !== 'in_review' && next.kind === 'succeeded')
    return {
      decision: row.postedCount < row.effectCount ? 'queue_after' : 'apply',
      effect: 'late_success',
      outcome: 'late_success',
      caseKind: 'late_success',
    };
  if (typeof cell === 'object') {
    if (row.state === 'in_review') return { decision: 'case', caseKind: 'outcome_in_review' };
    // What a terminal waited for is refunded to no wallet of ours: the money belongs to the customer, at
    // their bank, and the customer has gone. A person sees to it.
    const owedElsewhere: Pick<Verdict, 'caseKind'> =
      row.answerBefore !== null && cell[2] === 'refund_pending' ? { caseKind: 'aeps_refund_pending' } : {};
    return {
      decision: row.postedCount < row.effectCount ? 'queue_after' : 'apply',
      effect: cell[1],
      outcome: cell[2],
      ...owedElsewhere,
    };
  }
  if (cell === 'contradiction' || cell === 'late') return decideContradiction(row, next, cell);
  return cell === 'case' && isDefinite(next.kind)
    ? { decision: 'case', caseKind: `unexpected_${next.kind}` }
    : { decision: cell };
}

/** A review is ended by two persons alone; what a provider says meanwhile is for them. */
function decideReview(
  row: Pick<LockedTransaction, 'outcome' | 'postedCount' | 'effectCount'>,
  kind: Kind,
): Verdict {
  const decisions = REVIEW_DECISIONS[row.outcome === 'late_success' ? 'late' : 'held'];
  const isDecided = row.postedCount < row.effectCount;
  if (isDecided || !Object.hasOwn(decisions, kind)) return { decision: 'note' };
  const [effect, outcome] = decisions[kind as ReviewKind];
  return { decision: 'apply', effect, outcome };
}

function decideContradiction(
  row: Pick<LockedTransaction, 'outcomeAt' | 'postedCount' | 'effectCount'>,
  next: NewOutcome,
  cell: 'contradiction' | 'late',
): Verdict {
  // Asked or received before the last outcome was recorded, an answer may still be newer: that outcome's
  // inquiry may have been under way for long. Neither is believed over the other, and neither is dropped.
  const isOld = row.outcomeAt !== null && next.askedAt <= row.outcomeAt;
  if (isOld || !ASKED.has(next.source)) return { decision: 'ask_again' };
  if (cell === 'contradiction')
    return {
      decision: 'case',
      caseKind: next.kind === 'failed' ? 'contradiction_failed' : 'contradiction_succeeded',
    };
  return {
    decision: row.postedCount < row.effectCount ? 'queue_after' : 'apply',
    effect: 'late_success',
    outcome: 'late_success',
    caseKind: 'late_success',
  };
}
