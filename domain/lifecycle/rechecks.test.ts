import { addMs } from '../../platform/clock';
import { nextRecheck } from './rechecks';

const FINISHED = new Date('2027-01-11T06:30:00Z');
const DAYS = [86_400_000, 259_200_000];
const after = (ms: number): Date => addMs(FINISHED, ms);
const definite = { kind: 'failed' as const };

test('a failure is asked about at the delays of its service, and elsewhere never again', () => {
  const failed = { state: 'failed' as const, finishedAt: FINISHED };
  const asks = { answer: definite, recheckSuccessMs: DAYS, recheckFailureMs: DAYS };
  expect(nextRecheck(failed, asks, after(0))).toEqual(after(DAYS[0]!));
  expect(nextRecheck(failed, asks, after(DAYS[0]!))).toEqual(after(DAYS[1]!));
  expect(nextRecheck(failed, asks, after(DAYS[1]!))).toBeNull();
  expect(nextRecheck(failed, { answer: definite, recheckSuccessMs: DAYS }, after(0))).toBeNull();
});

test('a success is asked about at its own delays; what is in review is not', () => {
  const asks = { answer: { kind: 'succeeded' as const }, recheckSuccessMs: DAYS };
  expect(nextRecheck({ state: 'succeeded', finishedAt: FINISHED }, asks, after(1))).toEqual(after(DAYS[0]!));
  expect(nextRecheck({ state: 'in_review', finishedAt: FINISHED }, asks, after(1))).toBeNull();
});
