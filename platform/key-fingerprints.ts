import { createHmac } from 'node:crypto';
import type { Knex } from 'knex';
import { execute, rows } from './database';
import type { KeyedDigest } from './encryption';

/**
 * Knows whether a process has the keys that this database was used with. The first process leaves a
 * fingerprint of each key, the others compare: with another key, every value that one seals would be lost to
 * the rest, and nothing that is stored would open.
 */
export interface NamedKeys {
  /** By key id. */
  encryption: ReadonlyMap<string, Buffer>;
  /** The one that is written with first; a second one while it is replaced. */
  blindIndexes: readonly Buffer[];
  cursor: Buffer;
}

/** One key may be replaced at a time: the two are known by these names, whichever is the older. */
const INDEX_NAMES = ['blind_index', 'blind_index_b'] as const;
type IndexName = (typeof INDEX_NAMES)[number];

const FINGERPRINT_BYTES = 16;
const PURPOSE = 'munim key fingerprint';

/** A keyed hash: it tells two keys apart and gives nothing of either away. */
function fingerprint(name: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${PURPOSE}\0${name}`).digest().subarray(0, FINGERPRINT_BYTES);
}

/** Which of the two names it has says nothing of an index key: the hash must not hold it. */
const indexFingerprint = (key: Buffer): Buffer => fingerprint('blind_index', key);

/**
 * What is wrong with these keys, one sentence each; empty when all is well. Keys that the database does not
 * know yet are added, unless something is wrong.
 */
export async function compareKeys(knex: Knex, keys: NamedKeys): Promise<string[]> {
  const theirs = await known(knex);
  const problems = problemsOf(keys, theirs);
  if (problems.length > 0) return problems;
  for (const [name, print] of [...plainPrints(keys), ...newIndexPrints(keys, theirs)])
    await execute(
      knex,
      'insert into key_fingerprints (name, fingerprint) values (?, ?) on conflict do nothing',
      [name, print],
    );
  return problemsOf(keys, await known(knex)); // another may have been first
}

/** The index keys, with the time at which the database first saw each. */
export async function indexKeysOf(
  knex: Knex,
  { blindIndexes }: Pick<NamedKeys, 'blindIndexes'>,
  now: Date,
): Promise<{ key: Buffer; since: Date }[]> {
  const theirs = [...(await known(knex)).values()];
  return blindIndexes.map((key) => ({
    key,
    since: theirs.find(({ print }) => print.equals(indexFingerprint(key)))?.since ?? now,
  }));
}

/** What is kept of the index key that a digest is made with. */
export function printOfDigest(digest: KeyedDigest): Buffer {
  return digest(PURPOSE, 'blind_index').subarray(0, FINGERPRINT_BYTES);
}

/** The name that people know an index key by; it gives nothing of the key away. */
export function nameOfIndexKey(print: Buffer): string {
  return `index-${print.toString('hex').slice(0, 8)}`;
}

interface Known {
  print: Buffer;
  since: Date;
}

async function known(knex: Knex | Knex.Transaction): Promise<Map<string, Known>> {
  const found = await rows<{ name: string; print: Buffer; since: Date }>(
    knex,
    'select name, fingerprint as print, first_seen_at as since from key_fingerprints order by name',
  );
  return new Map(found.map(({ name, print, since }) => [name, { print, since }]));
}

function plainPrints(keys: NamedKeys): Map<string, Buffer> {
  return new Map(
    [
      ...[...keys.encryption].map(([id, key]) => [`encryption:${id}`, key] as const),
      ['cursor', keys.cursor] as const,
    ].map(([name, key]) => [name, fingerprint(name, key)]),
  );
}

/** The prints of ours that the database does not know, each under a name that is free. */
function newIndexPrints(keys: NamedKeys, theirs: ReadonlyMap<string, Known>): [IndexName, Buffer][] {
  const kept = indexPrintsOf(theirs);
  const free = INDEX_NAMES.filter((name) => !theirs.has(name));
  return keys.blindIndexes
    .map(indexFingerprint)
    .filter((print) => !kept.some((one) => one.equals(print)))
    .slice(0, free.length)
    .map((print, i) => [free[i]!, print]);
}

function indexPrintsOf(theirs: ReadonlyMap<string, Known>): Buffer[] {
  return INDEX_NAMES.flatMap((name) => theirs.get(name)?.print ?? []);
}

function problemsOf(keys: NamedKeys, theirs: ReadonlyMap<string, Known>): string[] {
  const ours = plainPrints(keys);
  const plain = [...theirs]
    .filter(([name]) => !isIndexName(name))
    .flatMap(([name, { print }]) => {
      const own = ours.get(name);
      if (own === undefined) return [`${told(name)} is missing`];
      return own.equals(print) ? [] : [`${told(name)} is not the one that this database was used with`];
    });
  return [...problemsOfIndex(keys, indexPrintsOf(theirs)), ...plain, ...newInFront(keys, theirs)];
}

/** What one process writes with a new key, the others must be able to read: they get to know it first. */
function newInFront({ encryption, blindIndexes }: NamedKeys, theirs: ReadonlyMap<string, Known>): string[] {
  const isUsed = (kind: string): boolean => [...theirs.keys()].some((name) => name.startsWith(kind));
  const sealing = [...encryption.keys()][0];
  const indexing = blindIndexes[0];
  const prints = indexPrintsOf(theirs);
  const then = 'and only then in front (docs/runbooks/keys.md)';
  return [
    ...(sealing !== undefined && isUsed('encryption:') && !theirs.has(`encryption:${sealing}`)
      ? [`the encryption key ${sealing} is new: give it to every process behind the others first, ${then}`]
      : []),
    ...(indexing !== undefined &&
    prints.length === 1 &&
    blindIndexes.length === 2 &&
    !prints.some((print) => print.equals(indexFingerprint(indexing)))
      ? [`the blind index key is new: give it to every process as MUNIM_OTHER_BLIND_INDEX_KEY first, ${then}`]
      : []),
  ];
}

function problemsOfIndex({ blindIndexes }: NamedKeys, kept: readonly Buffer[]): string[] {
  const own = blindIndexes.map(indexFingerprint);
  const missing = kept.filter((print) => !own.some((one) => one.equals(print)));
  if (missing.length === 0) {
    const isFull = own.length > kept.length && kept.length === INDEX_NAMES.length;
    return isFull ? ['the database is used with two other blind index keys already'] : [];
  }
  if (missing.length === kept.length) return [`${INDEX} is not the one that this database was used with`];
  return [
    `the other blind index key (${missing.map(nameOfIndexKey).join()}) is missing: MUNIM_OTHER_BLIND_INDEX_KEY`,
  ];
}

const INDEX = 'the blind index key (MUNIM_BLIND_INDEX_KEY)';

function isIndexName(name: string): name is IndexName {
  return (INDEX_NAMES as readonly string[]).includes(name);
}

function told(name: string): string {
  const [kind, id] = name.split(':');
  return kind === 'encryption'
    ? `the encryption key ${id} (MUNIM_ENCRYPTION_KEYS)`
    : 'the cursor key (MUNIM_CURSOR_KEY)';
}

/**
 * Forgets a key that is no longer used: an encryption key that nothing is sealed with any more, or a cursor
 * key that is to be another. Returns whether it was known.
 */
export async function forgetKey(knex: Knex, name: string): Promise<boolean> {
  return (await execute(knex, 'delete from key_fingerprints where name = ?', [name])) === 1;
}

/** What the database knows of keys, for people. `name`: `encryption:k1`, `cursor`, `index-3f2a91c0`. */
export async function listKeys(
  knex: Knex | Knex.Transaction,
): Promise<{ name: string; keptAs: string; print: Buffer; since: Date }[]> {
  return [...(await known(knex))].map(([keptAs, { print, since }]) => ({
    name: isIndexName(keptAs) ? nameOfIndexKey(print) : keptAs,
    keptAs,
    print,
    since,
  }));
}
