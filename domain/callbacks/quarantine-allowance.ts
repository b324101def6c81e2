import type { Clock } from '../../platform/clock';

/**
 * Limits how many forged callbacks a process keeps. Anybody can send them, so they must not fill the disk.
 * Each provider has a token bucket, large enough for the first callbacks after a mistake in the webhook
 * secret, and refilled so slowly that a flood adds at most some 200 MB a day. Callbacks beyond the allowance
 * are refused and counted, but not stored.
 */
export interface QuarantineAllowance {
  /** Takes one callback of this provider out of the allowance; false if none is left. */
  take(provider: string): boolean;
}

export const QUARANTINE_BURST = 1_000;
export const QUARANTINE_REFILL_MS = 10_000; // time in which one more is allowed

export function createQuarantineAllowance(deps: { clock: Clock }): QuarantineAllowance {
  const buckets = new Map<string, { left: number; filledAtMs: number }>(); // one for each provider
  return {
    take(provider) {
      const nowMs = deps.clock.now().getTime();
      const bucket = buckets.get(provider) ?? { left: QUARANTINE_BURST, filledAtMs: nowMs };
      const refill = Math.max(0, Math.floor((nowMs - bucket.filledAtMs) / QUARANTINE_REFILL_MS));
      const left = Math.min(QUARANTINE_BURST, bucket.left + refill);
      // The rest of an interval counts towards the next one. A full bucket gains nothing by waiting, and a
      // clock that was set back starts again.
      const filledAtMs =
        left === QUARANTINE_BURST || nowMs < bucket.filledAtMs
          ? nowMs
          : bucket.filledAtMs + refill * QUARANTINE_REFILL_MS;
      buckets.set(provider, { left: Math.max(0, left - 1), filledAtMs });
      return left > 0;
    },
  };
}
