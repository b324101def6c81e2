import type { LockedTransaction } from '../../domain/lifecycle/moves';
import type { OutcomeReport } from '../../domain/lifecycle/record-outcome';
import { lockedRow } from './rows';

/** The last moment of the only send. */
export const SEND_BEFORE = new Date('2026-11-01T06:30:20Z');
/** When reports are recorded. */
export const NOW = new Date('2026-11-01T06:31:00Z');
export const LATER = new Date('2026-11-01T06:35:00Z');

/** A transaction that was sent once and is asked about later. */
export const dispatchedRow = (over: Partial<LockedTransaction> = {}): LockedTransaction =>
  lockedRow({
    state: 'dispatched',
    attemptNo: 1,
    sendBefore: SEND_BEFORE,
    dueAt: null,
    nextPollAt: LATER,
    moveCount: 2,
    driveNo: 3,
    ...over,
  });

/** One whose outcome was recorded and posted. */
export const finalRow = (
  state: 'succeeded' | 'failed',
  over: Partial<LockedTransaction> = {},
): LockedTransaction =>
  dispatchedRow({
    state,
    outcome: state,
    outcomeAt: new Date('2026-11-01T06:30:30Z'),
    outcomeCount: 1,
    effectCount: 1,
    postedCount: 1,
    moveCount: 3,
    nextPollAt: null,
    spokenOfAttempt: 1,
    finishedAt: new Date('2026-11-01T06:30:31Z'),
    ...over,
  });

/** What an inquiry about its first attempt brings now. */
export const polled = (
  row: LockedTransaction,
  answer: OutcomeReport['answer'],
  over: Partial<OutcomeReport> = {},
): OutcomeReport => ({
  transactionId: row.id,
  attemptNo: 1,
  source: 'poll',
  askedAt: NOW,
  answer,
  ...over,
});
