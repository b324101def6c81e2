import type { Knex } from 'knex';
import { businessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Page } from '../../platform/page';
import type { Person } from '../approvals/approvals';
import type { UserId } from '../ids/ids';
import { DomainError } from '../errors/errors';
import { RECONCILIATION_ERRORS } from './errors';
import { readFloat, type FloatLine } from './float';
import type { FollowDependencies } from './follow';
import { importFile, type ImportFile, type Imported } from './import';
import {
  BREAKS,
  listBreaks,
  listFiles,
  listLines,
  listRuns,
  readSuspense,
  type BreakFilter,
  type BreakView,
  type DayFilter,
  type FileView,
  type LineFilter,
  type LineView,
  type RunView,
  type SuspenseView,
} from './listing';
import { assignBreak } from './owner';
import { retireSource, type Retirement } from './retired';
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
import { readTerms } from './terms';

export interface Reconciliation {
  sources(): Promise<Source[]>;
  addSource(source: NewSource): Promise<void>;
  /** Throws DomainError RECON_SOURCE_UNKNOWN, REQUEST_FIELD_INVALID. */
  retire(retirement: Retirement, by: Pick<Person, 'userId'>): Promise<void>;
  importFile(file: ImportFile): Promise<Imported>;
  run(day: { source: string; businessDate: string }): Promise<ReconciliationRun>;
  /** The newest first. */
  runs(filter: DayFilter): Promise<Page<RunView>>;
  /** The newest first. */
  files(filter: DayFilter): Promise<Page<FileView>>;
  /** Throws DomainError RECON_SOURCE_UNKNOWN. */
  lines(filter: LineFilter): Promise<Page<LineView>>;
  /** The oldest first. */
  breaks(filter: BreakFilter): Promise<BreakView[]>;
  breakPage(filter: BreakFilter): Promise<Page<BreakView>>;
  /** Throws DomainError RECON_BREAK_NOT_FOUND. */
  show(id: string): Promise<BreakView & { choices: SettleChoice[] }>;
  /** Throws DomainError RECON_BREAK_NOT_FOUND, RECON_BREAK_RESOLVED, RECON_OWNER_UNKNOWN. */
  assign(id: string, owner: UserId | null): Promise<void>;
  suspense(): Promise<SuspenseView[]>;
  proposal(given: Parameters<typeof settleProposal>[1]): ReturnType<typeof settleProposal>;
  float(day: { source: string; businessDate: string }): Promise<FloatLine>;
}

export interface ReconciliationDependencies extends FollowDependencies {
  /** Beside those of banks. */
  formats: Formats;
  /** For files and runs, whose statements take long (`LONG_WORK_MS`); `knex` where it is missing. */
  long?: Knex;
}

export function createReconciliation(deps: ReconciliationDependencies): Reconciliation {
  const { knex } = deps;
  const patient = { ...deps, knex: deps.long ?? knex };
  const formats = { ...BANK_FORMATS, ...deps.formats };
  return {
    sources: () => listSources(knex),
    addSource: (source) => addStatementSource(knex, formats, source),
    retire: (retirement, by) => retireSource(deps, retirement, by),
    importFile: (file) => importFile({ ...patient, formats }, file),
    run: (day) => reconcile(patient, day),
    runs: (filter) => listRuns(knex, filter),
    files: (filter) => listFiles(knex, filter),
    lines: async (filter) => listLines(knex, (await readSource(knex, filter.source)).id, filter),
    breaks: async (filter) => (await listBreaks(deps, filter)).data,
    breakPage: (filter) => listBreaks(deps, filter),
    assign: (id, owner) => assignBreak(knex, id, owner),
    async suspense() {
      const { suspenseAlarmDays, suspenseEscalationDays } = await readTerms(
        knex,
        businessDate(deps.clock.now()),
      );
      return readSuspense(deps, [suspenseAlarmDays, suspenseEscalationDays]);
    },
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
    float: async (day) => readFloat(knex, await readSource(knex, day.source), day.businessDate),
  };
}
