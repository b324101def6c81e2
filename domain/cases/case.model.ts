import { BaseModel, type Property } from '../../platform/model';

/** Cases for ops staff; open while `closedAt` is null. */
export class CaseModel extends BaseModel {
  static override readonly tableName = 'ops_cases';
  static override readonly columns: readonly Property<CaseModel>[] = [
    'id',
    'kind',
    'subject',
    'transactionId',
    'summary',
    'openedAt',
    'closedAt',
    'closedBy',
    'closedNote',
  ];
  id!: string;
  kind!: string;
  subject!: string;
  transactionId!: string | null;
  summary!: string;
  openedAt!: Date;
  closedAt!: Date | null;
  closedBy!: string | null;
  closedNote!: string | null;
}
