import type { BreakerSettings } from '../../providers/call-guard';

/** A circuit breaker for tests that have a provider fail again and again, and are not about the breaker. */
export const NEVER_OPENS: Partial<BreakerSettings> = { consecutive: 1_000, minimumPerSecond: 10_000 };
