import { transactionId } from '../../domain/ids/ids';
import type { LockedTransaction } from '../../domain/lifecycle/moves';

/** A transaction as read under its lock; freshly accepted unless said otherwise. */
export function lockedRow(over: Partial<LockedTransaction> = {}): LockedTransaction {
  return {
    id: transactionId('01890a5d-ac96-774b-bcce-b302099a8057'),
    state: 'accepted',
    provider: 'testpay',
    amountPaise: 100_000n,
    chargePaise: 0n,
    attemptNo: 0,
    sendBefore: null,
    outcome: null,
    outcomeAt: null,
    outcomeCount: 0,
    effectCount: 0,
    postedCount: 0,
    moveCount: 0,
    driveNo: 0,
    drives: 0,
    dueAt: new Date('2026-11-01T06:30:10Z'),
    nextPollAt: null,
    pollNo: 0,
    askedForAt: null,
    spokenOfAttempt: null,
    statusReason: null,
    reversalToldAt: null,
    providerReference: null,
    utr: null,
    expiresAt: new Date('2026-11-01T07:00:00Z'),
    answerBefore: null,
    finishedAt: null,
    ...over,
  };
}
