/** Files, lines, breaks, suspense and floats as JSON: money in paise, ids as they are everywhere. */
import type { FloatLine } from '../domain/reconciliation/float';
import type { BreakView, FileView, LineView, RunView, SuspenseView } from '../domain/reconciliation/listing';
import { publicId, UUID, type IdKind } from '../platform/ids';
import { paiseToJson } from '../platform/money';

export function paise(amountPaise: bigint): number;
export function paise(amountPaise: bigint | null): number | null;
export function paise(amountPaise: bigint | null): number | null {
  return amountPaise === null ? null : paiseToJson(amountPaise);
}
const shown = (kind: IdKind, id: string | null): string | null => (id === null ? null : publicId(kind, id));
const instant = (at: Date | null): string | null => at?.toISOString() ?? null;

export const fileView = (file: FileView): object => ({
  ...{
    object: 'recon_file',
    source: file.source,
    file: file.fileNo,
    date: file.businessDate,
    name: file.name,
  },
  ...{ rows: file.rowCount, new: file.newCount, known: file.knownCount, restated: file.restatedCount },
  ...{ opening_paise: paise(file.openingPaise), closing_paise: paise(file.closingPaise) },
  imported_at: file.importedAt.toISOString(),
});

export const lineView = (line: LineView): object => ({
  ...{ object: 'recon_line', key: line.key, seq: line.seq, file: line.fileNo, line: line.lineNo },
  ...{ state: line.state, part: line.part, kind: line.kind, status: line.statusWord, rule: line.rule },
  transaction: shown('transaction', line.transactionId),
  ...{ date: line.happenedOn, provider_reference: line.providerReference, our_reference: line.ourReference },
  ...{ utr: line.utr, amount_paise: paise(line.amountPaise), fee_paise: paise(line.feePaise) },
  ...{ commission_paise: paise(line.commissionPaise), tds_paise: paise(line.tdsPaise) },
});

export const breakView = (found: BreakView): object => ({
  ...{ object: 'recon_break', id: publicId('reconBreak', found.id), source: found.source },
  ...{ provider: found.provider, kind: found.kind, date: found.businessDate, state: found.state },
  ...{ gap_paise: paise(found.gapPaise), in_suspense_paise: paise(found.suspensePaise) },
  age_days: found.ageDays,
  transaction: shown('transaction', found.transactionId),
  case: shown('case', found.caseId),
  owner: shown('user', found.owner),
  ...{ ours: found.ours, theirs: found.theirs },
  candidates: found.candidates.map((id) => publicId('transaction', id)),
  ...{ opened_at: instant(found.openedAt), resolved_at: instant(found.resolvedAt) },
  resolution: found.resolution,
});

export const runView = (run: RunView): object => ({
  ...{ object: 'recon_run', source: run.source, date: run.businessDate },
  ...{ started_at: instant(run.startedAt), finished_at: instant(run.finishedAt), counts: run.counts },
  ...{ our_paise: paise(run.floatPaise), their_paise: paise(run.providerPaise) },
  explained_paise: paise(run.explainedPaise),
});

export const suspenseView = (one: SuspenseView): object => ({
  ...{ object: 'suspense', account: one.account, balance_paise: paise(one.balancePaise) },
  ...{ of_breaks_paise: paise(one.ofBreaksPaise), breaks: one.breaks, since: instant(one.oldestSince) },
  ageing: one.ageing.map((age) => ({
    ...{ from_days: age.fromDays, breaks: age.breaks, amount_paise: paise(age.paise) },
  })),
});

/** The subject of an item is a break, a transaction in flight, or the key of a line. */
function subjectOf(kind: string, subject: string): string {
  if (!UUID.test(subject)) return subject;
  return publicId(kind === 'in_flight' ? 'transaction' : 'reconBreak', subject);
}

export const floatView = (day: { source: string; businessDate: string }, float: FloatLine): object => ({
  ...{ object: 'recon_float', source: day.source, date: day.businessDate },
  ...{ our_paise: paise(float.oursPaise), their_paise: paise(float.theirsPaise) },
  ...{ explained_paise: paise(float.explainedPaise), unexplained_paise: paise(float.unexplainedPaise) },
  items: float.items.map(({ subject, kind, businessDate, gapPaise }) => ({
    ...{ subject: subjectOf(kind, subject), kind, date: businessDate, gap_paise: paise(gapPaise) },
  })),
});
