/**
 * Orders texts by their UTF-16 code units, the same in every process: rows that are locked in this order
 * cannot deadlock.
 */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
