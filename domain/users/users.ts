import { userId, type AccountId, type UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Ids } from '../../platform/ids';
import { accountCode, openAccounts, type WalletKind } from '../ledger/accounts';
import { WalletModel } from '../wallets/wallet.model';
import { UserModel } from '../auth/user.model';

/** One that says no more than its name is a business that stands alone, works at once and has every service. */
export interface NewAppUser extends Partial<Omit<UserRow, 'name'>> {
  name: string;
}
type UserRow = Pick<
  UserModel,
  | 'id'
  | 'type'
  | 'stage'
  | 'parentId'
  | 'registeredBy'
  | 'registrationKey'
  | 'registrationHash'
  | 'mobileSealed'
  | 'mobileFingerprint'
  | 'mobileHint'
  | 'emailSealed'
  | 'emailFingerprint'
  | 'emailHint'
  | 'language'
  | 'city'
  | 'stateCode'
  | 'pinCode'
  | 'addressSealed'
  | 'name'
>;
export interface AppUser {
  userId: UserId;
  walletId: string;
  accountId: AccountId;
}

/** Makes a user of apps, with its `main` wallet and the wallet's ledger account. */
export async function createAppUser(trx: Knex.Transaction, ids: Ids, user: NewAppUser): Promise<AppUser> {
  const id = user.id ?? userId(ids.uuid());
  await UserModel.query(trx).insert({ ...user, id, kind: 'app' });
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
