import { Model } from 'objection';

/** Reads of wallets; a wallet's money is in its ledger account. */
export class WalletModel extends Model {
  static override readonly tableName = 'wallets';
  id!: string;
  user_id!: string;
  kind!: string;
  account_id!: bigint;
  created_at!: Date;
}
