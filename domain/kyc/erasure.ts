import type { Knex } from 'knex';
import type { BlobStore } from '../../platform/blobs/store';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { blobKey } from './documents';

/**
 * Empties the storage of documents whose key is destroyed (`erasing`, by the rules of retention). The row says so after
 * the storage has done it: what was broken off between the two is done again, which harms nothing.
 */
export interface KycErasure {
  /** Returns how many are gone; what the storage did not do is in `errors`, and is done again later. */
  sweep(limit: number): Promise<{ gone: number; errors: Error[] }>;
}

export function createKycErasure({
  knex,
  clock,
  blobs,
}: {
  knex: Knex;
  clock: Clock;
  blobs: BlobStore | undefined;
}): KycErasure {
  const eraseOne = async (id: string): Promise<void> => {
    if (blobs === undefined) throw new Error('no storage for documents is set up');
    await blobs.delete(blobKey(id));
    await execute(
      knex,
      "update kyc_documents set state = 'erased', erased_at = :now where id = :id and state = 'erasing'",
      { id, now: clock.now() },
    );
  };
  return {
    async sweep(limit) {
      const due = await rows<{ id: string }>(
        knex,
        "select id from kyc_documents where state = 'erasing' order by id limit :limit",
        { limit },
      );
      const errors: Error[] = [];
      for (const { id } of due)
        try {
          await eraseOne(id);
        } catch (error) {
          errors.push(error instanceof Error ? error : new Error('a document stayed', { cause: error }));
        }
      return { gone: due.length - errors.length, errors };
    },
  };
}
