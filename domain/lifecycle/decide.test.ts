import type { CaseKind } from '../cases/kinds';
import {
  decideOutcome as decide,
  isDefinite,
  type Effect,
  type NewOutcome,
  type OutcomeSource,
  type Verdict,
} from './decide';
import { STATES } from './lifecycle';
import type { KnownOutcome, LockedTransaction } from './moves';
import { lockedRow } from '../../test/support/rows';

const RECORDED_AT = new Date('2026-11-01T06:31:00Z');
const BEFORE = new Date('2026-11-01T06:30:59.999Z');
const AFTER = new Date('2026-11-01T06:31:00.001Z');

const decideOutcome = (row: LockedTransaction, next: NewOutcome): Verdict => decide(row, next, AFTER);

type Kind = NewOutcome['kind'];
const DEFINITE = ['succeeded', 'failed', 'reversed', 'refund_pending', 'refunded'] as const;
const NOTES = ['pending', 'unknown', 'not_found'] as const;
const SOURCES: readonly OutcomeSource[] = ['dispatch', 'callback', 'poll', 'reconciliation', 'ops'];
/** Somebody asked the provider about this very transaction, after what is known was recorded. */
const ASKED: readonly OutcomeSource[] = ['poll', 'reconciliation', 'ops'];

// What a definite word does, by what is known: in the order of DEFINITE.
const TABLE: Readonly<Record<KnownOutcome | 'nothing', readonly [string, string, string, string, string]>> = {
  nothing: [
    'effect success',
    'effect failure',
    'effect failure',
    'effect refund_due',
    'effect refund_at_once',
  ],
  succeeded: [
    'repeat',
    'contradiction',
    'effect reversal',
    'effect refund_due_after_success',
    'effect refund_after_success',
  ],
  failed: ['late', 'repeat', 'repeat', 'case', 'repeat'],
  reversed: ['contradiction', 'repeat', 'repeat', 'case', 'repeat'],
  refund_pending: ['effect refund_withdrawn', 'case', 'case', 'repeat', 'effect refund'],
  refunded: ['contradiction', 'repeat', 'repeat', 'stale', 'repeat'],
  late_success: ['repeat', 'case', 'case', 'case', 'case'],
};
const KNOWN_AFTER: Readonly<Partial<Record<Effect, KnownOutcome>>> = {
  success: 'succeeded',
  failure: 'failed',
  reversal: 'reversed',
  refund_due: 'refund_pending',
  refund_due_after_success: 'refund_pending',
  refund: 'refunded',
  refund_at_once: 'refunded',
  refund_after_success: 'refunded',
  refund_withdrawn: 'succeeded',
};

interface Case {
  known: KnownOutcome | 'nothing';
  unposted: boolean;
  kind: Kind;
  source: OutcomeSource;
  stale: boolean;
}

function expected(c: Case): Verdict {
  if ((NOTES as readonly string[]).includes(c.kind))
    return { decision: c.known !== 'nothing' && c.stale ? 'stale' : 'note' };
  const cell = TABLE[c.known][(DEFINITE as readonly string[]).indexOf(c.kind)]!;
  const post = c.unposted ? 'queue_after' : 'apply';
  if (cell === 'repeat' || cell === 'stale') return { decision: cell };
  if (cell === 'case') return { decision: 'case', caseKind: `unexpected_${c.kind}` as CaseKind };
  if (cell.startsWith('effect ')) {
    const effect = cell.slice(7) as Effect;
    return { decision: post, effect, outcome: KNOWN_AFTER[effect]! };
  }
  if (c.stale || !ASKED.includes(c.source)) return { decision: 'ask_again' };
  if (cell === 'late')
    return { decision: post, effect: 'late_success', outcome: 'late_success', caseKind: 'late_success' };
  return { decision: 'case', caseKind: `contradiction_${c.kind}` as CaseKind };
}

function rowOf(known: KnownOutcome | 'nothing', unposted: boolean): LockedTransaction {
  const base = { attemptNo: 1, state: 'dispatched', moveCount: 2 } as const;
  if (known === 'nothing') return lockedRow(base);
  const posted = {
    succeeded: 'succeeded',
    failed: 'failed',
    reversed: 'reversed',
    late_success: 'failed',
    refund_pending: 'refund_pending',
    refunded: 'refunded',
  } as const;
  const effects = known === 'reversed' || known === 'late_success' ? 2 : 1;
  return lockedRow({
    ...base,
    state: unposted ? 'dispatched' : posted[known],
    outcome: known,
    outcomeAt: RECORDED_AT,
    outcomeCount: 5,
    effectCount: effects,
    postedCount: unposted ? effects - 1 : effects,
  });
}

const CASES: Case[] = (Object.keys(TABLE) as Case['known'][]).flatMap((known) =>
  [false, true]
    .filter((unposted) => known !== 'nothing' || !unposted)
    .flatMap((unposted) =>
      [...DEFINITE, ...NOTES].flatMap((kind) =>
        SOURCES.flatMap((source) => [false, true].map((stale) => ({ known, unposted, kind, source, stale }))),
      ),
    ),
);

describe('P5 the whole table', () => {
  test(`has ${13 * 8 * 5 * 2} cells, each as written here`, () => {
    expect(CASES).toHaveLength(13 * 8 * 5 * 2);
    for (const c of CASES) {
      const verdict = decideOutcome(rowOf(c.known, c.unposted), {
        kind: c.kind,
        source: c.source,
        askedAt: c.stale ? BEFORE : AFTER,
        attemptNo: 1,
      });
      expect({ ...c, verdict }).toEqual({ ...c, verdict: expected(c) });
    }
  });

  test('what was asked at the very instant of recording counts as asked before', () => {
    expect(
      decideOutcome(rowOf('failed', false), {
        kind: 'succeeded',
        source: 'poll',
        askedAt: RECORDED_AT,
        attemptNo: 1,
      }),
    ).toEqual({ decision: 'ask_again' });
  });

  test('an indefinite word never has an effect, whatever is known', () => {
    for (const c of CASES.filter((c) => !isDefinite(c.kind)))
      expect(['note', 'stale']).toContain(expected(c).decision);
    expect([...DEFINITE, ...NOTES].filter((k) => isDefinite(k))).toEqual([...DEFINITE]);
  });
});

describe('another attempt than the present one, or none on its way', () => {
  const absent: Partial<LockedTransaction>[] = [
    { state: 'held', attemptNo: 1 },
    { state: 'accepted', attemptNo: 1 },
    ...STATES.filter((s) => s !== 'accepted').map((state) => ({ state, attemptNo: 2 })),
  ];

  test.each(absent)('%j', (over) => {
    for (const source of SOURCES) {
      for (const kind of ['failed', 'reversed'] as const)
        expect(decideOutcome(lockedRow(over), { kind, source, askedAt: AFTER, attemptNo: 1 })).toEqual({
          decision: 'note',
        });
      for (const kind of ['succeeded', 'refund_pending', 'refunded'] as const) {
        expect(decideOutcome(lockedRow(over), { kind, source, askedAt: AFTER, attemptNo: 1 })).toEqual({
          decision: 'case',
          caseKind: 'outcome_of_abandoned_attempt',
        });
      }
      // What the provider says by itself shows that it has the instruction; what it answers when it is asked does not.
      const vague =
        source === 'callback'
          ? { decision: 'case', caseKind: 'outcome_of_abandoned_attempt' }
          : { decision: 'note' };
      for (const kind of NOTES)
        expect(decideOutcome(lockedRow(over), { kind, source, askedAt: AFTER, attemptNo: 1 })).toEqual(vague);
    }
  });
});

test('in review nothing is posted by itself', () => {
  const row = lockedRow({ state: 'in_review', attemptNo: 1 });
  for (const kind of ['succeeded', 'failed', 'reversed'] as const) {
    expect(decideOutcome(row, { kind, source: 'poll', askedAt: AFTER, attemptNo: 1 })).toEqual({
      decision: 'case',
      caseKind: 'outcome_in_review',
    });
  }
});

describe('in review two persons decide', () => {
  const inReview = (outcome: 'late_success' | null): LockedTransaction =>
    lockedRow({
      state: 'in_review',
      attemptNo: 1,
      outcome,
      outcomeAt: outcome === null ? null : RECORDED_AT,
      effectCount: outcome === null ? 0 : 2,
      postedCount: outcome === null ? 0 : 2,
    });
  const said = (kind: Kind, attemptNo = 1): NewOutcome => ({
    kind,
    source: 'ops',
    askedAt: AFTER,
    attemptNo,
  });

  test.each([
    ['succeeded', 'review_success', 'succeeded'],
    ['failed', 'review_failure', 'failed'],
    ['reversed', 'review_reversal', 'reversed'],
    ['refunded', 'review_refund', 'refunded'],
  ] as const)('while the money is held: %s', (kind, effect, outcome) => {
    expect(decideOutcome(inReview(null), said(kind))).toEqual({ decision: 'apply', effect, outcome });
  });

  test.each([
    ['succeeded', 'late_success_confirmed', 'succeeded'],
    ['failed', 'late_success_borne', 'late_success'],
    ['reversed', 'late_success_reversed', 'reversed'],
    ['refunded', 'late_success_refunded', 'refunded'],
  ] as const)('after a late success: %s', (kind, effect, outcome) => {
    expect(decideOutcome(inReview('late_success'), said(kind))).toEqual({
      decision: 'apply',
      effect,
      outcome,
    });
  });

  test('what says nothing, comes a second time or speaks of another attempt decides nothing', () => {
    for (const kind of [...NOTES, 'refund_pending'] as const)
      expect(decideOutcome(inReview(null), said(kind))).toEqual({ decision: 'note' });
    const decided = { ...inReview(null), outcome: 'failed', effectCount: 1 } as const;
    expect(decideOutcome(decided, said('succeeded'))).toEqual({ decision: 'note' });
    expect(decideOutcome(inReview(null), said('succeeded', 2)).effect).toBeUndefined();
  });

  test('that we bore it is known as a late success: to hear of the success again is nothing new', () => {
    const borne = { ...inReview('late_success'), state: 'failed' } as const;
    expect(decideOutcome(borne, { ...said('succeeded'), source: 'poll' })).toEqual({ decision: 'repeat' });
  });
});

describe('a success that somebody waits for until an instant', () => {
  const waiting = (answerBefore: Date): LockedTransaction =>
    lockedRow({ state: 'dispatched', attemptNo: 1, answerBefore });
  const success = { kind: 'succeeded', source: 'dispatch', askedAt: BEFORE, attemptNo: 1 } as const;

  test('recorded in time it is a success; a moment later it is for a person to look at, and nothing is credited', () => {
    expect(decide(waiting(AFTER), success, AFTER)).toEqual({
      decision: 'apply',
      effect: 'success',
      outcome: 'succeeded',
    });
    expect(decide(waiting(RECORDED_AT), success, AFTER)).toEqual({
      decision: 'apply',
      effect: 'late_success',
      outcome: 'late_success',
      caseKind: 'late_success',
    });
  });

  test("a refund of it is nobody's wallet's: a case, besides the effect", () => {
    expect(decide(waiting(AFTER), { ...success, kind: 'refund_pending' }, AFTER)).toEqual({
      decision: 'apply',
      effect: 'refund_due',
      outcome: 'refund_pending',
      caseKind: 'aeps_refund_pending',
    });
  });

  test('so is one that takes a refund back: the wallet was not credited, or not any more', () => {
    const owed = (answerBefore: Date, postedCount: number): LockedTransaction => ({
      ...waiting(answerBefore),
      state: 'refund_pending',
      outcome: 'refund_pending',
      outcomeAt: BEFORE,
      effectCount: 1,
      postedCount,
    });
    expect(decide(owed(AFTER, 1), { ...success, source: 'poll', askedAt: AFTER }, AFTER)).toEqual({
      decision: 'apply',
      effect: 'refund_withdrawn',
      outcome: 'succeeded',
    });
    expect(decide(owed(BEFORE, 1), { ...success, source: 'poll', askedAt: AFTER }, AFTER)).toEqual({
      decision: 'apply',
      effect: 'late_success',
      outcome: 'late_success',
      caseKind: 'late_success',
    });
    expect(decide(owed(BEFORE, 0), { ...success, source: 'poll', askedAt: AFTER }, AFTER)).toMatchObject({
      decision: 'queue_after',
      effect: 'late_success',
    });
  });

  test('a failure may come at any time', () => {
    expect(decide(waiting(BEFORE), { ...success, kind: 'failed' }, AFTER)).toEqual({
      decision: 'apply',
      effect: 'failure',
      outcome: 'failed',
    });
  });
});
