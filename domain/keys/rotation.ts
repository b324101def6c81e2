import { execute, rows } from '../../platform/database';
import { nameOfIndexKey, printOfDigest } from '../../platform/key-fingerprints';
import { claimRange, endPass, type RangeDependencies } from './ranges';
import { renewRange, type RenewDependencies } from './renew';
import type { KeyedTable } from './tables';

/**
 * The work of a rotation, in processes that have the keys: everything that is sealed with another key is sealed
 * anew with the active one, and the digests beside it are made anew under the first blind index key. `munim keys
 * rotate` begins it (operations.ts). Any number of processes share it, and where one stops another goes on.
 */
export interface KeyRotation {
  /**
   * Does one range. `more`: there is more to do at once. `refused`: why this process must not take part, in
   * words for the log.
   */
  work(): Promise<{ more: boolean; refused?: string }>;
}

export type KeyRotationDependencies = RangeDependencies &
  RenewDependencies & { tables: ReadonlyMap<string, KeyedTable> };

export function createKeyRotation(deps: KeyRotationDependencies): KeyRotation {
  const ours = { encryptionKey: deps.cipher.activeKid, indexKey: printOfDigest(deps.digest) };
  return {
    async work() {
      const open = await openRotation(deps, ours);
      if (open === undefined) return { more: false };
      const refused = differenceOf(open, ours);
      if (refused !== undefined) return { more: false, refused };
      const range = await claimRange(deps, open.id, (table) => deps.tables.get(table)?.key);
      if (range === undefined) {
        await endPass(deps, open.id);
        return { more: false };
      }
      await deps.onPoint?.('claimed');
      await renewRange(deps, deps.tables.get(range.table)!, range);
      return { more: true };
    },
  };
}

interface Keys {
  encryptionKey: string;
  indexKey: Buffer;
}

/** The first process that works on a rotation says which keys it is to. */
async function openRotation(
  { knex }: KeyRotationDependencies,
  { encryptionKey, indexKey }: Keys,
): Promise<(Keys & { id: string }) | undefined> {
  const [open] = await rows<{ id: string; encryptionKey: string | null; indexKey: Buffer | null }>(
    knex,
    OPEN,
  );
  if (open === undefined) return undefined;
  if (open.encryptionKey !== null && open.indexKey !== null) return open as Keys & { id: string };
  await execute(
    knex,
    `update key_rotations set encryption_key = ?, index_key = ?
     where id = ? and encryption_key is null and finished_at is null`,
    [encryptionKey, indexKey, open.id],
  );
  const [named] = await rows<Keys & { id: string }>(knex, `${OPEN} and encryption_key is not null`);
  return named;
}

const OPEN = `
  select id, encryption_key as "encryptionKey", index_key as "indexKey" from key_rotations
  where finished_at is null`;

function differenceOf(open: Keys, ours: Keys): string | undefined {
  const differences = [
    ...(open.encryptionKey === ours.encryptionKey
      ? []
      : [`seals with the key ${ours.encryptionKey} instead of ${open.encryptionKey}`]),
    ...(open.indexKey.equals(ours.indexKey)
      ? []
      : [`looks for rows by ${nameOfIndexKey(ours.indexKey)} instead of ${nameOfIndexKey(open.indexKey)}`]),
  ];
  return differences.length === 0 ? undefined : `this process ${differences.join(' and ')}`;
}
