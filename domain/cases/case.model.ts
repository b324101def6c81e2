import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** References and codes only. */
export type CaseEvidence = Readonly<Record<string, string | number | boolean | null>>;

/** Cases for ops staff; open while `closedAt` is null. */
export class CaseModel extends BaseModel {
  static override readonly tableName = 'ops_cases';
  static override readonly jsonAttributes = ['evidence'];
  static override readonly columns: readonly Property<CaseModel>[] = [
    'id',
    'kind',
    'subject',
    'transactionId',
    'summary',
    'situation',
    'evidence',
    'openedAt',
    'closedAt',
    'closedBy',
    'closedByUser',
    'closedNote',
  ];
  id!: string;
  kind!: string;
  subject!: string;
  transactionId!: string | null;
  summary!: string;
  situation!: string | null;
  evidence!: CaseEvidence;
  openedAt!: Date;
  closedAt!: Date | null;
  /** The part of the system that closed it, or the id of a person. */
  closedBy!: string | null;
  closedByUser!: UserId | null;
  closedNote!: string | null;
}
