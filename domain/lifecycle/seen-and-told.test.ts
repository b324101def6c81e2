import type { LockedTransaction } from './moves';
import { recordOne, type OutcomeReport } from './record-outcome';
import { dispatchedRow, finalRow, LATER, NOW, polled } from '../../test/support/outcome-reports';
import { failed, pending, succeeded } from '../../test/support/scripted-connector';

// What an answer may never do: fail or repeat what was seen, or change what callers were told.

describe('P5 a payment that the provider has once shown', () => {
  const presumed = (row: LockedTransaction): OutcomeReport =>
    polled(
      row,
      { ...failed({ providerReference: undefined }), rawStatus: 'not_found' },
      { isPresumed: true },
    );

  test('has not failed because it is not found later: a person looks', () => {
    const row = dispatchedRow({ spokenOfAttempt: 1 });
    expect(recordOne(row, presumed(row), NOW).recorded).toMatchObject({
      decision: 'case',
      caseKind: 'not_found_contradicted',
      row: { outcome: null, effectCount: 0 },
    });
  });

  test('one that was never shown has; shown after all, it is asked about', () => {
    const row = dispatchedRow();
    const gone = recordOne(row, presumed(row), NOW).recorded;
    expect(gone).toMatchObject({ decision: 'apply', effect: 'failure', row: { spokenOfAttempt: null } });
    const posted = { ...gone.row, state: 'failed' as const, postedCount: 1, dueAt: null, nextPollAt: null };
    for (const known of [gone.row, posted])
      for (const source of ['callback', 'dispatch', 'poll'] as const)
        expect(recordOne(known, { ...polled(row, pending()), source }, LATER).recorded).toMatchObject({
          decision: 'ask_again',
          row: { outcome: 'failed', nextPollAt: LATER, askedForAt: LATER, spokenOfAttempt: 1 },
        });
  });

  test('nor is a result that came meanwhile overwritten', () => {
    const row = finalRow('succeeded');
    expect(recordOne(row, presumed(row), NOW).recorded.decision).toBe('stale');
  });
});

describe('what callers read', () => {
  const told = (row: LockedTransaction, answer: OutcomeReport['answer'], over: Partial<OutcomeReport> = {}) =>
    recordOne(row, polled(row, answer, over), NOW).recorded;

  test('a failure that succeeded after all keeps its reason and shows no UTR, until a person decides', () => {
    const row = finalRow('failed', { statusReason: 'bank_account_invalid' });
    const late = told(row, succeeded());
    expect(late).toMatchObject({
      effect: 'late_success',
      row: { statusReason: 'bank_account_invalid', utr: null, providerReference: 'pout_1' },
    });
    const inReview = { ...late.row, state: 'in_review' as const, postedCount: 2, dueAt: null };
    expect(told(inReview, succeeded(), { askedAt: LATER }).row.utr).toBeNull();
  });

  test.each(['reversed', 'refunded'] as const)(
    '%s and then a success: neither reason nor UTR change',
    (known) => {
      const row = finalRow('failed', {
        state: known,
        outcome: known,
        statusReason: 'gone',
        utr: '000000000009',
      });
      for (const source of ['callback', 'poll'] as const)
        expect(told(row, succeeded(), { source }).row).toMatchObject({
          statusReason: 'gone',
          utr: '000000000009',
        });
    },
  );

  test('a success that is called failed keeps its UTR', () => {
    const row = finalRow('succeeded', { utr: '000000000001' });
    expect(told(row, failed({ utr: '000000000002' })).row.utr).toBe('000000000001');
  });

  test('a UTR comes with the result, and where there was none also with its repeat', () => {
    expect(told(dispatchedRow(), succeeded()).row.utr).toBe('000000000001');
    expect(told(finalRow('succeeded'), succeeded(), { source: 'callback' }).row.utr).toBe('000000000001');
    expect(told(dispatchedRow(), pending({ utr: '000000000007' })).row.utr).toBe('000000000007');
  });

  test('another UTR by callback overwrites nothing: the provider is asked, and its answer counts', () => {
    const row = finalRow('succeeded', { utr: 'NEWER00000000002' });
    const older = told(row, succeeded({ utr: 'OLDER00000000001' }), { source: 'callback' });
    expect(older).toMatchObject({
      decision: 'ask_again',
      row: { utr: 'NEWER00000000002', nextPollAt: NOW, askedForAt: NOW, state: 'succeeded' },
    });
    expect(told(row, succeeded({ utr: 'NEWEST0000000003' })).row.utr).toBe('NEWEST0000000003');
    const early = new Date('2026-11-01T06:30:29Z');
    expect(told(row, succeeded({ utr: 'OLDER00000000001' }), { askedAt: early }).row.utr).toBe(
      'NEWER00000000002',
    );
  });
});
