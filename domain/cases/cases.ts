import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Ids } from '../../platform/ids';
import { CaseModel } from './case.model';
import { insertNew, table, text, uuid } from '../../platform/sql';

/** One matter that a person must look at, with an age. It has one open case, however often it is met. */
export interface NewCase {
  /** `late_success`, `polling_exhausted`, `drives_exhausted` … */
  kind: string;
  subject: string;
  transactionId?: TransactionId;
  /** For ops staff; without personal data. */
  summary: string;
}

const CASES = table<NewCase & { id: string }>('ops_cases', {
  id: uuid((c) => c.id),
  kind: text((c) => c.kind),
  subject: text((c) => c.subject),
  transaction_id: uuid((c) => c.transactionId),
  summary: text((c) => c.summary),
});

/**
 * Opens the cases that are not open yet; returns the number of new ones. The money's own database
 * transactions use it.
 */
export async function openCases(
  db: Knex | Knex.Transaction,
  ids: Ids,
  cases: readonly NewCase[],
  at: Date,
): Promise<number> {
  const opened = await insertNew(
    db,
    CASES,
    cases.map((c) => ({ id: ids.uuid(), ...c })),
    { conflict: '(kind, subject) where closed_at is null', returning: 'id', shared: { opened_at: at } },
  );
  return opened.length;
}

/** Closes those of these cases that are open: the matter has settled itself. */
export async function closeCases(
  db: Knex | Knex.Transaction,
  cases: readonly Pick<NewCase, 'kind' | 'subject'>[],
  how: { by: string; note: string; at: Date },
): Promise<void> {
  if (cases.length === 0) return;
  await CaseModel.query(db)
    .patch({ closedAt: how.at, closedBy: how.by, closedNote: how.note })
    .whereIn(
      ['kind', 'subject'],
      cases.map(({ kind, subject }) => [kind, subject]),
    )
    .whereNull('closed_at');
}

/** A case about a transaction. */
export function transactionCase(kind: string, transactionId: TransactionId, summary: string): NewCase {
  return { kind, subject: `transaction:${transactionId}`, transactionId, summary };
}
