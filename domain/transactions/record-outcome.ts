import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, isConnectionError, isRetryableError } from '../../platform/database';
import { DomainError } from '../../platform/errors';
import { createGather } from '../../platform/gather';
import type { Ids } from '../../platform/ids';
import { openCases, transactionCase, type NewCase } from '../cases/cases';
import type { InquiryAnswer, ProviderOutcome } from '../dispatch/provider-port';
import { decideOutcome, type OutcomeSource, type Verdict } from './decide';
import { firstDriveAt, type Due } from './due';
import { applyChange, lockTransactionsForUpdate, writeChanges, type ChangeResult, type LockedTransaction, type TransactionChange } from './moves';

/**
 * recordOutcome is the one function that dispatch, callbacks, polls, reconciliation and ops call. Under the row lock it appends the outcome and
 * decides by the table in decide.ts; an effect is marked due, and settle posts it. Calls are gathered: one database transaction records many.
 */
export interface OutcomeReport {
  transactionId: string;
  attemptNo: number;
  source: OutcomeSource;
  /** When the provider was asked, or its callback received. */
  askedAt: Date;
  answer: InquiryAnswer;
  /** For a pending answer: when to ask next. */
  nextPollAt?: Date;
  callbackId?: string;
}

export interface RecordedOutcome extends Verdict {
  row: LockedTransaction;
  /** The wake-up for settle, when an effect became due. */
  due: Due | undefined;
}

export interface OutcomeRecorder { record(report: OutcomeReport): Promise<RecordedOutcome> }

interface Entry { report: OutcomeReport; verdict: Verdict; result: ChangeResult; seq: number; effectSeq: number | null; recorded: RecordedOutcome }

const RESEND_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Throws DomainError TRANSACTION_NOT_FOUND for an unknown id, SERVICE_UNAVAILABLE when the database could not confirm. */
export function createOutcomeRecorder(deps: { knex: Knex; clock: Clock; ids: Ids }): OutcomeRecorder {
  const gather = createGather<OutcomeReport, RecordedOutcome>((reports) => recordGathered(deps, reports), { maxBatch: 500 });
  return { record: (report) => gather(report) };
}

async function recordGathered(deps: { knex: Knex; clock: Clock; ids: Ids }, reports: OutcomeReport[], tries = 1): Promise<(RecordedOutcome | Error)[]> {
  try {
    return await deps.knex.transaction((trx) => recordBatch(trx, deps, reports));
  } catch (error) {
    if (isConnectionError(error)) return reports.map(() => new DomainError('SERVICE_UNAVAILABLE', { cause: error }));
    if (isRetryableError(error) && tries < 4) return recordGathered(deps, reports, tries + 1);
    if (reports.length === 1) return [error instanceof Error ? error : new Error('recording failed', { cause: error })];
    const alone: (RecordedOutcome | Error)[] = [];
    for (const report of reports) alone.push(...await recordGathered(deps, [report]));
    return alone;
  }
}

async function recordBatch(trx: Knex.Transaction, deps: { clock: Clock; ids: Ids }, reports: readonly OutcomeReport[]): Promise<(RecordedOutcome | Error)[]> {
  const rows = await lockTransactionsForUpdate(trx, [...new Set(reports.map((r) => r.transactionId))]);
  const now = deps.clock.now();
  const entries: Entry[] = [];
  const results: (RecordedOutcome | Error)[] = [];
  const finals = new Map<string, ChangeResult>();
  for (const report of reports) {
    const row = rows.get(report.transactionId);
    if (row === undefined) {
      results.push(new DomainError('TRANSACTION_NOT_FOUND'));
      continue;
    }
    const entry = recordOne(row, report, now);
    rows.set(report.transactionId, entry.result.row);
    // At most one move of a transaction in one call: after dispatched -> held every further report is a note.
    finals.set(report.transactionId, { row: entry.result.row, event: entry.result.event ?? finals.get(report.transactionId)?.event });
    entries.push(entry);
    results.push(entry.recorded);
  }
  await writeChanges(trx, [...finals.values()], now);
  await insertOutcomes(trx, entries, now);
  await openCases(trx, deps.ids, entries.flatMap(casesOf), now);
  return results;
}

/** Decides on one report and changes the row in memory; pure. */
export function recordOne(row: LockedTransaction, report: OutcomeReport, now: Date): Entry {
  const verdict = decideOutcome(row, { kind: report.answer.kind, source: report.source, askedAt: report.askedAt, attemptNo: report.attemptNo });
  const effectSeq = verdict.effect === undefined ? null : row.effectCount + 1;
  const change = changeOf(row, report, verdict, now);
  const result = applyChange(row, { ...change, set: { ...change.set, outcomeCount: row.outcomeCount + 1, ...referencesOf(row, report) } });
  const after = result.row;
  const due: Due | undefined = verdict.decision === 'apply' ? { job: 'settle', id: row.id, driveNo: after.driveNo } : undefined;
  return { report, verdict, result, seq: row.outcomeCount + 1, effectSeq, recorded: { ...verdict, row: after, due } };
}

function changeOf(row: LockedTransaction, report: OutcomeReport, verdict: Verdict, now: Date): TransactionChange {
  const base = { actor: `outcome:${report.source}`, reason: report.answer.rawStatus };
  if (verdict.effect !== undefined) {
    const due = verdict.decision === 'apply' ? { dueAt: firstDriveAt(now), driveNo: row.driveNo + 1, drives: 0 } : {};
    return { ...base, set: { effectCount: row.effectCount + 1, outcome: verdict.outcome, outcomeAt: now, statusReason: reasonOf(report), ...due } };
  }
  if (verdict.decision === 'ask_again') return { ...base, set: { nextPollAt: now } };
  if (verdict.decision === 'note' && isCertainlyNotSent(row, report)) {
    // Nothing left the house: back to held, and another attempt after a pause.
    const pause = Math.min(LONGEST_PAUSE_MS, RESEND_PAUSE_MS * 2 ** Math.min(row.attemptNo - 1, 10));
    return { ...base, to: 'held', reason: 'certainly_not_sent', set: { nextPollAt: null, sendBefore: null, dueAt: addMs(now, pause), driveNo: row.driveNo + 1, drives: 0, statusReason: reasonOf(report) } };
  }
  if (verdict.decision === 'note' && row.state === 'dispatched' && row.outcome === null && report.attemptNo === row.attemptNo) {
    return { ...base, set: { statusReason: reasonOf(report), nextPollAt: report.nextPollAt ?? row.nextPollAt } };
  }
  return { ...base, set: {} };
}

/** Only the first send of the present attempt may say so: a repeat with the same key follows a send whose fate is unknown. */
function isCertainlyNotSent(row: LockedTransaction, report: OutcomeReport): boolean {
  const { answer } = report;
  return report.source === 'dispatch' && row.state === 'dispatched' && row.outcome === null && report.attemptNo === row.attemptNo
    && answer.kind === 'unknown' && !answer.sent;
}

function reasonOf(report: OutcomeReport): string | null {
  const { answer } = report;
  return 'rawReason' in answer && answer.rawReason !== undefined ? answer.rawReason : answer.rawStatus;
}

function referencesOf(row: LockedTransaction, report: OutcomeReport): { providerReference?: string; utr?: string } {
  const answer = report.answer as Partial<ProviderOutcome>;
  if (report.attemptNo !== row.attemptNo) return {};
  return {
    ...(answer.providerReference === undefined ? {} : { providerReference: answer.providerReference }),
    ...(answer.utr === undefined ? {} : { utr: answer.utr }),
  };
}

function casesOf(entry: Entry): NewCase[] {
  const { verdict, report } = entry;
  if (verdict.caseKind === undefined) return [];
  return [transactionCase(verdict.caseKind, report.transactionId, `${report.source} says ${report.answer.kind} (${report.answer.rawStatus}) while the transaction is ${entry.result.row.state}${entry.result.row.outcome === null ? '' : `, known as ${entry.result.row.outcome}`}`)];
}

async function insertOutcomes(trx: Knex.Transaction, entries: readonly Entry[], now: Date): Promise<void> {
  if (entries.length === 0) return;
  const a = entries.map((e) => e.report.answer as Partial<ProviderOutcome> & { rawStatus: string });
  const written = await execute(trx, `
    insert into transaction_outcomes (transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no, asked_at, recorded_at, sent, raw_status, raw_reason, description,
      http_status, provider_reference, utr, provider_fee_paise, provider_tax_paise, callback_id)
    select n.transaction_id, n.seq, n.kind, n.source, n.decision, n.effect_seq, n.effect, n.attempt_no, n.asked_at, ?, n.sent, n.raw_status, n.raw_reason, n.description,
      n.http_status, n.provider_reference, n.utr, n.fee, n.tax, n.callback_id
    from unnest(?::uuid[], ?::int2[], ?::text[], ?::text[], ?::text[], ?::int2[], ?::text[], ?::int2[], ?::timestamptz[], ?::bool[], ?::text[], ?::text[], ?::text[], ?::int2[], ?::text[], ?::text[], ?::int8[], ?::int8[], ?::uuid[])
      as n(transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no, asked_at, sent, raw_status, raw_reason, description, http_status, provider_reference, utr, fee, tax, callback_id)`,
  [now, entries.map((e) => e.report.transactionId), entries.map((e) => e.seq), entries.map((e) => e.report.answer.kind), entries.map((e) => e.report.source), entries.map((e) => e.verdict.decision),
    entries.map((e) => e.effectSeq), entries.map((e) => e.verdict.effect ?? null), entries.map((e) => e.report.attemptNo), entries.map((e) => e.report.askedAt), a.map((x) => x.sent ?? true),
    a.map((x) => x.rawStatus), a.map((x) => x.rawReason ?? null), a.map((x) => x.description ?? null), a.map((x) => x.httpStatus ?? null), a.map((x) => x.providerReference ?? null), a.map((x) => x.utr ?? null),
    a.map((x) => x.providerFeePaise ?? null), a.map((x) => x.providerTaxPaise ?? null), entries.map((e) => e.report.callbackId ?? null)]);
  if (written !== entries.length) throw new Error(`${written} outcomes were written where ${entries.length} were expected`);
}
