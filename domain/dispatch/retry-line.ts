import { addMs, type Clock } from '../../platform/clock';
import type { Policies } from '../policies/policies';

/**
 * Spreads the retries of transactions that wait for a provider. Each gets its own instant, as far apart as
 * the provider takes calls (at its rate limit, or else per second as many as may be in flight). Otherwise a
 * backlog of thousands would return at one instant, and almost all of it would be turned away again.
 */
export interface RetryLine {
  /** The time of the next try: at least `afterMs` from now, and at most a minute later than that. */
  next(provider: string, afterMs: number): Date;
}

const MIN_WAIT_MS = 100;
/**
 * The length of the line. A transaction beyond it gets a random instant within it, so that none waits longer
 * when the provider is back early or takes more calls.
 */
const MAX_LINE_MS = 60_000;

export function createRetryLine(deps: {
  clock: Clock;
  policies: Policies;
  /** From 0 up to 1. */ random?: () => number;
}): RetryLine {
  const random = deps.random ?? (() => Math.random());
  const ends = new Map<string, number>(); // as many as there are providers
  return {
    next(provider, afterMs) {
      const now = deps.clock.now();
      const earliestMs = now.getTime() + Math.max(afterMs, MIN_WAIT_MS);
      const slotMs = Math.max(earliestMs, ends.get(provider) ?? 0);
      if (slotMs > earliestMs + MAX_LINE_MS)
        return addMs(new Date(earliestMs), Math.floor(random() * MAX_LINE_MS));
      const { ratePerSecond, maxInFlight } = deps.policies.provider(provider);
      ends.set(provider, slotMs + 1_000 / (ratePerSecond ?? maxInFlight));
      return new Date(Math.round(slotMs));
    },
  };
}
