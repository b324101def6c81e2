import type { Clock } from '../../platform/clock';

/**
 * Limits how much of what anybody can send a process keeps, so that it cannot fill the disk. Each provider has a
 * token bucket, large enough for the first callbacks after a mistake in a secret or a queue that has built up,
 * and refilled slowly. What comes beyond the allowance is refused and counted, but not stored.
 */
export interface Allowance {
  /** Takes `amount` out of the provider's allowance; false, and nothing is taken, if less is left. */
  take(provider: string, amount?: number): boolean;
  /** What was taken for something that was not stored. */
  giveBack(provider: string, amount: number): void;
}

export interface AllowanceSize {
  burst: number;
  /** Time in which one more is allowed, ms; below one for more than one in each. */
  refillMs: number;
}

/** Forged callbacks: the size of each is bounded too, so a flood adds at most some 200 MB a day. */
export const QUARANTINE: AllowanceSize = { burst: 1_000, refillMs: 10_000 };
/**
 * Bytes of unsigned callbacks, which whoever knows the address can write: 64 kB a second on end, which is many
 * times what a provider sends.
 */
export const UNSIGNED_BYTES: AllowanceSize = { burst: 33_554_432, refillMs: 1_000 / 65_536 };

export function createAllowance({ clock }: { clock: Clock }, { burst, refillMs }: AllowanceSize): Allowance {
  const buckets = new Map<string, { left: number; filledAtMs: number }>(); // one for each provider
  function filled(provider: string): { left: number; filledAtMs: number } {
    const nowMs = clock.now().getTime();
    const bucket = buckets.get(provider) ?? { left: burst, filledAtMs: nowMs };
    const refill = Math.max(0, Math.floor((nowMs - bucket.filledAtMs) / refillMs));
    const left = Math.min(burst, bucket.left + refill);
    // The rest of an interval counts towards the next one. A full bucket gains nothing by waiting, and a clock
    // that was set back starts again.
    const filledAtMs =
      left === burst || nowMs < bucket.filledAtMs ? nowMs : bucket.filledAtMs + refill * refillMs;
    return { left, filledAtMs };
  }
  return {
    take(provider, amount = 1) {
      const { left, filledAtMs } = filled(provider);
      const isEnough = left >= amount;
      buckets.set(provider, { left: isEnough ? left - amount : left, filledAtMs });
      return isEnough;
    },
    giveBack(provider, amount) {
      const { left, filledAtMs } = filled(provider);
      buckets.set(provider, { left: Math.min(burst, left + amount), filledAtMs });
    },
  };
}
