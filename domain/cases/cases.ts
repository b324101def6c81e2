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
export async function openCases(db: Knex | Knex.Transaction, ids: Ids, cases: readonly NewCase[], at: Date): Promise<number> {
  if (cases.length === 0) return 0;
  return execute(db, `
    insert into ops_cases (id, kind, subject, transaction_id, summary, opened_at)
    select n.*, ?::timestamptz from unnest(?::uuid[], ?::text[], ?::text[], ?::uuid[], ?::text[]) as n
    on conflict (kind, subject) where closed_at is null do nothing`,
  [at, cases.map(() => ids.uuid()), cases.map((c) => c.kind), cases.map((c) => c.subject), cases.map((c) => c.transactionId ?? null), cases.map((c) => c.summary)]);
}

/** A case about a transaction. */
export function transactionCase(kind: string, transactionId: string, summary: string): NewCase {
  return { kind, subject: `transaction:${transactionId}`, transactionId, summary };
}
