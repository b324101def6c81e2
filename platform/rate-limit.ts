import type { Knex } from 'knex';
import { createWindowCounter, type WindowTable } from './window-counter';

export interface RateLimitOptions {
  knex: Knex;
  /** The key of the row in `rate_limits`. */
  key: string;
  /** Asked each time, so that a new policy row counts without a restart; null means no limit. */
  perSecond(): number | null;
}

const WINDOW_MS = 1_000;
const RATES: WindowTable = {
  name: 'rate_limits',
  key: 'key',
  keyType: 'text',
  count: 'points',
  endsAt: 'expire',
};

/**
 * One rate shared by all processes: at most `perSecond` in each window of a second, by the database's clock.
 * It does not depend on Redis. A refused call writes nothing. `take` throws what the database throws.
 */
export function createRateLimit(options: RateLimitOptions): {
  take(): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
} {
  const counter = createWindowCounter<string>({ knex: options.knex }, RATES);
  return {
    async take() {
      const max = options.perSecond();
      if (max === null) return { ok: true };
      const taken = await counter.take(options.key, 1, { windowMs: WINDOW_MS, max });
      return taken.ok ? taken : { ok: false, retryAfterMs: Math.min(Math.max(taken.leftMs, 1), WINDOW_MS) };
    },
  };
}
