import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';

/** What is to be done and what the proposer saw: ids, codes and amounts in paise as text. */
export type ApprovalDetail = Readonly<Record<string, string | number | boolean | null>>;
export type ApprovalState = 'proposed' | 'approved' | 'rejected' | 'withdrawn' | 'overtaken';

/** What one person proposed and another decided. A trigger refuses changes after that. */
export class ApprovalModel extends BaseModel {
  static override readonly tableName = 'approvals';
  static override readonly jsonAttributes = ['detail'];
  static override readonly columns: readonly Property<ApprovalModel>[] = [
    'id',
    'action',
    'subject',
    'caseId',
    'detail',
    'reason',
    'evidence',
    'state',
    'proposedBy',
    'proposedAt',
    'decidedBy',
    'decidedAt',
    'note',
    'journalId',
  ];
  id!: string;
  action!: string;
  subject!: string;
  caseId!: string | null;
  detail!: ApprovalDetail;
  reason!: string;
  evidence!: string;
  state!: ApprovalState;
  proposedBy!: UserId;
  proposedAt!: Date;
  decidedBy!: UserId | null;
  decidedAt!: Date | null;
  note!: string | null;
  journalId!: string | null;
}
