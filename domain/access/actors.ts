import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { UserId } from '../ids/ids';
import type { Actor } from './access';

/**
 * The person for whom a job works, with the role of now: undefined for one whose account was ended since they asked.
 * A job that does something by a person's word asks `can` again with it before each step.
 */
export async function readActor(db: Knex | Knex.Transaction, user: UserId): Promise<Actor | undefined> {
  const [found] = await rows<Actor>(
    db,
    `select u.id as "userId", role_of(u) as role from users u where u.id = ? and u.status = 'active'`,
    [user],
  );
  return found;
}
