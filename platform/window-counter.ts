import type { Knex } from 'knex';
import type { Clock } from './clock';
import { execute, rows } from './database';
import type { StatementPart } from './sql';

/**
 * Counts within fixed windows, kept in PostgreSQL, where neither a restart nor an empty Redis loses them. The
 * first count of a key opens its window; the first after the window's end opens the next. Each call is one
 * statement, so processes that count at the same time cannot both take the last place.
 */
export interface WindowCounter<Key extends string | Buffer> {
  /** Counts one for each key, however many there are already. Locks the keys in the order given. */
  count(keys: readonly Key[], windowMs: number): Promise<{ key: Key; count: number; leftMs: number }[]>;
  /** Takes back `n` of what was counted. */
  giveBack(key: Key, n: number): Promise<void>;
  /** Takes back one for each key, in a statement that does more. A statement has room for one such part. */
  givingBack(keys: readonly Key[]): StatementPart;
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
  ends: Date;
}
/** A window without room; it ends in `leftMs`. */
export type FullWindow<Key> = WantedPlaces<Key> & { leftMs: number };
export type TakenPlaces<Key> = { ok: true; places: Places<Key>[] } | { ok: false; full: FullWindow<Key>[] };

/** The columns of a table of windows: key (unique), count, and the window's end (timestamptz). */
export interface WindowTable {
  name: string;
  key: string;
  keyType: 'text' | 'bytea';
  count: string;
  endsAt: string;
}

interface CounterDependencies {
  knex: Knex;
  clock: Clock;
}

/** The milliseconds until `ends`, in a statement that has both names. */
const LEFT_MS = `(extract(epoch from ends - :now::timestamptz) * 1000)::float8 as "leftMs"`;

export function createWindowCounter<Key extends string | Buffer>(
  deps: CounterDependencies,
  table: WindowTable,
): WindowCounter<Key> {
  const { knex, clock } = deps;
  const { name, key, count, endsAt, keyType } = table;
  const isOver = `w.${endsAt} <= :now::timestamptz`;
  const countText = `
    with counted as (
      insert into ${name} as w (${key}, ${count}, ${endsAt})
      select key, 1, :now::timestamptz + :windowMs::int8 * interval '1 millisecond'
      from unnest(:keys::${keyType}[]) as key
      on conflict (${key}) do update set
        ${count} = case when ${isOver} then 1 else w.${count} + 1 end,
        ${endsAt} = case when ${isOver} then excluded.${endsAt} else w.${endsAt} end
      returning ${key} as key, ${count} as count, ${endsAt} as ends)
    select key, count, ${LEFT_MS} from counted`;
  return {
    count: (keys, windowMs) =>
      rows<{ key: Key; count: number; leftMs: number }>(knex, countText, {
        keys,
        windowMs,
        now: clock.now(),
      }),
    async giveBack(one, n) {
      await execute(knex, `update ${name} set ${count} = greatest(0, ${count} - ?::int4) where ${key} = ?`, [
        n,
        one,
      ]);
    },
    givingBack: (keys) => ({
      text: `update ${name} set ${count} = greatest(0, ${count} - 1) where ${key} = any(:givenBack::${keyType}[])`,
      bindings: { givenBack: keys },
    }),
    ...createTogether<Key>(deps, table),
  };
}

/** A roll-back that is no error. */
class NoRoom extends Error {}

function createTogether<Key extends string | Buffer>(
  { knex, clock }: CounterDependencies,
  { name, key, count, endsAt, keyType }: WindowTable,
): Pick<WindowCounter<Key>, 'takeAll' | 'giveBackAll'> {
  const restarts = `w.${endsAt} <= :now::timestamptz or w.${count} = 0`;
  // Rows are locked in the order of their keys, so that two calls cannot wait for each other.
  const takeText = `
    with n as (
      select * from unnest(:keys::${keyType}[], :ns::int4[], :windows::int8[], :maxes::int4[])
        as n(key, n, window_ms, max)),
    taken as (
      insert into ${name} as w (${key}, ${count}, ${endsAt})
      select n.key, n.n, :now::timestamptz + n.window_ms * interval '1 millisecond' from n order by n.key
      on conflict (${key}) do update set
        ${count} = case when ${restarts} then excluded.${count} else w.${count} + excluded.${count} end,
        ${endsAt} = case when ${restarts} then excluded.${endsAt} else w.${endsAt} end
        where ${restarts} or w.${count} + excluded.${count} <= (select n.max from n where n.key = w.${key})
      returning ${key} as key, ${endsAt} as ends)
    select key, ends from taken`;
  const giveBackText = `
    with n as (select * from unnest(:keys::${keyType}[], :ns::int4[], :ends::timestamptz[]) as n(key, n, ends)),
    locked as (
      select w.${key} as key from ${name} w join n on n.key = w.${key} order by w.${key} for no key update of w)
    update ${name} w set ${count} = greatest(0, w.${count} - n.n)
    from n join locked on locked.key = n.key where w.${key} = n.key and w.${endsAt} = n.ends`;
  const leftText = `
    select key, ${LEFT_MS}
    from (select ${key} as key, ${endsAt} as ends from ${name} where ${key} = any(:keys::${keyType}[])) as found`;

  async function withLeft(full: readonly WantedPlaces<Key>[]): Promise<FullWindow<Key>[]> {
    const found = await rows<{ key: Key; leftMs: number }>(knex, leftText, {
      keys: full.map((w) => w.key),
      now: clock.now(),
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
          const bindings = { ...arraysOf(wanted), now: clock.now() };
          const taken = await rows<{ key: Key; ends: Date }>(trx, takeText, bindings);
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
        ends: places.map(({ ends }) => ends.toISOString()),
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
