import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/** How many likenesses of a subject nobody has decided, or were confirmed. */
export async function openHits(db: Knex | Knex.Transaction, subject: string): Promise<number> {
  const [found] = await rows<{ open: number }>(
    db,
    "select count(*)::int4 as open from screening_hits where subject = :subject and state <> 'cleared'",
    { subject },
  );
  return found!.open;
}

/** Was the subject compared with the list in force? Without a list nobody was. */
export async function screenedWith(db: Knex | Knex.Transaction, subject: string): Promise<boolean> {
  const found = await rows<{ at: Date }>(
    db,
    `select s.at from screenings s join screening_lists l on l.id = s.list_id and l.is_current
     where s.subject = :subject`,
    { subject },
  );
  return found.length > 0;
}
