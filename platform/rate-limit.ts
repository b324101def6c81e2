import type { Knex } from 'knex';
import { rows } from './database';

export interface RateLimitOptions {
  knex: Knex;
  /** Whose rate it is; the row of `rate_limits`. */
  key: string;
  /** Asked each time, so that a new policy row counts without a restart; null means no limit. */
  perSecond(): number | null;
}

const WINDOW_MS = 1_000;

/**
 * One rate for all processes together, counted in PostgreSQL by its clock, so that it holds when Redis is lost as well: so many in each window of a second.
 * A refused one writes nothing. `take` throws what the database throws.
 */
export function createRateLimit(options: RateLimitOptions): {
  take(): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
} {
  const { knex, key } = options;
  return {
    async take() {
      const most = options.perSecond();
      if (most === null) return { ok: true };
      const taken = await rows(
        knex,
        `
        with at as (select (extract(epoch from clock_timestamp()) * 1000)::int8 as ms)
        insert into rate_limits as r (key, points, expire) select ?, 1, at.ms + ${WINDOW_MS} from at
        on conflict (key) do update set points = case when r.expire <= excluded.expire - ${WINDOW_MS} then 1 else r.points + 1 end, expire = case when r.expire <= excluded.expire - ${WINDOW_MS} then excluded.expire else r.expire end
          where r.expire <= excluded.expire - ${WINDOW_MS} or r.points < ?
        returning key`,
        [key, most],
      );
      if (taken.length === 1) return { ok: true };
      const [left] = await rows<{ ms: bigint }>(
        knex,
        'select expire - (extract(epoch from clock_timestamp()) * 1000)::int8 as ms from rate_limits where key = ?',
        [key],
      );
      return { ok: false, retryAfterMs: Math.min(Math.max(Number(left?.ms ?? 0n), 1), WINDOW_MS) };
    },
  };
}
