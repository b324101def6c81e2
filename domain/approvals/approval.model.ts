import type { UserId } from '../ids/ids';
import { BaseModel, type Property } from '../../platform/model';
import type { Changes } from './changes';

/** What is to be done and what the proposer saw: ids, codes and amounts in paise as text. */
export type ApprovalDetail = Readonly<Record<string, string | number | boolean | null>>;
/** `alone`: done by the one who proposed it, since it was small enough. `expired`: nobody decided in time. */
export const APPROVAL_STATES = [
  'proposed',
  'approved',
  'rejected',
  'withdrawn',
  'overtaken',
  'expired',
  'alone',
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** What one person proposed and another decided. A trigger refuses changes after that. */
export class ApprovalModel extends BaseModel {
  static override readonly tableName = 'approvals';
  static override readonly jsonAttributes = ['detail', 'changes'];
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
    'area',
    'expiresAt',
    'amountPaise',
    'countedFor',
    'changes',
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
  /** Null, like the next, of those that are older than the rules. */
  area!: string | null;
  expiresAt!: Date | null;
  amountPaise!: bigint | null;
  /** Who gains by it. */
  countedFor!: string | null;
  changes!: Changes | null;
}

/** What is known of one from its proposal on. */
export type ApprovalFacts = Pick<
  ApprovalModel,
  | 'id'
  | 'action'
  | 'subject'
  | 'caseId'
  | 'detail'
  | 'reason'
  | 'evidence'
  | 'state'
  | 'proposedBy'
  | 'proposedAt'
  | 'area'
  | 'expiresAt'
  | 'amountPaise'
  | 'countedFor'
  | 'changes'
>;
