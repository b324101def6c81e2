import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { CaseModel } from '../cases/case.model';
import type { UserId } from '../ids/ids';

/**
 * The register of suspicious transactions: who said what of a finding, when, and why. Rows are only ever added. Nobody
 * outside the staff learns of it: the rules under the PMLA forbid to tip off.
 */
export type Verdict = 'false_alarm' | 'suspicious' | 'reported';

export interface NewEntry {
  caseId: string;
  rule: string;
  subject: string;
  transactionId: string | null;
  verdict: Verdict;
  /** Of a report, its reference at the Financial Intelligence Unit. */
  reference?: string;
  reason: string;
  decidedBy: UserId;
  approvalId?: string;
}

export interface RegisterEntry {
  id: string;
  caseId: string;
  rule: string;
  subject: string;
  transactionId: string | null;
  verdict: Verdict;
  reference: string | null;
  reason: string;
  decidedBy: UserId;
  approvalId: string | null;
  decidedAt: Date;
}

/** The rule that opened a case; undefined for a case that none did. */
export function ruleOf({ kind, evidence }: Pick<CaseModel, 'kind' | 'evidence'>): string | undefined {
  const isOfRisk = kind === 'risk_alarm' || kind === 'risk_hold';
  return isOfRisk && typeof evidence.rule === 'string' ? evidence.rule : undefined;
}

/** Adds a row, in the caller's database transaction. */
export async function enterRegister(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  entry: NewEntry,
): Promise<void> {
  await insertOne(trx, 'risk_register', {
    id: ids.uuid(),
    case_id: entry.caseId,
    rule: entry.rule,
    subject: entry.subject,
    transaction_id: entry.transactionId,
    verdict: entry.verdict,
    reference: entry.reference ?? null,
    reason: entry.reason,
    decided_by: entry.decidedBy,
    approval_id: entry.approvalId ?? null,
    decided_at: clock.now(),
  });
}

/** The newest first. */
export function readRegister(
  knex: Knex,
  { rule = null, limit }: { rule?: string | null; limit: number },
): Promise<RegisterEntry[]> {
  return rows<RegisterEntry>(
    knex,
    `select id, case_id as "caseId", rule, subject, transaction_id as "transactionId", verdict, reference, reason,
       decided_by as "decidedBy", approval_id as "approvalId", decided_at as "decidedAt"
     from risk_register where :rule::text is null or rule = :rule order by decided_at desc, id limit :limit`,
    { rule, limit },
  );
}
