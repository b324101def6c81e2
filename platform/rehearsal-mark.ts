import type { Knex } from 'knex';
import { execute, rows } from './database';

/**
 * A database is one of production or one of its rehearsal, from the first start for ever. The play money of a
 * rehearsal must never meet live keys. Throws Error, in words for people.
 */
export async function claimDatabase(knex: Knex, isRehearsal: boolean): Promise<void> {
  await execute(
    knex,
    'insert into rehearsal_mark (is_rehearsal) values (?) on conflict (singleton) do nothing',
    [isRehearsal],
  );
  const [mark] = await rows<{ isRehearsal: boolean }>(
    knex,
    'select is_rehearsal as "isRehearsal" from rehearsal_mark',
    [],
  );
  if (mark?.isRehearsal === isRehearsal) return;
  throw new Error(
    isRehearsal
      ? 'this is the database of production: a rehearsal (MUNIM_REHEARSAL) needs one of its own'
      : 'this database belongs to a rehearsal, its money is play money: production needs one of its own',
  );
}
