import { BaseModel, type Property } from '../../platform/model';

/** The moves of a transaction from one state to another, numbered from 1. */
export class TransactionEventModel extends BaseModel {
  static override readonly tableName = 'transaction_events';
  static override readonly idColumn = ['transaction_id', 'seq'];
  static override readonly columns: readonly Property<TransactionEventModel>[] = [
    'seq',
    'fromState',
    'toState',
    'actor',
    'reason',
    'at',
  ];
  seq!: number;
  fromState!: string;
  toState!: string;
  actor!: string;
  reason!: string;
  at!: Date;
}
