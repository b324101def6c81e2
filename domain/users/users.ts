import type { AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { accountCode, openAccounts } from '../ledger/accounts';

export interface NewAppUser {
  name: string;
}
export interface AppUser {
  userId: string;
  walletId: string;
  accountId: AccountId;
}

/** Makes an app user with its `main` wallet and the wallet's ledger account. */
export async function createAppUser(trx: Knex.Transaction, ids: Ids, user: NewAppUser): Promise<AppUser> {
  const userId = ids.uuid();
  const walletId = ids.uuid();
  const code = accountCode.wallet(userId, 'main');
  const accountId = (await openAccounts(trx, [code])).get(code)!;
  await execute(trx, "insert into users (id, kind, name) values (?, 'app', ?)", [userId, user.name]);
  await execute(trx, "insert into wallets (id, user_id, kind, account_id) values (?, ?, 'main', ?)", [
    walletId,
    userId,
    accountId,
  ]);
  return { userId, walletId, accountId };
}

export interface NewOpsUser {
  name: string;
  email: string;
  passwordHash: string;
  role: 'viewer' | 'operator' | 'admin';
}

/** Makes an ops user, or gives an existing one this password and role. */
export async function upsertOpsUser(db: Knex | Knex.Transaction, ids: Ids, user: NewOpsUser): Promise<void> {
  await execute(
    db,
    `
    insert into users (id, kind, name, email, password_hash, role) values (?, 'ops', ?, ?, ?, ?)
    on conflict (email) do update set password_hash = excluded.password_hash, role = excluded.role`,
    [ids.uuid(), user.name, user.email.toLowerCase(), user.passwordHash, user.role],
  );
}
