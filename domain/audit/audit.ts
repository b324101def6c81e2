import type { Knex } from 'knex';
import { execute } from '../../platform/database';

/** Who did what to what, and what came of it. Rows are only ever added (a trigger refuses the rest). */
export interface AuditEntry {
  at: Date;
  /** A user id, or `anonymous`. */
  actor: string;
  actorIp?: string;
  /** `<area>.<verb>`, such as `queue.pause`. */
  action: string;
  /** `<kind>:<id>`. Never a personal value. */
  subject: string;
  /** `attempted` is written before a deed that cannot be in the same database transaction as its row; a second row says what came of it. */
  outcome: 'attempted' | 'succeeded' | 'refused' | 'failed';
  /** Ids and codes only. */
  detail?: Record<string, string | number | boolean>;
}

/** Adds a row, in the caller's database transaction when there is one. */
export async function recordAudit(db: Knex | Knex.Transaction, entry: AuditEntry): Promise<void> {
  await execute(
    db,
    'insert into audit_log (at, actor, actor_ip, action, subject, outcome, detail) values (?, ?, ?, ?, ?, ?, ?::jsonb)',
    [
      entry.at,
      entry.actor,
      entry.actorIp ?? null,
      entry.action,
      clip(entry.subject),
      entry.outcome,
      JSON.stringify(entry.detail ?? {}),
    ],
  );
}

/** A subject may hold a path segment that somebody typed: no control characters (PostgreSQL takes no NUL), and an end. */
function clip(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
