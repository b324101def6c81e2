import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';
import { utrAsKept } from '../india/utr';
import { ASKED, type OutcomeSource, type Verdict } from './decide';
import type { LockedTransaction } from './moves';

interface Report {
  attemptNo: number;
  source: OutcomeSource;
  askedAt: Date;
  answer: InquiryAnswer;
}

/** However a provider writes a UTR, rows keep it in one form: another spelling is no other UTR. */
export function withKeptUtr<R extends Report>(report: R): R {
  const { answer } = report;
  return 'utr' in answer && answer.utr !== undefined
    ? { ...report, answer: { ...answer, utr: utrAsKept(answer.utr) } }
    : report;
}

/** What an answer changes of the references that the row shows: the provider's id of the payment, and the UTR. */
export function referencesOf(
  row: LockedTransaction,
  report: Report,
  verdict: Verdict,
): { providerReference?: string; utr?: string } {
  const answer = report.answer as Partial<ProviderOutcome>;
  if (report.attemptNo !== row.attemptNo) return {};
  return {
    ...(answer.providerReference === undefined ? {} : { providerReference: answer.providerReference }),
    ...(answer.utr !== undefined && isUtrShown(row, report, verdict) ? { utr: answer.utr } : {}),
  };
}

/**
 * Callers see the UTR that belongs to the status which they see. An answer that contradicts it leaves the UTR
 * alone until a person has decided, and only a newer inquiry replaces one by another.
 */
function isUtrShown(row: LockedTransaction, report: Report, { decision, effect }: Verdict): boolean {
  if (effect !== undefined) return effect !== 'late_success';
  if (decision === 'note') return isUnderWay(row) && !isOfOtherUtr(row, report);
  if (decision !== 'repeat' || report.answer.kind !== row.outcome) return false;
  const isNewer = row.outcomeAt === null || report.askedAt > row.outcomeAt;
  return !isOfOtherUtr(row, report) || (ASKED.has(report.source) && isNewer);
}

/** True if the row shows another UTR than the answer names. */
export function isOfOtherUtr(row: LockedTransaction, { answer }: Pick<Report, 'answer'>): boolean {
  return row.utr !== null && 'utr' in answer && answer.utr !== undefined && answer.utr !== row.utr;
}

/** True if it may have been sent and nothing definite is known. */
export function isUnderWay(row: LockedTransaction): boolean {
  return row.state === 'dispatched' && row.outcome === null;
}
