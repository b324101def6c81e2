import type { Knex } from 'knex';
import type { Clock } from './clock';
import { rows } from './database';

export interface RateLimitOptions {
  knex: Knex;
  /** The key of the row in `rate_limits`. */
  key: string;
  /** Asked each time, so that a new policy row counts without a restart; null means no limit. */
  perSecond(): number | null;
  /** How much of it, in percent, calls made while a caller waits may have; all of it if not said. */
  deskPercent?(): number;
  /** Without it the windows are of the database's time, so that all processes share them. */
  clock?: Clock;
}

/** `desk`: made while a caller waits. */
export type CallKind = 'work' | 'desk';

const WINDOW_MS = 1_000;
/** So long after a call at the desk some of the rate is kept for the next one. */
const DESK_OPEN_MS = 10_000;
/** Of the rate, for the desk while it is open. */
const KEPT_FOR_DESK = 0.2;

/** What is left of the calls in `counted` when the window ends at `until` (expressions), at a rate of `max`. */
const carried = (counted: string, max: string, until: string): string =>
  `greatest(0, ${counted} - ${max} * greatest(0, (${until} - w.expire) / ${WINDOW_MS}))`;
const all = (until: string): string => carried('w.points', ':max::int8', until);
const desk = (until: string): string => carried('w.desk_points', ':deskMax::int8', until);

const TAKE = `
  with at as materialized (
    select coalesce(:nowMs::int8, (extract(epoch from clock_timestamp()) * 1000)::int8) as now),
  taken as (
    insert into rate_limits as w (key, points, expire, desk_points, desk_until)
    select :key::text, :calls::int4, (at.now / ${WINDOW_MS} + 1) * ${WINDOW_MS}, :deskCalls::int4,
      case when :deskCalls::int4 > 0 then at.now + ${DESK_OPEN_MS} else 0 end from at
    on conflict (key) do update set points = ${all('excluded.expire')} + excluded.points,
      desk_points = ${desk('excluded.expire')} + excluded.desk_points,
      desk_until = greatest(w.desk_until, excluded.desk_until),
      expire = greatest(w.expire, excluded.expire)
    where ${all('excluded.expire')} < :max::int8
      and case when excluded.desk_points > 0 then ${desk('excluded.expire')} < :deskMax::int8
        else ${all('excluded.expire')} - ${desk('excluded.expire')}
          < :max::int8 - case when w.desk_until >= excluded.expire - ${WINDOW_MS} then :kept::int8 else 0 end end
    returning 1)
  select exists (select from taken) as ok, at.now::float8 as "nowMs",
    ${all(`(at.now / ${WINDOW_MS} + 1) * ${WINDOW_MS}`)}::float8 as carried
  from at left join rate_limits w on w.key = :key::text`;

/**
 * One rate shared by all processes: on average at most `perSecond`, counted in whole seconds. It does not
 * depend on Redis. The turns of several calls are taken together, as soon as the second has room for the
 * first of them; those that find no room are counted in the next seconds. So one that has begun is not
 * stopped half way, and no turn is lost where their number does not divide the rate. A refused one writes
 * nothing. `take` throws what the database throws.
 *
 * Calls at the desk have their share and no more, so that those who wait at counters never take the turns of what
 * was promised; while the desk is open a fifth is kept for it.
 */
export function createRateLimit(options: RateLimitOptions): {
  take(calls?: number, kind?: CallKind): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
} {
  return {
    async take(calls = 1, kind = 'work') {
      const max = options.perSecond();
      if (max === null) return { ok: true };
      const nowMs = options.clock?.now().getTime() ?? null;
      const [found] = await rows<Taken>(options.knex, TAKE, {
        key: options.key,
        calls,
        deskCalls: kind === 'desk' ? calls : 0,
        max,
        ...sharesOf(max, options.deskPercent?.() ?? 100),
        nowMs,
      });
      if (found!.ok) return { ok: true };
      return { ok: false, retryAfterMs: waitMs(found!, max) };
    },
  };
}

/** A rate of one or two calls is too little to keep some. */
function sharesOf(max: number, deskPercent: number): { deskMax: number; kept: number } {
  return {
    deskMax: Math.max(1, Math.floor((max * deskPercent) / 100)),
    kept: Math.floor(max * KEPT_FOR_DESK),
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
