import { addMs, type Clock } from '../../platform/clock';
import type { Policies } from '../policies/policies';

/**
 * Those who must wait for a provider stand in line: each gets an instant of its own, as far apart as the provider takes calls (its rate, or else so many a
 * second as it is called at once). Without it a backlog of thousands would come back at one instant, and all but a few of it would be sent away again.
 */
export interface RetryLine {
  /** When to try again: `afterMs` from now at the earliest, and a minute more at the most. */
  next(provider: string, afterMs: number): Date;
}

const SHORTEST_MS = 100;
/** So far the line reaches. What is beyond comes anywhere in it: a provider that is back early, or a higher rate, is not waited for longer. */
const LONGEST_MS = 60_000;

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
      const earliestMs = now.getTime() + Math.max(afterMs, SHORTEST_MS);
      const slotMs = Math.max(earliestMs, ends.get(provider) ?? 0);
      if (slotMs > earliestMs + LONGEST_MS)
        return addMs(new Date(earliestMs), Math.floor(random() * LONGEST_MS));
      const { ratePerSecond, maxInFlight } = deps.policies.provider(provider);
      ends.set(provider, slotMs + 1_000 / (ratePerSecond ?? maxInFlight));
      return new Date(Math.round(slotMs));
    },
  };
}
