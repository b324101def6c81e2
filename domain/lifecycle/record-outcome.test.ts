import { recordOne, type OutcomeReport } from './record-outcome';
import type { LockedTransaction } from './moves';
import { dispatchedRow, finalRow, LATER, NOW, polled, SEND_BEFORE } from '../../test/support/outcome-reports';
import { lockedRow } from '../../test/support/rows';
import {
  failed,
  notFound,
  pending,
  refused,
  reversed,
  succeeded,
  timedOut,
} from '../../test/support/scripted-connector';

// The change that a report makes to a row; which decision is taken is the business of decide.test.ts.
const dispatch = (
  row: LockedTransaction,
  answer: OutcomeReport['answer'],
  over: Partial<OutcomeReport> = {},
): OutcomeReport => ({
  transactionId: row.id,
  attemptNo: 1,
  source: 'dispatch',
  askedAt: new Date('2026-11-01T06:30:05Z'),
  answer,
  sendBefore: SEND_BEFORE,
  nextPollAt: new Date('2026-11-01T06:31:15Z'),
  ...over,
});
const poll = (
  row: LockedTransaction,
  answer: OutcomeReport['answer'],
  over: Partial<OutcomeReport> = {},
): OutcomeReport => polled(row, answer, { recheckSuccessMs: [86_400_000, 259_200_000], ...over });

describe('a dispatch', () => {
  test('that succeeded makes settle due', () => {
    const row = dispatchedRow();
    const { recorded, seq, effectSeq } = recordOne(row, dispatch(row, succeeded()), NOW);
    expect(recorded).toMatchObject({
      decision: 'apply',
      effect: 'success',
      due: { job: 'settle', id: row.id, driveNo: 4 },
    });
    expect({ seq, effectSeq }).toEqual({ seq: 1, effectSeq: 1 });
    expect(recorded.row).toMatchObject({
      state: 'dispatched',
      outcome: 'succeeded',
      outcomeAt: NOW,
      effectCount: 1,
      outcomeCount: 1,
      driveNo: 4,
      dueAt: new Date('2026-11-01T06:31:10Z'),
      utr: '000000000001',
      providerReference: 'pout_1',
    });
  });

  test('P5 that timed out leaves it dispatched, to be asked about', () => {
    const row = dispatchedRow();
    const { recorded, result } = recordOne(row, dispatch(row, timedOut()), NOW);
    expect(recorded).toMatchObject({
      decision: 'note',
      due: undefined,
      row: {
        state: 'dispatched',
        outcome: null,
        nextPollAt: new Date('2026-11-01T06:31:15Z'),
        statusReason: '<timeout>',
      },
    });
    expect(result.event).toBeUndefined();
  });

  test('that certainly was not sent holds it again, after a pause', () => {
    const row = dispatchedRow();
    const { recorded, result } = recordOne(row, dispatch(row, refused()), NOW);
    expect(recorded.row).toMatchObject({
      state: 'held',
      sendBefore: null,
      nextPollAt: null,
      dueAt: new Date('2026-11-01T06:31:01Z'),
      driveNo: 4,
      attemptNo: 1,
      moveCount: 3,
    });
    expect(result.event).toMatchObject({
      from: 'dispatched',
      to: 'held',
      seq: 3,
      reason: 'certainly_not_sent',
    });
  });

  test('waits longer after each attempt, a minute at most', () => {
    const pauses = [1, 2, 3, 6, 7, 30].map((attemptNo) => {
      const row = dispatchedRow({ attemptNo });
      return (
        recordOne(row, dispatch(row, refused(), { attemptNo }), NOW).recorded.row.dueAt!.getTime() -
        NOW.getTime()
      );
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  // A process frozen between begin and call, while the poll found nothing and repeated the request with the same key.
  test('P4 that learns late that it did not send is no proof when the request was repeated since', () => {
    const row = dispatchedRow({ sendBefore: new Date('2026-11-01T06:46:00Z') });
    const { recorded, result } = recordOne(row, dispatch(row, refused()), NOW);
    expect(recorded).toMatchObject({ decision: 'note', row: { state: 'dispatched' } });
    expect(result.event).toBeUndefined();
  });

  test('P5 a refusal of the first request is no failure when the request was repeated since, unless it speaks of the payout', () => {
    const row = dispatchedRow({ sendBefore: new Date('2026-11-01T06:46:00Z') });
    expect(
      recordOne(row, dispatch(row, failed({ providerReference: undefined })), NOW).recorded,
    ).toMatchObject({ decision: 'note', row: { outcome: null } });
    expect(recordOne(row, dispatch(row, failed()), NOW).recorded).toMatchObject({
      decision: 'apply',
      effect: 'failure',
    });
    expect(recordOne(row, dispatch(row, succeeded()), NOW).recorded).toMatchObject({
      decision: 'apply',
      effect: 'success',
    });
  });

  test('a report that does not say which send it was is not believed to be the only one', () => {
    const row = dispatchedRow();
    expect(recordOne(row, dispatch(row, refused(), { sendBefore: undefined }), NOW).recorded.row.state).toBe(
      'dispatched',
    );
  });
});

test.each(['callback', 'poll', 'reconciliation', 'ops'] as const)(
  'a %s never says that nothing was sent',
  (source) => {
    const row = dispatchedRow();
    expect(recordOne(row, { ...dispatch(row, refused()), source }, NOW).recorded.row.state).toBe(
      'dispatched',
    );
  },
);

test('P5 the word that an attempt called unsent has moved money stops the next one', () => {
  const row = lockedRow({ state: 'held', attemptNo: 1, moveCount: 3, dueAt: LATER });
  const { recorded, result } = recordOne(row, { ...poll(row, succeeded()), source: 'callback' }, NOW);
  expect(recorded).toMatchObject({
    decision: 'case',
    caseKind: 'outcome_of_abandoned_attempt',
    row: { state: 'in_review', dueAt: null },
  });
  expect(result.event).toMatchObject({ from: 'held', to: 'in_review' });
});

describe('an attempt of which the provider has spoken', () => {
  test.each([
    ['a callback that decides nothing', 'callback', pending()],
    ['an inquiry that finds it on its way', 'poll', pending()],
  ] as const)('is not called unsent after %s', (_what, source, answer) => {
    const row = dispatchedRow();
    const spoken = recordOne(row, { ...poll(row, answer), source }, NOW).recorded.row;
    expect(spoken).toMatchObject({ state: 'dispatched', spokenOfAttempt: 1 });
    expect(recordOne(spoken, dispatch(row, refused()), NOW).recorded.row.state).toBe('dispatched');
  });

  test('is the one that was spoken of: the next may be called unsent', () => {
    const row = dispatchedRow({ attemptNo: 2, spokenOfAttempt: 1 });
    const reported = dispatch(row, refused(), { attemptNo: 2 });
    expect(recordOne(row, reported, NOW).recorded.row.state).toBe('held');
  });

  test.each([
    ['on its way, in answer to the send itself', 'dispatch', pending()],
    ['several under one reference', 'poll', { ...timedOut(), foundThere: 'several' as const }],
    ['of another amount', 'poll', succeeded({ amountPaise: 1n })],
    ['by an id and without a state', 'poll', { ...timedOut(), providerReference: 'pout_1' }],
  ] as const)('is one that the provider has shown: %s', (_what, source, answer) => {
    const row = dispatchedRow();
    const shown = recordOne(row, { ...dispatch(row, answer), source }, NOW).recorded.row;
    expect(shown).toMatchObject({ state: 'dispatched', outcome: null, spokenOfAttempt: 1 });
  });

  test('is not one of which an inquiry found nothing', () => {
    const row = dispatchedRow();
    const { recorded } = recordOne(row, poll(row, notFound()), NOW);
    expect(recorded.row.spokenOfAttempt).toBeNull();
    expect(recordOne(recorded.row, dispatch(row, refused()), NOW).recorded.row.state).toBe('held');
  });
});

describe('an answer about another amount', () => {
  const SOURCES = ['dispatch', 'callback', 'poll', 'refund', 'reconciliation', 'ops'] as const;

  test.each(SOURCES)('is no answer, whoever reports it: %s', (source) => {
    const row = dispatchedRow({ amountPaise: 150_000n });
    const reported = dispatch(row, succeeded({ amountPaise: 150_001n }), { source });
    const { recorded, report, effectSeq } = recordOne(row, reported, NOW);
    expect({ decision: recorded.decision, effectSeq }).toEqual({ decision: 'note', effectSeq: null });
    expect(recorded.isOfOtherAmount).toBe(true);
    expect(report.answer).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<amount mismatch>',
      foundThere: 'one',
      description: 'the provider speaks of 150001 paise (pout_1)',
    });
    expect(recorded.row).toMatchObject({ outcome: null, providerReference: null, utr: null });
  });

  test.each(SOURCES)('is believed with our amount, or with none: %s', (source) => {
    const row = dispatchedRow({ amountPaise: 150_000n });
    for (const amountPaise of [150_000n, undefined]) {
      const { recorded } = recordOne(row, dispatch(row, succeeded({ amountPaise }), { source }), NOW);
      expect(recorded).toMatchObject({ decision: 'apply', effect: 'success', isOfOtherAmount: false });
    }
  });

  test('never shows that a request was not sent', () => {
    const row = dispatchedRow({ amountPaise: 150_000n });
    const reported = dispatch(row, { ...refused(), amountPaise: 1n });
    expect(recordOne(row, reported, NOW).recorded.row.state).toBe('dispatched');
  });
});

describe('asking again', () => {
  test('a contradiction that nobody confirmed is asked about at once, also when the first outcome is not posted yet', () => {
    for (const postedCount of [0, 1]) {
      const row =
        postedCount === 1
          ? finalRow('failed')
          : dispatchedRow({
              outcome: 'failed',
              outcomeAt: new Date('2026-11-01T06:30:30Z'),
              outcomeCount: 1,
              effectCount: 1,
              dueAt: LATER,
            });
      const { recorded } = recordOne(row, { ...poll(row, succeeded()), source: 'callback' }, NOW);
      expect(recorded).toMatchObject({
        decision: 'ask_again',
        due: undefined,
        row: { nextPollAt: NOW, askedForAt: NOW, outcome: 'failed' },
      });
    }
  });

  test('an inquiry about a final transaction goes on until it has a definite answer', () => {
    const row = finalRow('failed', { nextPollAt: LATER, pollNo: 4 });
    for (const answer of [timedOut(), pending(), notFound()])
      expect(recordOne(row, poll(row, answer), NOW).recorded.row).toMatchObject({
        nextPollAt: LATER,
        pollNo: 4,
      });
    expect(recordOne(row, poll(row, failed()), NOW).recorded.row).toMatchObject({
      nextPollAt: null,
      pollNo: 0,
    });
  });

  test('a success is asked about again at T+1 and T+3, and then no more', () => {
    const row = finalRow('succeeded', { nextPollAt: LATER });
    const next = (at: string): Date | null =>
      recordOne(row, poll(row, succeeded()), new Date(at)).recorded.row.nextPollAt;
    expect(next('2026-11-01T06:31:00Z')).toEqual(new Date('2026-11-02T06:30:31Z'));
    expect(next('2026-11-02T06:30:30.999Z')).toEqual(new Date('2026-11-02T06:30:31Z'));
    expect(next('2026-11-02T06:30:31Z')).toEqual(new Date('2026-11-04T06:30:31Z'));
    expect(next('2026-11-04T06:30:31Z')).toBeNull();
  });

  test.each([
    ['failed', 'failed'],
    ['refunded', 'refunded'],
    ['reversed', 'reversed'],
    ['in_review', 'late_success'],
  ] as const)(
    'money that the provider holds until the customer consents is asked about again after a day: %s, known as %s',
    (state, outcome) => {
      const row = finalRow('failed', { state, outcome, nextPollAt: LATER });
      const waits = recordOne(row, poll(row, { ...failed(), kind: 'refund_pending' }), NOW).recorded.row;
      expect(waits.nextPollAt).toEqual(new Date('2026-11-02T06:31:00Z'));
      const decided = recordOne(waits, poll(row, { ...failed(), kind: 'refunded' }), NOW).recorded.row;
      expect(decided.nextPollAt).toBeNull();
    },
  );

  test('an answer does not take away an inquiry that was asked for after it', () => {
    // A contradiction came while this inquiry was on its way.
    const askedForAt = new Date('2026-11-01T06:30:40Z');
    const row = finalRow('failed', { nextPollAt: askedForAt, askedForAt });
    expect(recordOne(row, poll(row, failed()), NOW).recorded.row.nextPollAt).toEqual(row.nextPollAt);
  });

  test('an inquiry that was due before the outcome is still to be made; one of the cadence that comes later is not', () => {
    for (const [nextPollAt, askedForAt] of [
      [new Date(NOW.getTime() - 1), NOW],
      [LATER, null],
    ] as const) {
      const row = dispatchedRow({ nextPollAt });
      expect(recordOne(row, poll(row, succeeded()), NOW).recorded.row).toMatchObject({
        nextPollAt,
        askedForAt,
      });
    }
  });

  test('a send that tells when to ask next puts off what was asked for before', () => {
    const row = dispatchedRow({ nextPollAt: NOW, askedForAt: NOW });
    const { nextPollAt, askedForAt } = recordOne(row, dispatch(row, timedOut()), NOW).recorded.row;
    expect([nextPollAt, askedForAt]).toEqual([new Date('2026-11-01T06:31:15Z'), null]);
  });

  test('a callback that repeats what is known leaves the inquiries alone', () => {
    const row = finalRow('succeeded', { nextPollAt: LATER });
    expect(recordOne(row, { ...poll(row, succeeded()), source: 'callback' }, NOW).recorded.row).toMatchObject(
      { nextPollAt: LATER },
    );
  });
});

describe('a callback told that the money came back', () => {
  const told = (over: Partial<LockedTransaction> = {}): LockedTransaction =>
    finalRow('succeeded', { reversalToldAt: new Date('2026-11-01T06:30:50Z'), ...over });
  const answered = (
    row: LockedTransaction,
    answer: OutcomeReport['answer'],
    over: Partial<OutcomeReport> = {},
  ) => recordOne(row, poll(row, answer, { driveNo: row.driveNo, ...over }), NOW);

  test('an inquiry made since that finds a success contradicts it, once', () => {
    const first = answered(told(), succeeded());
    expect(first).toMatchObject({
      contradictsReversalHint: true,
      recorded: { decision: 'repeat', row: { reversalToldAt: null } },
    });
    expect(answered(first.recorded.row, succeeded()).contradictsReversalHint).toBe(false);
  });

  test('also where the success was not known before', () => {
    const row = dispatchedRow({ reversalToldAt: new Date('2026-11-01T06:30:50Z') });
    expect(answered(row, succeeded())).toMatchObject({
      contradictsReversalHint: true,
      recorded: { decision: 'apply', row: { reversalToldAt: null } },
    });
  });

  test('the reversal itself answers it without a contradiction; what says nothing leaves it', () => {
    expect(answered(told(), reversed())).toMatchObject({
      contradictsReversalHint: false,
      recorded: { effect: 'reversal', row: { reversalToldAt: null } },
    });
    for (const answer of [timedOut(), pending(), notFound()])
      expect(answered(told(), answer).recorded.row.reversalToldAt).not.toBeNull();
  });

  test('an inquiry that was on its way when it came, and a callback, do not answer it', () => {
    for (const over of [{ driveNo: told().driveNo - 1 }, { source: 'callback' as const }])
      expect(answered(told(), succeeded(), over)).toMatchObject({
        contradictsReversalHint: false,
        recorded: { row: { reversalToldAt: told().reversalToldAt } },
      });
  });
});

test('references of an abandoned attempt are not taken for those of the present one', () => {
  const row = dispatchedRow({ attemptNo: 2 });
  expect(
    recordOne(row, poll(row, pending({ providerReference: 'pout_other' }), { attemptNo: 1 }), NOW).recorded
      .row.providerReference,
  ).toBeNull();
  expect(
    recordOne(row, poll(row, pending({ providerReference: 'pout_2' }), { attemptNo: 2 }), NOW).recorded.row
      .providerReference,
  ).toBe('pout_2');
});
