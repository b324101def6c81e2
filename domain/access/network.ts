import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { isInSubtree } from '../network/subtree';

/** Who stands below whom. */
export interface Network {
  /** Whether the user is the ancestor itself or stands somewhere below it, now. */
  isInSubtree(ancestor: UserId, user: UserId): Promise<boolean>;
}

export function createNetwork({ knex }: { knex: Knex }): Network {
  return { isInSubtree: (ancestor, user) => isInSubtree(knex, { top: ancestor, user }) };
}
