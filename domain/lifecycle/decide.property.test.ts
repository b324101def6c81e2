import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decideOutcome, type Effect, type OutcomeSource } from './decide';
import { FINAL_STATES, mayMove } from './lifecycle';
import type { LockedTransaction } from './moves';
import { recordOne, type OutcomeReport } from './record-outcome';
import { STATE_OF } from '../posting/settle';
import { OUTCOME_KINDS } from '../provider/outcome';
import { lockedRow } from '../../test/support/rows';

// A transaction that was sent, and any sequence of reports, posts and repeats: the promises hold after each of them,
// whatever comes and in whatever order.
const START = new Date('2026-11-01T06:30:00Z').getTime();
const SEND_BEFORE = new Date(START + 20_000);

type Step =
  | { post: true }
  | {
      post: false;
      kind: OutcomeReport['answer']['kind'];
      source: OutcomeSource;
      sent: boolean;
      agoMs: number;
      attempt: number;
      reference: boolean;
    };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Step>({ post: true }) },
  {
    weight: 4,
    arbitrary: fc.record({
      post: fc.constant<false>(false),
      kind: fc.constantFrom(...OUTCOME_KINDS, 'not_found' as const),
      source: fc.constantFrom<OutcomeSource>('dispatch', 'callback', 'poll', 'reconciliation', 'ops'),
      sent: fc.boolean(),
      agoMs: fc.integer({ min: 0, max: 3_000 }),
      attempt: fc.constantFrom(1, 1, 1, 2),
      reference: fc.boolean(),
    }),
  },
);

interface Run {
  row: LockedTransaction;
  effects: { effect: Effect; at: number }[];
  states: string[];
}

function settle(run: Run, now: Date): void {
  const next = run.effects[run.row.postedCount];
  if (next === undefined) return;
  const to = STATE_OF[next.effect];
  assert.ok(mayMove(run.row.state, to));
  run.row = {
    ...run.row,
    state: to,
    postedCount: run.row.postedCount + 1,
    finishedAt: FINAL_STATES.has(to) ? now : null,
    dueAt: run.row.postedCount + 1 < run.row.effectCount ? now : null,
    nextPollAt: null,
  };
  run.states.push(to);
}

function report(run: Run, s: Exclude<Step, { post: true }>, now: Date): void {
  const answer = {
    kind: s.kind,
    sent: s.source === 'dispatch' ? s.sent : true,
    rawStatus: s.kind,
    ...(s.reference ? { providerReference: 'pout_1' } : {}),
  } as OutcomeReport['answer'];
  const before = run.row;
  const { recorded, effectSeq, result } = recordOne(
    before,
    {
      transactionId: before.id,
      attemptNo: s.attempt,
      source: s.source,
      askedAt: new Date(now.getTime() - s.agoMs),
      answer,
      sendBefore: SEND_BEFORE,
    },
    now,
  );
  run.row = recorded.row;
  if (result.event !== undefined) run.states.push(result.event.to);
  assert.equal(recorded.row.outcomeCount, before.outcomeCount + 1);
  assert.equal(effectSeq === null, recorded.effect === undefined);
  if (recorded.effect !== undefined) {
    run.effects.push({ effect: recorded.effect, at: effectSeq! });
    assert.equal(effectSeq, run.effects.length);
    assert.equal(recorded.decision === 'apply', before.postedCount === before.effectCount);
    assert.equal(before.attemptNo, s.attempt);
  }
}

/** The rules that the database holds as CHECKs. */
function invariants(row: LockedTransaction): void {
  assert.ok(row.postedCount <= row.effectCount && row.effectCount <= row.outcomeCount);
  assert.equal(row.outcome === null, row.effectCount === 0);
  assert.ok((row.outcome === null) === (row.outcomeAt === null));
  assert.ok(!(row.state === 'dispatched' && row.nextPollAt === null));
  assert.ok((row.state === 'held' || row.postedCount < row.effectCount) === (row.dueAt !== null));
}

/** What may follow on each effect. */
const AFTER_SUCCESS = ['reversal', 'refund_due_after_success', 'refund_after_success'] as const;
const FOLLOWS: Readonly<Record<Effect | 'nothing', readonly Effect[]>> = {
  nothing: [
    'success',
    'failure',
    'refund_due',
    'refund_at_once',
    'review_success',
    'review_failure',
    'review_reversal',
    'review_refund',
  ],
  success: AFTER_SUCCESS,
  failure: ['late_success'],
  refund_due: ['refund', 'refund_withdrawn'],
  refund_due_after_success: ['refund', 'refund_withdrawn'],
  refund_withdrawn: AFTER_SUCCESS,
  reversal: [],
  late_success: [
    'late_success_confirmed',
    'late_success_borne',
    'late_success_reversed',
    'late_success_refunded',
  ],
  review_success: AFTER_SUCCESS,
  review_failure: ['late_success'],
  review_reversal: [],
  review_refund: [],
  late_success_confirmed: AFTER_SUCCESS,
  late_success_borne: [],
  late_success_reversed: [],
  late_success_refunded: [],
  refund: [],
  refund_at_once: [],
  refund_after_success: [],
};

test('P4 P5 any reports in any order: effects follow on each other as they may, and moves are lawful', () => {
  expect(() =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const run: Run = {
          row: lockedRow({
            state: 'dispatched',
            attemptNo: 1,
            sendBefore: SEND_BEFORE,
            dueAt: null,
            nextPollAt: new Date(START + 45_000),
            moveCount: 2,
          }),
          effects: [],
          states: [],
        };
        steps.forEach((s, i) => {
          const now = new Date(START + (i + 1) * 1_000);
          if (s.post) settle(run, now);
          else report(run, s, now);
          invariants(run.row);
        });
        run.effects.forEach(({ effect }, i) => {
          assert.ok(
            FOLLOWS[run.effects[i - 1]?.effect ?? 'nothing'].includes(effect),
            run.effects.map((e) => e.effect).join(' '),
          );
        });
      }),
      { numRuns: 2_000 },
    ),
  ).not.toThrow();
});

test('P5 without a definite word nothing is ever posted', () => {
  const vague = step.filter(
    (s) => s.post || s.kind === 'unknown' || s.kind === 'pending' || s.kind === 'not_found',
  );
  expect(() =>
    fc.assert(
      fc.property(fc.array(vague, { maxLength: 25 }), (steps) => {
        const run: Run = {
          row: lockedRow({
            state: 'dispatched',
            attemptNo: 1,
            sendBefore: SEND_BEFORE,
            dueAt: null,
            nextPollAt: new Date(START + 45_000),
            moveCount: 2,
          }),
          effects: [],
          states: [],
        };
        steps.forEach((s, i) => {
          if (!s.post) report(run, s, new Date(START + i));
        });
        assert.deepEqual(run.effects, []);
        // What the provider says by itself of an attempt that was called unsent stops the next one.
        assert.ok(
          run.row.state === 'dispatched' ||
            run.row.state === 'held' ||
            (run.row.state === 'in_review' && steps.some((s) => !s.post && s.source === 'callback')),
        );
      }),
      { numRuns: 500 },
    ),
  ).not.toThrow();
});

test('P4 the same report again never has a second effect', () => {
  expect(() =>
    fc.assert(
      fc.property(
        fc.constantFrom('succeeded', 'failed', 'reversed') as fc.Arbitrary<'succeeded'>,
        fc.constantFrom<OutcomeSource>('dispatch', 'callback', 'poll'),
        fc.boolean(),
        (kind, source, posted) => {
          const row = lockedRow({
            state: 'dispatched',
            attemptNo: 1,
            sendBefore: SEND_BEFORE,
            dueAt: null,
            nextPollAt: SEND_BEFORE,
            moveCount: 2,
          });
          const said: OutcomeReport = {
            transactionId: row.id,
            attemptNo: 1,
            source,
            askedAt: new Date(START),
            answer: { kind, sent: true, rawStatus: kind, providerReference: 'pout_1' },
            sendBefore: SEND_BEFORE,
          };
          const first = recordOne(row, said, new Date(START + 1_000)).recorded.row;
          const between = posted
            ? {
                ...first,
                state: kind === 'succeeded' ? ('succeeded' as const) : ('failed' as const),
                postedCount: 1,
                dueAt: null,
              }
            : first;
          assert.equal(
            decideOutcome(
              between,
              { kind, source, askedAt: said.askedAt, attemptNo: 1 },
              new Date(START + 2_000),
            ).effect,
            undefined,
          );
        },
      ),
    ),
  ).not.toThrow();
});
