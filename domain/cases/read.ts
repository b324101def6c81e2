import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { CaseModel } from './case.model';
import { CASE_ERRORS } from './errors';
import { caseKind, type CaseChoice } from './kinds';

/** A case as ops staff see it. The evidence is masked: references and codes, never a personal value. */
export interface CaseView {
  id: string;
  kind: string;
  question: string;
  evidenceWanted: string;
  choices: readonly CaseChoice[];
  subject: string;
  transactionId: string | null;
  summary: string;
  evidence: Readonly<Record<string, string | number | boolean | null>>;
  openedAt: Date;
  closedAt: Date | null;
  closedBy: string | null;
  closedNote: string | null;
}

/** What is known of the transaction that a case is about. */
export interface CaseTransaction {
  id: string;
  service: string;
  provider: string;
  state: string;
  amountPaise: bigint;
  outcome: string | null;
  statusReason: string | null;
  attemptNo: number;
  references: string | null;
}

/** What a provider, or a person, has said of it. */
export interface SaidOutcome {
  seq: number;
  kind: string;
  source: string;
  decision: string;
  rawStatus: string;
  rawReason: string | null;
  recordedAt: Date;
}

export interface CaseDetail extends CaseView {
  transaction: CaseTransaction | null;
  /** The newest first, twenty at most. */
  said: SaidOutcome[];
}

export interface CaseFilter {
  kind?: string;
  transactionId?: string;
  isOpen: boolean;
  limit: number;
}

export interface OpenCases {
  kind: string;
  count: number;
  oldest: Date;
}

export interface CaseReader {
  /** The oldest first. */
  list(filter: CaseFilter): Promise<CaseView[]>;
  /** Throws DomainError CASE_NOT_FOUND. */
  get(id: string): Promise<CaseDetail>;
  /** Open cases of each kind, and since when the oldest waits. */
  countOpen(): Promise<OpenCases[]>;
}

const SHOWN_OUTCOMES = 20;

export function createCaseReader({ knex }: { knex: Knex }): CaseReader {
  return {
    async list({ kind, transactionId, isOpen, limit }) {
      const query = CaseModel.query(knex)
        .orderBy('opened_at', isOpen ? 'asc' : 'desc')
        .limit(limit);
      if (isOpen) query.whereNull('closed_at');
      else query.whereNotNull('closed_at');
      if (kind !== undefined) query.where({ kind });
      if (transactionId !== undefined) query.where('transaction_id', transactionId);
      return (await query).map(caseView);
    },
    async get(id) {
      const found = await CaseModel.query(knex).findById(id);
      if (found === undefined) throw new DomainError(CASE_ERRORS.CASE_NOT_FOUND);
      const view = caseView(found);
      if (found.transactionId === null) return { ...view, transaction: null, said: [] };
      const [transaction] = await rows<CaseTransaction>(knex, TRANSACTION, [found.transactionId]);
      const said = await rows<SaidOutcome>(knex, SAID, [found.transactionId]);
      return { ...view, transaction: transaction ?? null, said };
    },
    countOpen: () =>
      rows<OpenCases>(
        knex,
        `select kind, count(*)::int4 as count, min(opened_at) as oldest
        from ops_cases where closed_at is null group by kind order by kind`,
      ),
  };
}

const TRANSACTION = `
  select t.id, t.service, t.provider, t.state, t.amount_paise as "amountPaise", t.outcome,
    t.status_reason as "statusReason", t.attempt_no as "attemptNo",
    (select string_agg(a.our_reference, ', ' order by a.attempt_no) from dispatch_attempts a
      where a.transaction_id = t.id) as "references"
  from transactions t where t.id = ?`;

const SAID = `
  select seq, kind, source, decision, raw_status as "rawStatus", raw_reason as "rawReason",
    recorded_at as "recordedAt"
  from transaction_outcomes where transaction_id = ? order by seq desc limit ${SHOWN_OUTCOMES}`;

function caseView(row: CaseModel): CaseView {
  const known = caseKind(row.kind);
  return {
    id: row.id,
    kind: row.kind,
    question: known?.question ?? 'a kind of a later version',
    evidenceWanted: known?.evidence ?? '',
    choices: known?.choices ?? [],
    subject: row.subject,
    transactionId: row.transactionId,
    summary: row.summary,
    evidence: row.evidence,
    openedAt: row.openedAt,
    closedAt: row.closedAt,
    closedBy: row.closedBy,
    closedNote: row.closedNote,
  };
}
