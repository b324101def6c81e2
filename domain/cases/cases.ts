import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import type { Ids } from '../../platform/ids';

/** A case is one thing that a person must look at, with an age. The same matter opens one case, however often it is met. */
export interface NewCase {
  /** `late_success`, `polling_exhausted`, `drives_exhausted` … */
  kind: string;
  subject: string;
  transactionId?: string;
  /** For ops staff; without personal data. */
  summary: string;
}

/** Opens cases that are not open yet; returns how many were new. */
export async function openCases(
  db: Knex | Knex.Transaction,
  ids: Ids,
  cases: readonly NewCase[],
  at: Date,
): Promise<number> {
  if (cases.length === 0) return 0;
  return execute(
    db,
    `
    insert into ops_cases (id, kind, subject, transaction_id, summary, opened_at)
    select n.*, ?::timestamptz from unnest(?::uuid[], ?::text[], ?::text[], ?::uuid[], ?::text[]) as n
    on conflict (kind, subject) where closed_at is null do nothing`,
    [
      at,
      cases.map(() => ids.uuid()),
      cases.map((c) => c.kind),
      cases.map((c) => c.subject),
      cases.map((c) => c.transactionId ?? null),
      cases.map((c) => c.summary),
    ],
  );
}

/** Closes the open ones of these cases, where what they were about has come right by itself. */
export async function closeCases(
  db: Knex | Knex.Transaction,
  cases: readonly Pick<NewCase, 'kind' | 'subject'>[],
  how: { by: string; note: string; at: Date },
): Promise<void> {
  if (cases.length === 0) return;
  await execute(
    db,
    `
    update ops_cases c set closed_at = ?, closed_by = ?, closed_note = ? from unnest(?::text[], ?::text[]) as n(kind, subject)
    where c.kind = n.kind and c.subject = n.subject and c.closed_at is null`,
    [how.at, how.by, how.note, cases.map((c) => c.kind), cases.map((c) => c.subject)],
  );
}

/** A case about a transaction. */
export function transactionCase(kind: string, transactionId: string, summary: string): NewCase {
  return { kind, subject: `transaction:${transactionId}`, transactionId, summary };
}
