import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { execute, rows } from '../../platform/database';

/**
 * Is the user `top` itself, or anywhere below it? As the network stands now; one look-up by key. Whoever is answered
 * "no" is answered like somebody who asks for a user that does not exist.
 */
export async function isInSubtree(
  db: Knex | Knex.Transaction,
  { top, user }: { top: UserId; user: UserId },
): Promise<boolean> {
  const [found] = await rows<{ depth: number }>(
    db,
    'select depth from user_ancestors where ancestor_id = ? and user_id = ?',
    [top, user],
  );
  return found !== undefined;
}

/** That of the triggers which move and close users (`users_take_place`). */
const PLACES_LOCK = 20261130010000n;

/**
 * Until this database transaction ends, nobody is moved or closed: what it has asked of the network stays true. It
 * waits for a move that is under way. Called before any other lock is taken.
 */
export async function keepPlaces(trx: Knex.Transaction): Promise<void> {
  await execute(trx, 'select pg_advisory_xact_lock_shared(?)', [PLACES_LOCK]);
}

/** Somebody above a user, and what they were. */
export interface Above {
  userId: UserId;
  type: string;
}

/**
 * The chain of a number that a transaction keeps (`transactions.upline_id`), the nearest first: who stood above its
 * user when it was accepted, whoever does now.
 */
export async function readUpline(db: Knex | Knex.Transaction, uplineId: bigint | null): Promise<Above[]> {
  if (uplineId === null) return [];
  const found = await rows<Above>(
    db,
    `select above.user_id as "userId", above.type
     from uplines l, unnest(l.user_ids, l.types) with ordinality as above(user_id, type, place)
     where l.id = ? order by above.place`,
    [uplineId],
  );
  return found;
}
