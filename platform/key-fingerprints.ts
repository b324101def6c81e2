import { createHmac } from 'node:crypto';
import type { Knex } from 'knex';
import { execute, rows } from './database';

/**
 * Knows whether a process has the keys that this database was used with. The first process leaves a
 * fingerprint of each key, the others compare: with another key, every value that one seals would be lost to
 * the rest, and nothing that is stored would open.
 */
export interface NamedKeys {
  /** By key id. */
  encryption: ReadonlyMap<string, Buffer>;
  blindIndex: Buffer;
  cursor: Buffer;
}

const FINGERPRINT_BYTES = 16;

/** A keyed hash: it tells two keys apart and gives nothing of either away. */
function fingerprint(name: string, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`munim key fingerprint\0${name}`)
    .digest()
    .subarray(0, FINGERPRINT_BYTES);
}

/**
 * What is wrong with these keys, one sentence each; empty when all is well. Keys that the database does not
 * know yet are added, unless something is wrong.
 */
export async function compareKeys(knex: Knex, keys: NamedKeys): Promise<string[]> {
  const ours = new Map(
    [
      ...[...keys.encryption].map(([id, key]) => [`encryption:${id}`, key] as const),
      ['blind_index', keys.blindIndex] as const,
      ['cursor', keys.cursor] as const,
    ].map(([name, key]) => [name, fingerprint(name, key)]),
  );
  const problems = problemsOf(ours, await known(knex));
  if (problems.length > 0) return problems;
  for (const [name, print] of ours)
    await execute(
      knex,
      'insert into key_fingerprints (name, fingerprint) values (?, ?) on conflict do nothing',
      [name, print],
    );
  return problemsOf(ours, await known(knex)); // another may have been first
}

async function known(knex: Knex): Promise<Map<string, Buffer>> {
  const found = await rows<{ name: string; fingerprint: Buffer }>(
    knex,
    'select name, fingerprint from key_fingerprints order by name',
  );
  return new Map(found.map((row) => [row.name, row.fingerprint]));
}

function problemsOf(ours: ReadonlyMap<string, Buffer>, theirs: ReadonlyMap<string, Buffer>): string[] {
  return [...theirs].flatMap(([name, print]) => {
    const own = ours.get(name);
    if (own === undefined) return [`${told(name)} is missing`];
    return own.equals(print) ? [] : [`${told(name)} is not the one that this database was used with`];
  });
}

function told(name: string): string {
  const [kind, id] = name.split(':');
  if (kind === 'encryption') return `the encryption key ${id} (MUNIM_ENCRYPTION_KEYS)`;
  return kind === 'cursor'
    ? 'the cursor key (MUNIM_CURSOR_KEY)'
    : 'the blind index key (MUNIM_BLIND_INDEX_KEY)';
}

/**
 * Forgets a key that is no longer used: an encryption key that nothing is sealed with any more, or a cursor
 * key that is to be another. Returns whether it was known.
 */
export async function forgetKey(knex: Knex, name: string): Promise<boolean> {
  return (await execute(knex, 'delete from key_fingerprints where name = ?', [name])) === 1;
}
