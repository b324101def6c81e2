import type { AccountId, UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** A wallet names its owner and its ledger account, which holds the money. */
export class WalletModel extends BaseModel {
  static override readonly tableName = 'wallets';
  static override readonly columns: readonly Property<WalletModel>[] = [
    'id',
    'userId',
    'kind',
    'accountId',
    'createdAt',
  ];
  id!: string;
  userId!: UserId;
  kind!: string;
  accountId!: AccountId;
  createdAt!: Date;
}
