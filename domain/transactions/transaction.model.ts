import { Model } from 'objection';
import type { State } from '../lifecycle/lifecycle';

/** Reads of single transactions and lists, off the money path. Writes go through moves.ts. */
export class TransactionModel extends Model {
  static override readonly tableName = 'transactions';
  id!: string;
  user_id!: string;
  wallet_id!: string;
  service!: string;
  state!: State;
  amount_paise!: bigint;
  fee_paise!: bigint;
  tax_paise!: bigint;
  charge_paise!: bigint;
  currency!: string;
  reference!: string;
  status_reason!: string | null;
  utr!: string | null;
  next_poll_at!: Date | null;
  expected_by!: Date;
  created_at!: Date;
  updated_at!: Date;
  finished_at!: Date | null;
  /** The state before in_review, joined in by the readers. */
  reviewed_from!: State | null;
}
