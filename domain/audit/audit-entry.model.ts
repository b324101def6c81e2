import { BaseModel, type Property } from '../../platform/model';

/**
 * `attempted` stands before an action that cannot share a database transaction with its row; a second row
 * gives the result.
 */
export type AuditOutcome = 'attempted' | 'succeeded' | 'refused' | 'failed';
/** Ids and codes only. */
export type AuditDetail = Record<string, string | number | boolean>;

/** Rows are only ever added: a trigger refuses changes and deletions. */
export class AuditEntryModel extends BaseModel {
  static override readonly tableName = 'audit_log';
  static override readonly jsonAttributes = ['detail'];
  static override readonly columns: readonly Property<AuditEntryModel>[] = [
    'id',
    'at',
    'actor',
    'actorIp',
    'action',
    'subject',
    'outcome',
    'detail',
  ];
  id!: bigint;
  at!: Date;
  actor!: string;
  actorIp!: string | null;
  action!: string;
  subject!: string;
  outcome!: AuditOutcome;
  detail!: AuditDetail;
}
