import { CASE_KINDS } from '../cases/kinds';
import { decideOutcome, REVIEW_DECISIONS } from '../lifecycle/decide';
import { FINAL_STATES, mayMove, STATES, WAYS_OUT } from '../lifecycle/lifecycle';
import type { KnownOutcome, LockedTransaction } from '../lifecycle/moves';
import { STATE_OF } from '../posting/settle';
import { lockedRow } from '../../test/support/rows';
import { OUTCOMES_OF, POSTINGS } from './choices';

const NOW = new Date('2026-11-01T06:31:00Z');

/** A sent transaction in a state, as it comes to be there. */
const ROWS: Readonly<Partial<Record<(typeof STATES)[number], readonly LockedTransaction[]>>> = {
  dispatched: [sent('dispatched', null)],
  refund_pending: [sent('refund_pending', 'refund_pending')],
  in_review: [sent('in_review', null), sent('in_review', 'late_success')],
  succeeded: [sent('succeeded', 'succeeded')],
};

function sent(state: LockedTransaction['state'], outcome: KnownOutcome | null): LockedTransaction {
  const effects = outcome === null ? 0 : 1;
  return lockedRow({
    state,
    attemptNo: 1,
    outcome,
    outcomeAt: outcome === null ? null : NOW,
    outcomeCount: effects,
    effectCount: effects,
    postedCount: effects,
  });
}

test('each choice that is offered has an effect, and its effect leads to a state that the lifecycle allows', () => {
  for (const [state, kinds] of Object.entries(OUTCOMES_OF))
    for (const row of ROWS[state as keyof typeof ROWS]!)
      for (const kind of kinds) {
        const verdict = decideOutcome(row, { kind, source: 'ops', askedAt: NOW, attemptNo: 1 }, NOW);
        expect(verdict).toMatchObject({ decision: 'apply' });
        expect(mayMove(row.state, STATE_OF[verdict.effect!])).toBe(true);
      }
});

test('a person can end every state in which something was sent', () => {
  for (const state of Object.keys(WAYS_OUT) as (keyof typeof WAYS_OUT)[]) {
    if (state === 'accepted' || state === 'held') continue; // never sent: they expire
    const offered = OUTCOMES_OF[state] ?? [];
    expect(offered.length).toBeGreaterThan(1);
    for (const row of ROWS[state]!)
      for (const kind of offered) {
        const { effect } = decideOutcome(row, { kind, source: 'ops', askedAt: NOW, attemptNo: 1 }, NOW);
        expect(FINAL_STATES.has(STATE_OF[effect!])).toBe(true);
      }
  }
});

test('the page says of each choice what it posts, of a review for both of its origins', () => {
  const written = POSTINGS.map(({ state, choice }) => `${state} ${choice}`);
  for (const [state, kinds] of Object.entries(OUTCOMES_OF))
    for (const kind of kinds)
      expect(written.filter((line) => line === `${state} ${kind}`)).toHaveLength(
        state === 'in_review' ? 2 : 1,
      );
  expect(Object.keys(REVIEW_DECISIONS.held)).toEqual(Object.keys(REVIEW_DECISIONS.late));
});

test('each kind of case can be answered: by a choice, or by itself', () => {
  for (const { choices, closes } of Object.values(CASE_KINDS))
    expect(choices.length > 0 || closes !== 'never').toBe(true);
});
