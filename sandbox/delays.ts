import type { Step } from './scenarios';

/** The delay of a step in ms. */
export function delayOf(after: Step['after'], settings: { delayMs: number; slowMs: number }): number {
  switch (after) {
    case 'at_once':
      return 0;
    case 'delay':
      return settings.delayMs;
    case 'slow':
      return settings.slowMs;
    case 'one_second':
      return 1_000;
    default:
      return after satisfies never;
  }
}

/** Runs something later without keeping the process alive for it. */
export function runAfter(delayMs: number, run: () => void): void {
  setTimeout(run, Math.max(0, delayMs)).unref();
}
