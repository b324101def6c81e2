import { userId, type AccountId, type UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Ids } from '../../platform/ids';
import { accountCode, openAccounts, type WalletKind } from '../ledger/accounts';
import { WalletModel } from '../wallets/wallet.model';
import { UserModel } from '../auth/user.model';

export interface NewAppUser {
  name: string;
}
export interface AppUser {
  userId: UserId;
  walletId: string;
  accountId: AccountId;
}

/** Makes a user of apps, with its `main` wallet and the wallet's ledger account. */
export async function createAppUser(trx: Knex.Transaction, ids: Ids, user: NewAppUser): Promise<AppUser> {
  const id = userId(ids.uuid());
  await UserModel.query(trx).insert({ id, kind: 'app', name: user.name });
  return { userId: id, ...(await openWallet(trx, ids, id, 'main')) };
}

/** Opens a wallet that the user does not have yet, with its ledger account. */
export async function openWallet(
  trx: Knex.Transaction,
  ids: Ids,
  user: UserId,
  kind: WalletKind,
): Promise<Omit<AppUser, 'userId'>> {
  const code = accountCode.wallet(user, kind);
  const accountId = (await openAccounts(trx, [code])).get(code)!;
  const walletId = ids.uuid();
  await WalletModel.query(trx).insert({ id: walletId, userId: user, kind, accountId });
  return { walletId, accountId };
}

export interface NewOpsUser {
  name: string;
  email: string;
  passwordHash: string;
  /** One of the table `roles`. */
  role: string;
}

/** Makes an ops user. One with the same e-mail address gets this password and role. */
export async function upsertOpsUser(db: Knex | Knex.Transaction, ids: Ids, user: NewOpsUser): Promise<void> {
  const { name, passwordHash, role } = user;
  await UserModel.query(db)
    .insert({
      id: userId(ids.uuid()),
      kind: 'ops',
      name,
      email: user.email.toLowerCase(),
      passwordHash,
      role,
    })
    .onConflict('email')
    .merge(['password_hash', 'role']);
}
