import type { Knex } from 'knex';
import type { StatementPart } from '../../platform/sql';
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
 * The same as a part of a larger statement: a row for each row of `from`. Its bindings begin with `audit`, so a
 * statement has room for one.
 */
export function auditIn(from: string, entry: AuditEntry): StatementPart {
  return {
    text: `insert into audit_log (at, actor, actor_ip, action, subject, outcome, detail)
      select :auditAt::timestamptz, :auditActor, :auditIp, :auditAction, :auditSubject, :auditOutcome, :auditDetail::jsonb
      from ${from}`,
    bindings: {
      auditAt: entry.at,
      auditActor: entry.actor,
      auditIp: entry.actorIp ?? null,
      auditAction: entry.action,
      auditSubject: clip(entry.subject),
      auditOutcome: entry.outcome,
      auditDetail: JSON.stringify(entry.detail ?? {}),
    },
  };
}

/**
 * A subject may hold a path that somebody typed: no control characters (PostgreSQL takes no NUL), limited
 * length.
 */
function clip(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
