/** A distributor above its retailers, for tests of money within a network. */
import { randomUUID } from 'node:crypto';
import { openWallet, type AppUser } from '../../domain/users/users';
import { execute } from '../../platform/database';
import { fund, type World } from './world';

type Known = Pick<World, 'first' | 'knex'>;

/** Puts the second, a retailer, right below the first, which becomes a distributor. */
export async function putBelow({ knex }: Known, upper: AppUser, lower: AppUser): Promise<void> {
  await execute(knex, "update users set type = 'distributor' where id = ?", [upper.userId]);
  await execute(knex, 'update users set parent_id = ? where id = ?', [upper.userId, lower.userId]);
}

/** A wallet of the user's with money in it. */
export async function openFunded(
  { first }: Known,
  { userId }: AppUser,
  kind: 'aeps' | 'commission',
  fundsPaise: bigint,
): Promise<Omit<AppUser, 'userId'>> {
  const opened = await first.knex.transaction((trx) => openWallet(trx, first.ids, userId, kind));
  await fund(first, opened.accountId, fundsPaise);
  return opened;
}

/** A reference and a key of their own. */
export const fresh = () => ({ key: randomUUID(), reference: `ref-${randomUUID().slice(0, 18)}` });
