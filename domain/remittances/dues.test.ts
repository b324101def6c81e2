import { dueOn } from './dues';

const TDS = { dueDay: 7, marchDue: '2000-04-30', warnDays: 5 };

test.each([
  ['2026-02-01', '2026-03-07'],
  ['2026-03-01', '2026-04-30'],
  ['2026-04-01', '2026-05-07'],
  ['2026-12-01', '2027-01-07'],
])('TDS of %s is due on %s', (month, day) => {
  expect(dueOn(month, TDS)).toBe(day);
});

test('GST has no other day for March', () => {
  expect(dueOn('2026-03-01', { dueDay: 20, marchDue: null, warnDays: 5 })).toBe('2026-04-20');
});
