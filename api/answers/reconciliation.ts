import Joi from 'joi';
import type { FloatLine } from '../../domain/reconciliation/float';
import type { Imported } from '../../domain/reconciliation/import';
import type {
  BreakView,
  FileView,
  LineView,
  RunView,
  SuspenseView,
} from '../../domain/reconciliation/listing';
import type { ReconciliationRun } from '../../domain/reconciliation/run';
import type { Source } from '../../domain/reconciliation/sources';
import { SETTLE_CHOICES, type SettleChoice } from '../../domain/reconciliation/settle';
import { publicId, UUID, type IdKind } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { facts, factsOf, type Fact } from './approvals';
import { answer, count, day, id, instant, is, list, part, signedPaise, words } from './fields';

/** Files, lines, breaks, suspense and floats, for staff. */

const MOST = Number.MAX_SAFE_INTEGER;
const name = (): Joi.StringSchema => words(40).example('escrow');
const shown = (kind: IdKind, of: string | null): string | null => (of === null ? null : publicId(kind, of));
const money = (paise: bigint | null): number | null => (paise === null ? null : paiseToJson(paise));

interface SourceAnswer {
  object: 'recon_source';
  name: string;
  kind: Source['kind'];
  provider: string | null;
  bank: string | null;
  format: string;
  services: string[];
  retired_from: string | null;
}
export const sources = list(
  answer<SourceAnswer>('ReconSource', 'Whose files are read, and in which form', {
    object: is('recon_source'),
    name: name(),
    kind: is('report', 'movements', 'statement'),
    provider: words(40).allow(null),
    bank: words(40).allow(null),
    format: words(60).example('mapped_csv'),
    services: Joi.array().items(words(40)).max(50),
    retired_from: day().allow(null).description('The first day of which no file is awaited'),
  }),
  'ReconSourceList',
  1_000,
);
export const sourceOf = ({
  name: of,
  kind,
  provider,
  bank,
  format,
  services,
  retiredFrom,
}: Source): SourceAnswer => ({
  ...{ object: 'recon_source', name: of, kind, provider, bank, format, services, retired_from: retiredFrom },
});

interface FileAnswer {
  object: 'recon_file';
  source: string;
  file: number;
  date: string;
  name: string;
  rows: number;
  new: number;
  known: number;
  restated: number;
  opening: number | null;
  closing: number | null;
  imported_at: string;
}
export const reconFiles = list(
  answer<FileAnswer>('ReconFile', 'A file that was imported', {
    object: is('recon_file'),
    source: name(),
    file: count(MOST).description('Its number among those of its source'),
    date: day(),
    name: words(300).example('statement.csv'),
    rows: count(MOST),
    new: count(MOST),
    known: count(MOST),
    restated: count(MOST),
    opening: signedPaise().allow(null),
    closing: signedPaise().allow(null),
    imported_at: instant(),
  }),
  'ReconFileList',
);
export const reconFileOf = (file: FileView): FileAnswer => ({
  ...{ object: 'recon_file', source: file.source, file: file.fileNo, date: file.businessDate },
  ...{ name: file.name, rows: file.rowCount, new: file.newCount, known: file.knownCount },
  ...{ restated: file.restatedCount, opening: money(file.openingPaise), closing: money(file.closingPaise) },
  imported_at: file.importedAt.toISOString(),
});

interface ImportAnswer {
  object: 'recon_import';
  known_file: boolean;
  file: number;
  rows: number;
  new: number;
  known: number;
  restated: number;
}
export const reconImport = answer<ImportAnswer>('ReconImport', 'What became of a file', {
  object: is('recon_import'),
  known_file: Joi.boolean().description('These very bytes were imported before'),
  file: count(MOST),
  rows: count(MOST),
  new: count(MOST),
  known: count(MOST),
  restated: count(MOST),
});
export const reconImportOf = (done: Imported): ImportAnswer => ({
  ...{ object: 'recon_import', known_file: done.isKnownFile, file: done.fileNo, rows: done.rowCount },
  ...{ new: done.newCount, known: done.knownCount, restated: done.restatedCount },
});

interface LineAnswer {
  object: 'recon_line';
  key: string;
  seq: number;
  file: number;
  line: number;
  state: LineView['state'];
  part: string;
  kind: string;
  status: string | null;
  rule: number | null;
  transaction: string | null;
  date: string;
  provider_reference: string | null;
  our_reference: string | null;
  utr: string | null;
  amount: number;
  fee: number | null;
  commission: number | null;
  tds: number | null;
}
const MOST_REFERENCE = 300;
export const reconLines = list(
  answer<LineAnswer>('ReconLine', 'A line of a file, and what became of it', {
    object: is('recon_line'),
    key: words(600),
    seq: count(MOST),
    file: count(MOST),
    line: count(MOST),
    state: is('open', 'matched', 'agreed'),
    part: words(40),
    kind: words(40),
    status: words(MOST_REFERENCE).allow(null).description('The word of the report'),
    rule: count(MOST).allow(null).description('The rank of the rule that matched it'),
    transaction: id('transaction').allow(null),
    date: day(),
    provider_reference: words(MOST_REFERENCE).allow(null),
    our_reference: words(MOST_REFERENCE).allow(null),
    utr: words(MOST_REFERENCE).allow(null),
    amount: signedPaise(),
    fee: signedPaise().allow(null),
    commission: signedPaise().allow(null),
    tds: signedPaise().allow(null),
  }),
  'ReconLineList',
);
export const reconLineOf = (line: LineView): LineAnswer => ({
  ...{ object: 'recon_line', key: line.key, seq: line.seq, file: line.fileNo, line: line.lineNo },
  ...{ state: line.state, part: line.part, kind: line.kind, status: line.statusWord, rule: line.rule },
  transaction: shown('transaction', line.transactionId),
  ...{ date: line.happenedOn, provider_reference: line.providerReference, our_reference: line.ourReference },
  ...{ utr: line.utr, amount: paiseToJson(line.amountPaise), fee: money(line.feePaise) },
  ...{ commission: money(line.commissionPaise), tds: money(line.tdsPaise) },
});

interface BreakAnswer {
  object: 'recon_break';
  id: string;
  source: string;
  provider: string | null;
  kind: string;
  date: string;
  state: BreakView['state'];
  gap: number;
  in_suspense: number;
  written_off: number;
  age_days: number;
  transaction: string | null;
  case: string | null;
  owner: string | null;
  ours: Fact[];
  theirs: Fact[];
  candidates: string[];
  opened_at: string;
  resolved_at: string | null;
  resolution: string | null;
}
const BREAK = {
  object: is('recon_break'),
  id: id('reconBreak'),
  source: name(),
  provider: words(40).allow(null).description('Null of a bank'),
  kind: words(40).example('bank_credit_unmatched'),
  date: day(),
  state: is('open', 'resolved'),
  gap: signedPaise(),
  in_suspense: signedPaise(),
  written_off: signedPaise().description('At a loss by the word of two persons'),
  age_days: count(MOST),
  transaction: id('transaction').allow(null),
  case: id('case').allow(null),
  owner: id('user').allow(null).description('Who took it on, else who proposed what becomes of it'),
  ours: facts().description('What our books say'),
  theirs: facts().description('What the file says'),
  candidates: Joi.array().items(id('transaction')).max(1_000),
  opened_at: instant(),
  resolved_at: instant().allow(null),
  resolution: words(60).allow(null),
} as const;
export const reconBreak = answer<BreakAnswer>('ReconBreak', 'What does not fit', BREAK);
export const reconBreaks = list(reconBreak, 'ReconBreakList');
export const breakWithChoices = answer<BreakAnswer & { choices: SettleChoice[] }>(
  'ReconBreakShown',
  'A break, and what can be chosen for it',
  {
    ...BREAK,
    choices: Joi.array()
      .items(is(...SETTLE_CHOICES))
      .max(SETTLE_CHOICES.length),
  },
);
export const breakOf = (found: BreakView): BreakAnswer => ({
  ...{ object: 'recon_break', id: publicId('reconBreak', found.id), source: found.source },
  ...{ provider: found.provider, kind: found.kind, date: found.businessDate, state: found.state },
  ...{ gap: paiseToJson(found.gapPaise), in_suspense: paiseToJson(found.suspensePaise) },
  written_off: paiseToJson(found.writtenOffPaise),
  age_days: found.ageDays,
  transaction: shown('transaction', found.transactionId),
  case: shown('case', found.caseId),
  owner: shown('user', found.owner),
  ...{ ours: factsOf(found.ours), theirs: factsOf(found.theirs) },
  candidates: found.candidates.map((one) => publicId('transaction', one)),
  ...{ opened_at: found.openedAt.toISOString(), resolved_at: found.resolvedAt?.toISOString() ?? null },
  resolution: found.resolution,
});

interface RunAnswer {
  object: 'recon_run';
  source: string;
  date: string;
  started_at: string;
  finished_at: string;
  counts: Fact[];
  ours: number | null;
  theirs: number | null;
  explained: number | null;
}
export const reconRuns = list(
  answer<RunAnswer>('ReconRun', 'A run as it was', {
    object: is('recon_run'),
    source: name(),
    date: day(),
    started_at: instant(),
    finished_at: instant(),
    counts: facts(),
    ours: signedPaise().allow(null).description('Our balance; paise'),
    theirs: signedPaise().allow(null),
    explained: signedPaise().allow(null),
  }),
  'ReconRunList',
);
export const reconRunOf = (run: RunView): RunAnswer => ({
  ...{ object: 'recon_run', source: run.source, date: run.businessDate },
  ...{ started_at: run.startedAt.toISOString(), finished_at: run.finishedAt.toISOString() },
  ...{ counts: factsOf(run.counts), ours: money(run.floatPaise), theirs: money(run.providerPaise) },
  explained: money(run.explainedPaise),
});

interface RanAnswer {
  object: 'recon_ran';
  source: string;
  date: string;
  matched: number;
  agreed: number;
  told: number;
  open: Fact[];
  cases_opened: number;
  unexplained: number | null;
}
export const reconRan = answer<RanAnswer>('ReconRan', 'What a run has done', {
  object: is('recon_ran'),
  source: name(),
  date: day(),
  matched: count(MOST),
  agreed: count(MOST),
  told: count(MOST).description('Transactions whose end a report told us'),
  open: facts().description('Breaks by kind'),
  cases_opened: count(MOST),
  unexplained: signedPaise().allow(null),
});
export const reconRanOf = ({ source, businessDate, counts, float }: ReconciliationRun): RanAnswer => ({
  ...{ object: 'recon_ran', source, date: businessDate, matched: counts.matched, agreed: counts.agreed },
  ...{ told: counts.told, open: factsOf(counts.open), cases_opened: counts.casesOpened },
  unexplained: money(float.unexplainedPaise),
});

interface SuspenseAnswer {
  object: 'suspense';
  account: string;
  balance: number;
  of_breaks: number;
  breaks: number;
  since: string | null;
  ageing: { from_days: number; breaks: number; amount: number }[];
}
export const suspense = list(
  answer<SuspenseAnswer>('Suspense', 'What waits in suspense, by its age', {
    object: is('suspense'),
    account: words(120).example('unidentified:escrow'),
    balance: signedPaise(),
    of_breaks: signedPaise(),
    breaks: count(MOST),
    since: instant().allow(null),
    ageing: Joi.array()
      .items(
        part<SuspenseAnswer['ageing'][number]>({
          from_days: count(MOST),
          breaks: count(MOST),
          amount: signedPaise(),
        }),
      )
      .max(20),
  }),
  'SuspenseList',
  1_000,
);
export const suspenseOf = (one: SuspenseView): SuspenseAnswer => ({
  ...{ object: 'suspense', account: one.account, balance: paiseToJson(one.balancePaise) },
  ...{ of_breaks: paiseToJson(one.ofBreaksPaise), breaks: one.breaks },
  since: one.oldestSince?.toISOString() ?? null,
  ageing: one.ageing.map((age) => ({
    ...{ from_days: age.fromDays, breaks: age.breaks, amount: paiseToJson(age.paise) },
  })),
});

interface FloatAnswer {
  object: 'recon_float';
  source: string;
  date: string;
  ours: number;
  theirs: number | null;
  explained: number;
  unexplained: number | null;
  items: { subject: string; kind: string; date: string; gap: number }[];
}
export const reconFloat = answer<FloatAnswer>('ReconFloat', 'A balance on a day, and what stands between', {
  object: is('recon_float'),
  source: name(),
  date: day(),
  ours: signedPaise(),
  theirs: signedPaise().allow(null).description('Null where no report of the day says it'),
  explained: signedPaise(),
  unexplained: signedPaise().allow(null),
  items: Joi.array()
    .items(
      part<FloatAnswer['items'][number]>({
        subject: words(600).description('A break, a transaction in flight, or the key of a line'),
        kind: words(40),
        date: day(),
        gap: signedPaise(),
      }),
    )
    .max(1_000_000),
});
export const reconFloatOf = (of: { source: string; date: string }, float: FloatLine): FloatAnswer => ({
  ...{ object: 'recon_float', source: of.source, date: of.date, ours: paiseToJson(float.oursPaise) },
  ...{ theirs: money(float.theirsPaise), explained: paiseToJson(float.explainedPaise) },
  unexplained: money(float.unexplainedPaise),
  items: float.items.map(({ subject, kind, businessDate, gapPaise }) => ({
    ...{ subject: subjectOf(kind, subject), kind, date: businessDate, gap: paiseToJson(gapPaise) },
  })),
});

/** The subject of an item is a break, a transaction in flight, or the key of a line. */
function subjectOf(kind: string, subject: string): string {
  if (!UUID.test(subject)) return subject;
  return publicId(kind === 'in_flight' ? 'transaction' : 'reconBreak', subject);
}
