import type { Knex } from 'knex';
import { createApiKey } from '../../../domain/auth/api-keys';
import { createTerminals } from '../../../domain/aeps/terminals';
import type { UserId } from '../../../domain/ids/ids';
import { createAppUser } from '../../../domain/users/users';
import { systemClock } from '../../../platform/clock';
import { systemIds } from '../../../platform/ids';

/**
 * Shops, below this user, for the withdrawals of this demo, each with a key of its own. The velocity rules of AEPS look at what
 * an agent did in the last minutes: a demo that runs again at once, as the agent of before, would be held
 * back, and rightly.
 */
export async function openShops(knex: Knex, count: number, above?: UserId): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, () =>
      knex.transaction(async (trx) => {
        const { userId } = await createAppUser(trx, systemIds, {
          name: 'Munim Test Shop',
          ...(above === undefined ? {} : { parentId: above }),
        });
        await createTerminals({ knex: trx, clock: systemClock }).register(userId, 'demo-1', 'npm run demo');
        return (
          await createApiKey(trx, systemIds, {
            userId,
            mode: 'test',
            scopes: ['aeps:write', 'transactions:read'],
          })
        ).secret;
      }),
    ),
  );
}
