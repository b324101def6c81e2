import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';

/** Who stands above whom: a user sends money down their network, and pulls it back from there. */
export interface Network {
  /** Asked in the database transaction that moves the money. A user is not above themselves. */
  isAbove(trx: Knex.Transaction, upper: UserId, lower: UserId): Promise<boolean>;
}

/** Nobody has a network: users move money between their own wallets only. */
export const NO_NETWORK: Network = { isAbove: () => Promise.resolve(false) };
