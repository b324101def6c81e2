import type { Knex } from 'knex';
import { createTerminals } from '../../domain/aeps/terminals';
import { createApiKey } from '../../domain/auth/api-keys';
import { SCOPES } from '../../domain/services/services';
import { accountCode, openAccounts } from '../../domain/ledger/accounts';
import { createLedger } from '../../domain/ledger/post';
import { createAppUser, type AppUser } from '../../domain/users/users';
import { systemClock } from '../../platform/clock';
import { systemIds } from '../../platform/ids';

export interface BenchUser extends AppUser {
  apiKey: string;
}

/** Makes users with an API key and money in their wallets, posted from the bank. */
export async function makeUsers(knex: Knex, count: number, fundsPaise: bigint): Promise<BenchUser[]> {
  const bank = (await openAccounts(knex, [accountCode.bank('escrow')])).get(accountCode.bank('escrow'))!;
  const ledger = createLedger({ knex, clock: systemClock });
  const users: BenchUser[] = [];
  for (let i = 0; i < count; i += 50) {
    users.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(50, count - i) }, async () => {
          const user = await knex.transaction((trx) =>
            createAppUser(trx, systemIds, { name: 'Bench Trader' }),
          );
          const { secret } = await createApiKey(knex, systemIds, {
            userId: user.userId,
            mode: 'test',
            scopes: SCOPES,
          });
          await ledger.post({
            journal: {
              id: systemIds.uuid(),
              transactionId: null,
              transfers: [
                {
                  debitAccountId: bank,
                  creditAccountId: user.accountId,
                  amountPaise: fundsPaise,
                  code: 'funding',
                },
              ],
            },
          });
          await createTerminals({ knex, clock: systemClock }).register(user.userId, 'till-1', 'bench');
          return { ...user, apiKey: secret };
        }),
      )),
    );
  }
  return users;
}
