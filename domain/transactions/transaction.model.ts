import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { BaseModel, type Property, type Query } from '../../platform/model';
import type { State } from '../lifecycle/lifecycle';
import type { NextActionName } from './next-action';
import type { ReceiptDetails } from './receipt';

/** What the provider said when it took the instruction. It decides nothing, so it stays on the attempt. */
const ACKNOWLEDGED = `
  (select a.acknowledged_reason from dispatch_attempts a
   where a.transaction_id = transactions.id and a.attempt_no = transactions.attempt_no)`;
/** The state that a transaction in review came from. */
export const REVIEWED_FROM = `
  (select e.from_state from transaction_events e
   where e.transaction_id = transactions.id and e.to_state = 'in_review' order by e.seq desc limit 1)`;

/** A transaction as it is shown. Only `domain/lifecycle` writes transactions. */
export class TransactionModel extends BaseModel {
  static override readonly tableName = 'transactions';
  static override readonly columns: readonly Property<TransactionModel>[] = [
    'id',
    'service',
    'provider',
    'state',
    'amountPaise',
    'feePaise',
    'taxPaise',
    'chargePaise',
    'totalPaise',
    'currency',
    'reference',
    'utr',
    'nextPollAt',
    'expectedBy',
    'expiresAt',
    'createdAt',
    'updatedAt',
    'finishedAt',
  ];
  id!: string;
  service!: string;
  provider!: string;
  state!: State;
  amountPaise!: bigint;
  feePaise!: bigint;
  taxPaise!: bigint;
  chargePaise!: bigint;
  /** What the wallet pays. */
  totalPaise!: bigint;
  currency!: string;
  reference!: string;
  utr!: string | null;
  nextPollAt!: Date | null;
  expectedBy!: Date;
  expiresAt!: Date;
  createdAt!: Date;
  updatedAt!: Date;
  finishedAt!: Date | null;
  /** Read by `ofUser` alone, as are those below. */
  statusReason!: string | null;
  reviewedFrom!: State | null;
  details!: ReceiptDetails | null;
  owedAfterSuccess!: NextActionName | null;

  /**
   * The transactions of a user, with what other tables say of them: `details` and `owed` are SQL expressions
   * (`receipt.ts`).
   */
  static ofUser(
    db: Knex,
    userId: UserId,
    { details, owed }: { details: string; owed: string },
  ): Query<TransactionModel> {
    return this.query(db)
      .select(
        this.columnNames(),
        this.raw(`case when state = 'in_review' then ${REVIEWED_FROM} end as reviewed_from`),
        this.raw(
          `coalesce(status_reason, case when state = 'dispatched' then ${ACKNOWLEDGED} end) as status_reason`,
        ),
        this.raw(`${details} as details`),
        this.raw(`case when state = 'succeeded' then ${owed} end as owed_after_success`),
      )
      .where('transactions.user_id', userId);
  }
}
