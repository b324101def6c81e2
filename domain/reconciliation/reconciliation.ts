import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { RECONCILIATION_ERRORS } from './errors';
import { readFloat, type FloatLine } from './float';
import type { FollowDependencies } from './follow';
import { importFile, type ImportFile, type Imported } from './import';
import { reconcile, type ReconciliationRun } from './run';
import { choicesOf, settleProposal, wordFor, type SettleChoice } from './settle';
import {
  addStatementSource,
  BANK_FORMATS,
  listSources,
  readSource,
  type Formats,
  type NewSource,
  type Source,
} from './sources';

/** A break as persons see it: what each side says, how old it is, and whose it is. */
export interface BreakView {
  id: string;
  source: string;
  kind: string;
  businessDate: string;
  state: 'open' | 'resolved';
  gapPaise: bigint;
  suspensePaise: bigint;
  ageDays: number;
  transactionId: string | null;
  caseId: string | null;
  /** Who proposed what becomes of it; null while it is nobody's. */
  owner: string | null;
  ours: Readonly<Record<string, unknown>>;
  theirs: Readonly<Record<string, unknown>>;
  candidates: readonly string[];
  openedAt: Date;
  resolvedAt: Date | null;
  resolution: string | null;
}

export interface BreakFilter {
  source?: string;
  kind?: string;
  businessDate?: string;
  isOpen: boolean;
  limit: number;
}

export interface Reconciliation {
  sources(): Promise<Source[]>;
  addSource(source: NewSource): Promise<void>;
  importFile(file: ImportFile): Promise<Imported>;
  run(day: { source: string; businessDate: string }): Promise<ReconciliationRun>;
  /** The oldest first. */
  breaks(filter: BreakFilter): Promise<BreakView[]>;
  /** Throws DomainError RECON_BREAK_NOT_FOUND. */
  show(id: string): Promise<BreakView & { choices: SettleChoice[] }>;
  proposal(given: Parameters<typeof settleProposal>[1]): ReturnType<typeof settleProposal>;
  float(day: { source: string; businessDate: string }): Promise<FloatLine>;
}

export interface ReconciliationDependencies extends FollowDependencies {
  /** Beside those of banks. */
  formats: Formats;
}

export function createReconciliation(deps: ReconciliationDependencies): Reconciliation {
  const { knex } = deps;
  const formats = { ...BANK_FORMATS, ...deps.formats };
  return {
    sources: () => listSources(knex),
    addSource: (source) => addStatementSource(knex, formats, source),
    importFile: (file) => importFile({ ...deps, formats }, file),
    run: (day) => reconcile(deps, day),
    breaks: (filter) => listBreaks(deps, filter),
    async show(id) {
      const [found] = await rows<BreakView>(knex, `${BREAKS} where b.id = :id`, {
        id,
        now: deps.clock.now(),
      });
      if (found === undefined) throw new DomainError(RECONCILIATION_ERRORS.RECON_BREAK_NOT_FOUND);
      return {
        ...found,
        choices: choicesOf({ ...found, word: wordFor(found.ours.state, found.theirs.kind) }),
      };
    },
    proposal: (given) => settleProposal(knex, given),
    float: async ({ source, businessDate }) => readFloat(knex, await readSource(knex, source), businessDate),
  };
}

const BREAKS = `
  select b.id, s.name as source, b.kind, b.business_date::text as "businessDate", b.state, b.gap_paise as "gapPaise",
    b.suspense_paise as "suspensePaise",
    greatest(0, extract(epoch from coalesce(b.resolved_at, :now::timestamptz) - b.opened_at) / 86400)::int4 as "ageDays",
    b.transaction_id as "transactionId", b.case_id as "caseId",
    (select a.proposed_by::text from approvals a where a.case_id = b.case_id and a.state = 'proposed') as owner,
    b.ours, b.theirs, b.candidates, b.opened_at as "openedAt", b.resolved_at as "resolvedAt", b.resolution
  from recon_breaks b join recon_sources s on s.id = b.source_id`;

function listBreaks(
  { knex, clock }: { knex: Knex; clock: FollowDependencies['clock'] },
  { source, kind, businessDate, isOpen, limit }: BreakFilter,
): Promise<BreakView[]> {
  return rows<BreakView>(
    knex,
    `${BREAKS}
    where b.state = :state and (:source::text is null or s.name = :source) and (:kind::text is null or b.kind = :kind)
      and (:date::date is null or b.business_date = :date::date)
    order by b.opened_at, b.id limit :limit`,
    {
      state: isOpen ? 'open' : 'resolved',
      source: source ?? null,
      kind: kind ?? null,
      date: businessDate ?? null,
      limit,
      now: clock.now(),
    },
  );
}
