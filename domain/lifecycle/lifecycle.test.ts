import {
  FINAL_STATES,
  mayMove,
  MOVES,
  PUBLIC_STATUSES,
  publicStatus,
  STATES,
  WAYS_OUT,
  type State,
} from './lifecycle';
import { applyChange, type LockedTransaction } from './moves';
import { lockedRow } from '../../test/support/rows';

// The table of the architecture, written once more by hand.
const ALLOWED: Readonly<Record<State, readonly State[]>> = {
  accepted: ['held', 'failed'],
  held: ['dispatched', 'failed', 'in_review'],
  dispatched: ['held', 'succeeded', 'failed', 'refund_pending', 'refunded', 'in_review'],
  refund_pending: ['refunded', 'succeeded', 'in_review'],
  succeeded: ['reversed', 'refunded', 'refund_pending', 'in_review'],
  failed: ['in_review'],
  in_review: ['held', 'succeeded', 'failed', 'reversed', 'refunded'],
  reversed: [],
  refunded: [],
};

const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

test.each(PAIRS)('%s to %s is as the table says', (from, to) => {
  expect(mayMove(from, to)).toBe(ALLOWED[from].includes(to));
});

test('each move has a mover with a name', () => {
  for (const from of STATES)
    for (const mover of Object.values(MOVES[from])) expect(mover).toMatch(/^[a-z]+( or [a-z]+)?$/);
});

test('P5 failed is never silently success, and nothing leaves reversed or refunded', () => {
  expect(mayMove('failed', 'succeeded')).toBe(false);
  expect(Object.keys(MOVES.reversed)).toEqual([]);
  expect(Object.keys(MOVES.refunded)).toEqual([]);
});

test('every state is reached from accepted', () => {
  const reached = new Set<State>(['accepted']);
  for (const from of reached) for (const to of Object.keys(MOVES[from]) as State[]) reached.add(to);
  expect([...reached].toSorted()).toEqual([...STATES].toSorted());
});

test('no state is without a way out: each that is not final names who moves it on, and reaches an end', () => {
  const open = STATES.filter((state) => !FINAL_STATES.has(state));
  expect(Object.keys(WAYS_OUT).toSorted()).toEqual([...open].toSorted());
  for (const state of open) {
    const reached = new Set<State>([state]);
    for (const from of reached) for (const to of Object.keys(MOVES[from]) as State[]) reached.add(to);
    expect([...reached].some((to) => FINAL_STATES.has(to))).toBe(true);
  }
});

describe('what callers see', () => {
  test.each([
    ['accepted', 'PENDING'],
    ['held', 'PENDING'],
    ['dispatched', 'PENDING'],
    ['refund_pending', 'PENDING'],
    ['succeeded', 'SUCCESS'],
    ['failed', 'FAILED'],
    ['reversed', 'REVERSED'],
    ['refunded', 'REFUNDED'],
  ] as const)('%s is %s', (state, status) => {
    expect(publicStatus(state)).toBe(status);
    expect(PUBLIC_STATUSES).toContain(status);
  });
  test('in_review shows the last public one', () => {
    expect(publicStatus('in_review', 'failed')).toBe('FAILED');
    expect(publicStatus('in_review', 'succeeded')).toBe('SUCCESS');
    expect(publicStatus('in_review', 'dispatched')).toBe('PENDING');
    expect(publicStatus('in_review', null)).toBe('PENDING');
  });
  test('final states are those that are not PENDING, in_review apart', () => {
    expect([...FINAL_STATES].toSorted()).toEqual(
      STATES.filter((s) => s !== 'in_review' && publicStatus(s) !== 'PENDING').toSorted(),
    );
  });
});

describe('changing a row in memory', () => {
  const change = { actor: 'test', reason: 'tested', set: {} };

  test.each(PAIRS.filter(([from, to]) => !ALLOWED[from].includes(to)))('%s to %s is refused', (from, to) => {
    expect(() => applyChange(lockedRow({ state: from }), { ...change, to })).toThrow(
      expect.objectContaining({ code: 'TRANSACTION_MOVE_REFUSED' }),
    );
  });

  test.each(PAIRS.filter(([from, to]) => ALLOWED[from].includes(to)))(
    '%s to %s counts the move and says so',
    (from, to) => {
      const row: LockedTransaction = lockedRow({ state: from, moveCount: 4 });
      expect(applyChange(row, { ...change, to })).toEqual({
        row: { ...row, state: to, moveCount: 5 },
        event: { transactionId: row.id, seq: 5, from, to, actor: 'test', reason: 'tested', journalId: null },
      });
      expect(row).toMatchObject({ state: from, moveCount: 4 }); // the row it was given is left alone
    },
  );

  test('without a move there is no event, and the count stays', () => {
    const row = lockedRow({ state: 'held', moveCount: 1 });
    expect(applyChange(row, { ...change, set: { driveNo: 7 } })).toEqual({
      row: { ...row, driveNo: 7 },
      event: undefined,
    });
  });
});
