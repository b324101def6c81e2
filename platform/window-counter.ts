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
  /**
   * Counts for every key, each in a window of its own, or for none. Concurrent calls wait for each other, so
   * no place is given twice.
   */
  takeAll(wanted: readonly WantedPlaces<Key>[]): Promise<TakenPlaces<Key>>;
  /** Takes back what `takeAll` counted, in the windows that are still the same. */
  giveBackAll(places: readonly Places<Key>[]): Promise<void>;
}

export interface WantedPlaces<Key> {
  key: Key;
  n: number;
  windowMs: number;
  max: number;
}
/** Places that were taken, and the end of their window as the database has it. */
export interface Places<Key> {
  key: Key;
  n: number;
  ends: Date | bigint;
}
/** A window without room; it ends in `leftMs`. */
export type FullWindow<Key> = WantedPlaces<Key> & { leftMs: number };
export type TakenPlaces<Key> = { ok: true; places: Places<Key>[] } | { ok: false; full: FullWindow<Key>[] };

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
  const endsType = clock === undefined ? 'int8' : 'timestamptz';
  const together = createTogether<Key>(table, { knex, now, span, ourNow, left, endsType });

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
    ...together,
  };
}

/** The parts of a statement that depend on whose time is counted. */
interface Timing {
  knex: Knex;
  now: string;
  span: string;
  left: string;
  endsType: 'int8' | 'timestamptz';
  ourNow: () => { now?: Date };
}

/** A roll-back that is no error. */
class NoRoom extends Error {}

function createTogether<Key extends string | Buffer>(
  { name, key, count, endsAt, keyType }: WindowTable,
  { knex, now, span, left, endsType, ourNow }: Timing,
): Pick<WindowCounter<Key>, 'takeAll' | 'giveBackAll'> {
  const restarts = `w.${endsAt} <= ${now} or w.${count} = 0`;
  const spanOfRow = span.replace(':windowMs', 'n.window_ms');
  // Rows are locked in the order of their keys, so that two calls cannot wait for each other.
  const takeText = `
    with n as (
      select * from unnest(:keys::${keyType}[], :ns::int4[], :windows::int8[], :maxes::int4[])
        as n(key, n, window_ms, max)),
    taken as (
      insert into ${name} as w (${key}, ${count}, ${endsAt})
      select n.key, n.n, ${now} + ${spanOfRow} from n order by n.key
      on conflict (${key}) do update set
        ${count} = case when ${restarts} then excluded.${count} else w.${count} + excluded.${count} end,
        ${endsAt} = case when ${restarts} then excluded.${endsAt} else w.${endsAt} end
        where ${restarts} or w.${count} + excluded.${count} <= (select n.max from n where n.key = w.${key})
      returning ${key} as key, ${endsAt} as ends)
    select key, ends from taken`;
  const giveBackText = `
    with n as (select * from unnest(:keys::${keyType}[], :ns::int4[], :ends::${endsType}[]) as n(key, n, ends)),
    locked as (
      select w.${key} as key from ${name} w join n on n.key = w.${key} order by w.${key} for no key update of w)
    update ${name} w set ${count} = greatest(0, w.${count} - n.n)
    from n join locked on locked.key = n.key where w.${key} = n.key and w.${endsAt} = n.ends`;
  const leftText = `
    select key, (${left})::float8 as "leftMs"
    from (select ${key} as key, ${endsAt} as ends, ${now} as now from ${name} where ${key} = any(:keys::${keyType}[])) as found`;

  async function withLeft(full: readonly WantedPlaces<Key>[]): Promise<FullWindow<Key>[]> {
    const found = await rows<{ key: Key; leftMs: number }>(knex, leftText, {
      keys: full.map((w) => w.key),
      ...ourNow(),
    });
    const known = new Map(found.map(({ key: one, leftMs }) => [textOf(one), leftMs]));
    return full.map((w) => ({ ...w, leftMs: known.get(textOf(w.key)) ?? w.windowMs }));
  }
  return {
    async takeAll(wanted) {
      const never = wanted.filter(({ n, max }) => n > max);
      if (never.length > 0) return { ok: false, full: await withLeft(never) };
      let full: readonly WantedPlaces<Key>[] = [];
      try {
        const places = await knex.transaction(async (trx) => {
          const bindings = { ...arraysOf(wanted), ...ourNow() };
          const taken = await rows<{ key: Key; ends: Date | bigint }>(trx, takeText, bindings);
          const ends = new Map(taken.map((t) => [textOf(t.key), t.ends]));
          full = wanted.filter((w) => !ends.has(textOf(w.key)));
          if (full.length > 0) throw new NoRoom();
          return wanted.map(({ key: one, n }) => ({ key: one, n, ends: ends.get(textOf(one))! }));
        });
        return { ok: true, places };
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        return { ok: false, full: await withLeft(full) };
      }
    },
    async giveBackAll(places) {
      if (places.length === 0) return;
      await execute(knex, giveBackText, {
        keys: places.map((p) => p.key),
        ns: places.map((p) => p.n),
        ends: places.map(({ ends }) => (ends instanceof Date ? ends.toISOString() : ends)),
      });
    },
  };
}

function arraysOf<Key>(wanted: readonly WantedPlaces<Key>[]) {
  return {
    keys: wanted.map((w) => w.key),
    ns: wanted.map((w) => w.n),
    windows: wanted.map((w) => w.windowMs),
    maxes: wanted.map((w) => w.max),
  };
}

const textOf = (key: string | Buffer): string => (typeof key === 'string' ? key : key.toString('hex'));
