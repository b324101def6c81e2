import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { listKeys } from '../../platform/key-fingerprints';
import { countByKey, type KeyCount } from './count';
import type { KeyedTable } from './tables';

/** A key, and what needs it. */
export interface KeyUse {
  /** The id of an encryption key, or the name of a blind index key (`index-3f2a91c0`). */
  key: string;
  /** Under which name the database knows it; undefined for a key that only sealed values name. */
  keptAs: string | undefined;
  firstSeenAt: Date | null;
  /** How many values are sealed with it; 0 for a blind index key. */
  values: number;
  /** Table and column: values. */
  in: Readonly<Record<string, number>>;
  /** Why it must stay among the settings, in words; undefined when nothing needs it. */
  neededFor: string | undefined;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  tables: ReadonlyMap<string, KeyedTable>;
}

interface KnownKey {
  name: string;
  keptAs: string;
  print: Buffer;
  since: Date;
}

const SEALING = 'encryption:';
const DAY_MS = 86_400_000;

export async function readUses(deps: Dependencies): Promise<KeyUse[]> {
  const known = await listKeys(deps.knex);
  const counts = await countByKey(deps.knex, deps.tables);
  const finished = await latestFinished(deps.knex);
  return [...sealingKeys(known, counts, finished), ...indexKeys(known, finished, deps.clock.now())];
}

interface Finished {
  encryptionKey: string | null;
  indexKey: Buffer | null;
  /** Names of the keys that were known when it began. What was under one that came later may be under it still. */
  knownKeys: string[];
}

async function latestFinished(knex: Knex): Promise<Finished | undefined> {
  const [latest] = await rows<Finished>(
    knex,
    `
    select encryption_key as "encryptionKey", index_key as "indexKey", known_keys as "knownKeys" from key_rotations
    where finished_at is not null order by finished_at desc limit 1`,
  );
  return latest;
}

function sealingKeys(
  known: readonly KnownKey[],
  counts: readonly KeyCount[],
  finished: Finished | undefined,
): KeyUse[] {
  const kept = new Map(
    known.filter(({ name }) => name.startsWith(SEALING)).map((one) => [one.name.slice(SEALING.length), one]),
  );
  const ids = new Set([...kept.keys(), ...counts.map(({ keyId }) => keyId)]);
  return [...ids].toSorted().map((key): KeyUse => {
    const own = counts.filter(({ keyId }) => keyId === key);
    const values = own.reduce((sum, count) => sum + count.values, 0);
    return {
      key,
      keptAs: kept.get(key)?.keptAs,
      firstSeenAt: kept.get(key)?.since ?? null,
      values,
      in: Object.fromEntries(own.map(({ place, values: n }) => [place, n])),
      neededFor: neededSealing(key, values, finished),
    };
  });
}

function neededSealing(key: string, values: number, finished: Finished | undefined): string | undefined {
  if (values > 0)
    return `${values} values are sealed with it: put another key in front, and run munim keys rotate`;
  return finished?.knownKeys.includes(SEALING + key) !== true || finished.encryptionKey === key
    ? 'no rotation from it to another key is finished'
    : undefined;
}

/** What a digest is of cannot be seen: a rotation that is finished has made all anew. */
function indexKeys(known: readonly KnownKey[], finished: Finished | undefined, now: Date): KeyUse[] {
  const both = known.filter(({ keptAs }) => keptAs.startsWith('blind_index'));
  const current = both.find(({ print }) => finished?.indexKey?.equals(print) === true);
  return both.map((one): KeyUse => {
    const { name, keptAs, since } = one;
    return {
      key: name,
      keptAs,
      firstSeenAt: since,
      values: 0,
      in: {},
      neededFor: neededIndex(one, {
        current: finished?.knownKeys.includes(name) === true ? current : undefined,
        isAlone: both.length === 1,
        now,
      }),
    };
  });
}

function neededIndex(
  one: KnownKey,
  { current, isAlone, now }: { current: KnownKey | undefined; isAlone: boolean; now: Date },
): string | undefined {
  if (isAlone) return 'it is the only one: rows are found by it';
  if (current === undefined || current === one)
    return 'rows are found by it; no rotation from it to the other one is finished';
  const lastMonth = monthOf(addMs(current.since, DAY_MS));
  return monthOf(now) > lastMonth
    ? undefined
    : `the limits of ${lastMonth} are counted by it: it may be forgotten when that month is over`;
}

const monthOf = (at: Date): string => businessDate(at).slice(0, 7);
