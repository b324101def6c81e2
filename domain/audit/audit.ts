import type { Knex } from 'knex';
import { AuditEntryModel, type AuditDetail, type AuditOutcome } from './audit-entry.model';

/** An action of a person: the actor, the subject and the outcome. Rows are only ever added. */
export interface AuditEntry {
  at: Date;
  /** A user id, or `anonymous`. */
  actor: string;
  actorIp?: string;
  /** `<area>.<verb>`, such as `queue.pause`. */
  action: string;
  /** `<kind>:<id>`. Never a personal value. */
  subject: string;
  outcome: AuditOutcome;
  detail?: AuditDetail;
}

/** Adds a row, in the caller's database transaction when there is one. */
export async function recordAudit(db: Knex | Knex.Transaction, entry: AuditEntry): Promise<void> {
  const { at, actor, actorIp = null, action, outcome, detail = {} } = entry;
  const subject = clip(entry.subject);
  await AuditEntryModel.query(db).insert({ at, actor, actorIp, action, subject, outcome, detail });
}

/**
 * A subject may hold a path that somebody typed: no control characters (PostgreSQL takes no NUL), limited
 * length.
 */
function clip(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
