import { spanInWords } from './clock';

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
