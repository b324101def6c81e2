import { expectedBy } from './turnaround';

// T is the calendar day of the transaction in India; the deadline is the end of day T+n there.
test.each([
  ['2026-11-01T06:30:00.000Z', 1, '2026-11-02T18:29:59.999Z'],
  ['2026-11-01T18:29:59.999Z', 1, '2026-11-02T18:29:59.999Z'], // the last instant of 1 November in India
  ['2026-11-01T18:30:00.000Z', 1, '2026-11-03T18:29:59.999Z'], // the first of 2 November
  ['2026-11-01T06:30:00.000Z', 5, '2026-11-06T18:29:59.999Z'],
  ['2026-12-31T20:00:00.000Z', 1, '2027-01-02T18:29:59.999Z'],
  ['2028-02-28T12:00:00.000Z', 1, '2028-02-29T18:29:59.999Z'],
  ['2026-11-01T06:30:00.000Z', 0, '2026-11-01T18:29:59.999Z'],
])('accepted at %s, T+%d, is expected by %s', (at, days, by) => {
  expect(expectedBy(new Date(at), days).toISOString()).toBe(by);
});
