import type { Knex } from 'knex';
import type { Clock } from './clock';
import { rows } from './database';

export interface RateLimitOptions {
  knex: Knex;
  /** The key of the row in `rate_limits`. */
  key: string;
  /** Asked each time, so that a new policy row counts without a restart; null means no limit. */
  perSecond(): number | null;
  /** Without it the windows are of the database's time, so that all processes share them. */
  clock?: Clock;
}

const WINDOW_MS = 1_000;

/** What is left of the calls that were counted, when the window ends at `until` (an expression). */
const carried = (until: string): string =>
  `greatest(0, w.points - :max::int8 * greatest(0, (${until} - w.expire) / ${WINDOW_MS}))`;

const TAKE = `
  with at as materialized (
    select coalesce(:nowMs::int8, (extract(epoch from clock_timestamp()) * 1000)::int8) as now),
  taken as (
    insert into rate_limits as w (key, points, expire)
    select :key::text, :calls::int4, (at.now / ${WINDOW_MS} + 1) * ${WINDOW_MS} from at
    on conflict (key) do update set points = ${carried('excluded.expire')} + excluded.points,
      expire = greatest(w.expire, excluded.expire)
    where ${carried('excluded.expire')} < :max::int8
    returning 1)
  select exists (select from taken) as ok, at.now::float8 as "nowMs",
    ${carried(`(at.now / ${WINDOW_MS} + 1) * ${WINDOW_MS}`)}::float8 as carried
  from at left join rate_limits w on w.key = :key::text`;

/**
 * One rate shared by all processes: on average at most `perSecond`, counted in whole seconds. It does not
 * depend on Redis. The turns of several calls are taken together, as soon as the second has room for the
 * first of them; those that find no room are counted in the next seconds. So one that has begun is not
 * stopped half way, and no turn is lost where their number does not divide the rate. A refused one writes
 * nothing. `take` throws what the database throws.
 */
export function createRateLimit(options: RateLimitOptions): {
  take(calls?: number): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
} {
  return {
    async take(calls = 1) {
      const max = options.perSecond();
      if (max === null) return { ok: true };
      const nowMs = options.clock?.now().getTime() ?? null;
      const [found] = await rows<Taken>(options.knex, TAKE, { key: options.key, calls, max, nowMs });
      if (found!.ok) return { ok: true };
      return { ok: false, retryAfterMs: waitMs(found!, max) };
    },
  };
}

interface Taken {
  ok: boolean;
  nowMs: number;
  /** Null for a key that was never taken. */
  carried: number | null;
}

/** Until the second in which there is room again. */
function waitMs({ nowMs, carried }: Taken, max: number): number {
  const thisSecondMs = WINDOW_MS - (nowMs % WINDOW_MS);
  return thisSecondMs + Math.max(0, Math.floor((carried ?? 0) / max) - 1) * WINDOW_MS;
}
