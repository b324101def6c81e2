import type { Knex } from 'knex';
import type { BlobStore } from '../../platform/blobs/store';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { deletePieces } from './file';

/**
 * Ends files whose time is over. The key is destroyed first, so nothing opens any more; the storage is emptied after it,
 * and what is left of tries that were given up goes too. The row stays, to say what was asked.
 */
export async function expireReports(
  { knex, clock, blobs }: { knex: Knex; clock: Clock; blobs: BlobStore },
  limit: number,
): Promise<number> {
  await execute(
    knex,
    `update reports set state = 'over', key_sealed = null where id in (
      select id from reports where state = 'done' and expires_at <= :now order by expires_at limit :limit
      for no key update skip locked)`,
    { now: clock.now(), limit },
  );
  const left = await rows<{ id: string; attemptNo: number; pieces: number }>(
    knex,
    `select id, pieces_attempt_no as "attemptNo", pieces from reports
    where state in ('over', 'failed') and pieces > 0 order by id limit :limit`,
    { limit },
  );
  for (const { id, attemptNo, pieces } of left) {
    await deletePieces(blobs, { id, attemptNo }, pieces);
    await execute(knex, `update reports set pieces = 0 where id = :id and state in ('over', 'failed')`, {
      id,
    });
  }
  return left.length;
}
