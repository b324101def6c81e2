import { addMonths, spanInWords } from './clock';

test.each([
  [0, '1 second'],
  [1_000, '1 second'],
  [30_000, '30 seconds'],
  [60_000, '1 minute'],
  [180_000, '3 minutes'],
  [600_000, '10 minutes'],
  [119 * 60_000, '119 minutes'],
  [7_200_000, '2 hours'],
  [86_400_000, '24 hours'],
])('%s ms are %s', (ms, words) => {
  expect(spanInWords(ms)).toBe(words);
});

test.each([
  ['2026-11-29', 3, '2027-02-28'],
  ['2026-11-28', 3, '2027-02-28'],
  ['2027-03-01', -3, '2026-12-01'],
  ['2027-05-31', -3, '2027-02-28'],
  ['2028-05-31', -3, '2028-02-29'],
  ['2026-12-31', 2, '2027-02-28'],
  ['2026-01-15', -13, '2024-12-15'],
  ['2026-01-15', 0, '2026-01-15'],
])('%s and %s months are %s', (date, months, later) => {
  expect(addMonths(date, months)).toBe(later);
});
