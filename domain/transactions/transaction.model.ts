import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { BaseModel, type Property, type Query } from '../../platform/model';
import type { State } from '../lifecycle/lifecycle';

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
    'state',
    'amountPaise',
    'feePaise',
    'taxPaise',
    'chargePaise',
    'currency',
    'reference',
    'utr',
    'nextPollAt',
    'expectedBy',
    'createdAt',
    'updatedAt',
    'finishedAt',
  ];
  id!: string;
  service!: string;
  state!: State;
  amountPaise!: bigint;
  feePaise!: bigint;
  taxPaise!: bigint;
  chargePaise!: bigint;
  currency!: string;
  reference!: string;
  utr!: string | null;
  nextPollAt!: Date | null;
  expectedBy!: Date;
  createdAt!: Date;
  updatedAt!: Date;
  finishedAt!: Date | null;
  /** Read by `ofUser` alone, as is `reviewedFrom`. */
  statusReason!: string | null;
  reviewedFrom!: State | null;

  /** The transactions of a user, with what other tables say of them. */
  static ofUser(db: Knex, userId: UserId): Query<TransactionModel> {
    return this.query(db)
      .select(
        this.columnNames(),
        this.raw(`case when state = 'in_review' then ${REVIEWED_FROM} end as reviewed_from`),
        this.raw(
          `coalesce(status_reason, case when state = 'dispatched' then ${ACKNOWLEDGED} end) as status_reason`,
        ),
      )
      .where('transactions.user_id', userId);
  }
}
