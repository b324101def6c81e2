import type { TransactionId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { CaseModel, type CaseEvidence } from './case.model';
import type { CaseKind } from './kinds';
import { insertNew, jsonb, table, text, uuid } from '../../platform/sql';

/** One matter that a person must look at, with an age. It has one open case, however often it is met. */
export interface NewCase {
  kind: CaseKind;
  subject: string;
  transactionId?: TransactionId;
  /** For ops staff; without personal data. */
  summary: string;
  /**
   * What the matter rests on (`succeeded, 1 effect`). A person who has closed the case has settled it: for
   * the same situation it is not opened again.
   */
  situation?: string;
  /** References and codes; without personal data. */
  evidence?: CaseEvidence;
}

const CASES = table<NewCase & { id: string }>('ops_cases', {
  id: uuid((c) => c.id),
  kind: text((c) => c.kind),
  subject: text((c) => c.subject),
  transaction_id: uuid((c) => c.transactionId),
  summary: text((c) => c.summary),
  situation: text((c) => c.situation),
  evidence: jsonb((c) => c.evidence ?? {}),
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
  const settled = await findSettled(db, cases);
  const opened = await insertNew(
    db,
    CASES,
    cases.filter((c) => !settled.has(keyOf(c))).map((c) => ({ id: ids.uuid(), ...c })),
    { conflict: '(kind, subject) where closed_at is null', returning: 'id', shared: { opened_at: at } },
  );
  return opened.length;
}

/** The open case of a matter says what the matter is now. */
export async function restateCase(
  db: Knex | Knex.Transaction,
  { kind, subject, summary, evidence }: NewCase,
): Promise<void> {
  await execute(
    db,
    `update ops_cases set summary = :summary, evidence = :evidence::jsonb
    where kind = :kind and subject = :subject and closed_at is null and summary <> :summary`,
    { kind, subject, summary, evidence: JSON.stringify(evidence ?? {}) },
  );
}

/** The matters that a person has closed in the very situation they are met in again. */
async function findSettled(db: Knex | Knex.Transaction, cases: readonly NewCase[]): Promise<Set<string>> {
  const asked = cases.filter(({ situation }) => situation !== undefined);
  if (asked.length === 0) return new Set();
  const found = await rows<{ kind: string; subject: string; situation: string }>(
    db,
    `select distinct c.kind, c.subject, c.situation
    from unnest(?::text[], ?::text[], ?::text[]) as n(kind, subject, situation)
    join ops_cases c on c.kind = n.kind and c.subject = n.subject and c.situation = n.situation
    where c.closed_by_user is not null`,
    [asked.map((c) => c.kind), asked.map((c) => c.subject), asked.map((c) => c.situation)],
  );
  return new Set(found.map(keyOf));
}

function keyOf(c: { kind: string; subject: string; situation?: string }): string {
  return [c.kind, c.subject, c.situation ?? ''].join('\n');
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

/** A person closes one case. Returns false when it is not open any more. */
export async function closeCase(
  db: Knex | Knex.Transaction,
  id: string,
  how: { by: UserId; note: string; at: Date },
): Promise<boolean> {
  const closed = await CaseModel.query(db)
    .findById(id)
    .patch({ closedAt: how.at, closedBy: how.by, closedByUser: how.by, closedNote: how.note })
    .whereNull('closed_at');
  return closed === 1;
}

/** A case about a transaction. */
export function transactionCase(kind: CaseKind, transactionId: TransactionId, summary: string): NewCase {
  return { kind, subject: `transaction:${transactionId}`, transactionId, summary };
}
