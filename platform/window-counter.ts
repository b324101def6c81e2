import type { Knex } from 'knex';
import type { Clock } from './clock';
import { execute, rows } from './database';

/**
 * Counts within fixed windows, kept in PostgreSQL, where neither a restart nor an empty Redis loses them. The
 * first count of a key opens its window; the first after the window's end opens the next. Each call is one
 * statement, so processes that count at the same time cannot both take the last place.
 */
export interface WindowCounter<Key extends string | Buffer> {
  /** Counts one for each key, however many there are already. Locks the keys in the order given. */
  count(keys: readonly Key[], windowMs: number): Promise<{ key: Key; count: number; leftMs: number }[]>;
  /**
   * Counts `n` if the window then holds at most `max`, and otherwise nothing. `leftMs`: until the window
   * ends.
   */
  take(
    key: Key,
    n: number,
    window: { windowMs: number; max: number },
  ): Promise<{ ok: true } | { ok: false; leftMs: number }>;
  /** Takes back `n` of what was counted. */
  giveBack(key: Key, n: number): Promise<void>;
}

/** The columns of a table of windows: key (unique), count, and the window's end. */
export interface WindowTable {
  name: string;
  key: string;
  keyType: 'text' | 'bytea';
  count: string;
  endsAt: string;
}

/**
 * With a `clock` the windows are of our time and `endsAt` is a timestamptz. Without one they are of the
 * database's time, so that all processes share it, and `endsAt` is in milliseconds since 1970 (int8).
 */
export function createWindowCounter<Key extends string | Buffer>(
  { knex, clock }: { knex: Knex; clock?: Clock },
  table: WindowTable,
): WindowCounter<Key> {
  const { name, key, count, endsAt, keyType } = table;
  const [now, span] =
    clock === undefined
      ? ['(extract(epoch from clock_timestamp()) * 1000)::int8', ':windowMs::int8']
      : [':now::timestamptz', ":windowMs::int8 * interval '1 millisecond'"];
  const ourNow = (): { now?: Date } => (clock === undefined ? {} : { now: clock.now() });
  const left = clock === undefined ? 'ends - now' : 'extract(epoch from ends - now) * 1000';
  const over = `w.${endsAt} <= excluded.${endsAt} - ${span}`;
  const statement = (only: string): string => `
    with counted as (
      insert into ${name} as w (${key}, ${count}, ${endsAt})
      select key, :n::int4, ${now} + ${span} from unnest(:keys::${keyType}[]) as key
      on conflict (${key}) do update set
        ${count} = case when ${over} then excluded.${count} else w.${count} + excluded.${count} end,
        ${endsAt} = case when ${over} then excluded.${endsAt} else w.${endsAt} end
        ${only}
      returning ${key} as key, ${count} as count, ${endsAt} as ends)
    select key, count, (${left})::float8 as "leftMs" from counted, (select ${now} as now) as at`;
  const always = statement('');
  const withRoom = statement(`where ${over} or w.${count} + excluded.${count} <= :max`);

  return {
    count: (keys, windowMs) =>
      rows<{ key: Key; count: number; leftMs: number }>(knex, always, { n: 1, keys, windowMs, ...ourNow() }),
    async take(one, n, { windowMs, max }) {
      if (n <= max) {
        const bindings = { n, keys: [one], windowMs, max, ...ourNow() };
        const taken = await rows<{ key: Key; count: number; leftMs: number }>(knex, withRoom, bindings);
        if (taken.length === 1) return { ok: true };
      }
      const [found] = await rows<{ leftMs: number }>(
        knex,
        `select (${left})::float8 as "leftMs"
         from (select ${endsAt} as ends, ${now} as now from ${name} where ${key} = :one) as found`,
        { one, ...ourNow() },
      );
      return { ok: false, leftMs: found?.leftMs ?? windowMs };
    },
    async giveBack(one, n) {
      await execute(knex, `update ${name} set ${count} = greatest(0, ${count} - ?::int4) where ${key} = ?`, [
        n,
        one,
      ]);
    },
  };
}
