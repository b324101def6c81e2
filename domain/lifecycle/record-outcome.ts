import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { bool, insertAll, int2, int4, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { aloneAfter, createGather } from '../../platform/gather';
import type { Ids } from '../../platform/ids';
import { openCases, transactionCase, type NewCase } from '../cases/cases';
import { certainOnly, checkedAnswer, isOfOtherAmount, showsPayment } from '../provider/answers';
import {
  differencesOf,
  earnedBy,
  readDecidedCharges,
  readEarned,
  type Difference,
  type Earned,
} from './earnings';
import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';
import { ABANDONED, ASKED, decideOutcome, isDefinite, type OutcomeSource, type Verdict } from './decide';
import { firstDriveAt, resendPauseMs, type Due } from './due';
import {
  applyChange,
  lockTransactionsForUpdate,
  writeChanges,
  type ChangeResult,
  type LockedTransaction,
  type TransactionChange,
} from './moves';
import {
  attemptKey,
  readEndedAttempts,
  readNotToBeResent,
  saysNotSent,
  saysShortOfFunds,
} from './ended-attempts';
import { isOfOtherUtr, isUnderWay, referencesOf, withKeptUtr } from './references';
import { nextRecheck } from './rechecks';
import { notTwice, readTakenBack } from './taken-back';

/** An answer of a provider, from dispatch, a callback, a poll or a refund. */
export interface OutcomeReport {
  transactionId: TransactionId;
  attemptNo: number;
  source: OutcomeSource;
  /** When the provider was asked, or its callback received. */
  askedAt: Date;
  answer: InquiryAnswer;
  /** For a pending answer: when to ask next. */
  nextPollAt?: Date;
  /**
   * For a dispatch: the deadline of this send. If the row has another one, the request has been sent again
   * since.
   */
  sendBefore?: Date;
  /** For an inquiry: the delays after its final state at which a success, or a failure, is asked about again, ms. */
  recheckSuccessMs?: readonly number[];
  recheckFailureMs?: readonly number[];
  callbackId?: string;
  /**
   * For an inquiry: the row's drive number when it was made. If the row has another one, a new inquiry was
   * requested since, which this one does not answer.
   */
  driveNo?: number;
  /** For an inquiry without a definite answer: it is consistent with what we recorded, so we stop asking. */
  agrees?: boolean;
  /**
   * A failure that we conclude because the provider knows nothing of the payment. It is refused once the
   * provider has shown that payment.
   */
  isPresumed?: boolean;
}

export interface RecordedOutcome extends Verdict {
  row: LockedTransaction;
  /** The wake-up for settle, when an effect became due. */
  due: Due | undefined;
  /** The answer named another amount than ours and was recorded as unknown. */
  isOfOtherAmount: boolean;
}

export interface OutcomeRecorder {
  /**
   * Records one answer. Under the row lock it checks the answer's amount against ours, decides by the table in
   * decide.ts and appends the outcome. An effect is marked due, and settle posts it. Throws DomainError
   * TRANSACTION_NOT_FOUND for an unknown id, SERVICE_UNAVAILABLE when the database could not confirm.
   */
  record(report: OutcomeReport): Promise<RecordedOutcome>;
}
export interface OutcomeRecorderDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  onPoint?(point: 'written'): Promise<void> | void;
}

interface Entry {
  report: OutcomeReport;
  verdict: Verdict;
  result: ChangeResult;
  seq: number;
  effectSeq: number | null;
  contradictsReversalHint: boolean;
  /** Sentences about a commission or a charge that is not the known one, by kind of case. */
  differences: readonly Difference[];
  recorded: RecordedOutcome;
}

const OUTCOMES = table<Entry>('transaction_outcomes', {
  transaction_id: uuid((e) => e.report.transactionId),
  seq: int4((e) => e.seq),
  kind: text((e) => e.report.answer.kind),
  source: text((e) => e.report.source),
  decision: text((e) => e.verdict.decision),
  effect_seq: int2((e) => e.effectSeq),
  effect: text((e) => e.verdict.effect),
  attempt_no: int2((e) => e.report.attemptNo),
  asked_at: timestamptz((e) => e.report.askedAt),
  sent: bool((e) => saidBy(e).sent ?? true),
  raw_status: text((e) => e.report.answer.rawStatus),
  raw_reason: text((e) => saidBy(e).rawReason),
  description: text((e) => saidBy(e).description),
  http_status: int2((e) => saidBy(e).httpStatus),
  provider_reference: text((e) => saidBy(e).providerReference),
  utr: text((e) => saidBy(e).utr),
  provider_fee_paise: int8((e) => saidBy(e).providerFeePaise),
  provider_tax_paise: int8((e) => saidBy(e).providerTaxPaise),
  provider_fee_owed: bool((e) => saidBy(e).isProviderFeeOwed),
  commission_paise: int8((e) => saidBy(e).commissionPaise),
  tds_paise: int8((e) => saidBy(e).tdsPaise),
  charge_paise: int8((e) => saidBy(e).chargePaise),
  charge_tax_paise: int8((e) => saidBy(e).chargeTaxPaise),
  callback_id: uuid((e) => e.report.callbackId),
});

/** The answer's fields, whichever of them its kind has. */
function saidBy(entry: Entry): Partial<ProviderOutcome> {
  return entry.report.answer as Partial<ProviderOutcome>;
}

/**
 * Gathers reports: one database transaction records many. A batch that fails is recorded one report at a
 * time.
 */
export function createOutcomeRecorder(deps: OutcomeRecorderDependencies): OutcomeRecorder {
  const gather = createGather<OutcomeReport, RecordedOutcome>(
    (reports) => deps.knex.transaction((trx) => recordOutcomesIn(trx, deps, reports)),
    {
      maxBatch: 500,
      onBatchError: aloneAfter({ unconfirmed: (cause) => new DomainError('SERVICE_UNAVAILABLE', { cause }) }),
    },
  );
  return { record: (report) => gather(report) };
}

/**
 * Records reports in the caller's database transaction, which may hold more: an approval and its posting. The
 * caller throws to undo it. Takes the locks of the transactions, and must be the first to do so.
 */
export async function recordOutcomesIn(
  trx: Knex.Transaction,
  deps: Pick<OutcomeRecorderDependencies, 'clock' | 'ids' | 'onPoint'>,
  reports: readonly OutcomeReport[],
): Promise<(RecordedOutcome | Error)[]> {
  const rows = await lockTransactionsForUpdate(trx, [...new Set(reports.map((r) => r.transactionId))]);
  const now = deps.clock.now();
  const entries: Entry[] = [];
  const results: (RecordedOutcome | Error)[] = [];
  const changes = new Map<string, ChangeResult>();
  const stopped = await readNotToBeResent(trx, reports);
  const earned = await readEarned(trx, reports, rows);
  const charged = await readDecidedCharges(trx, reports, rows);
  const ended = await readEndedAttempts(trx, reports, rows);
  const disputed = await readTakenBack(trx, reports);
  for (const report of reports.map(withKeptUtr)) {
    const row = rows.get(report.transactionId);
    if (row === undefined) {
      results.push(new DomainError('TRANSACTION_NOT_FOUND'));
      continue;
    }
    const entry = recordOne(row, report, now, {
      isStopped: stopped.has(row.id),
      isOfEndedAttempt: ended.has(attemptKey(report)),
      earned: earned.get(row.id),
      isChargeDecided: charged.has(row.id),
      isTakenBack: disputed.has(row.id),
    });
    const stated = earnedBy(entry);
    if (stated !== undefined) earned.set(row.id, stated);
    if (entry.verdict.caseKind === ABANDONED || saidBy(entry).foundThere === 'several') stopped.add(row.id);
    if (entry.verdict.decision === 'retry') ended.add(attemptKey(report));
    rows.set(report.transactionId, entry.result.row);
    // `writeChanges` writes one event per transaction. A second one rolls the batch back, and the reports are
    // recorded one by one.
    if (entry.result.event !== undefined && changes.get(report.transactionId)?.event !== undefined)
      throw new Error('two moves of one transaction in one batch');
    changes.set(report.transactionId, {
      row: entry.result.row,
      event: entry.result.event ?? changes.get(report.transactionId)?.event,
    });
    entries.push(entry);
    results.push(entry.recorded);
  }
  await writeChanges(trx, [...changes.values()], now);
  await insertAll(trx, OUTCOMES, entries, { recorded_at: now });
  await openCases(trx, deps.ids, entries.flatMap(casesOf), now);
  await deps.onPoint?.('written');
  return results;
}

/** What is known of a transaction beside its row. */
interface KnownBefore {
  /** Nothing more of it may be sent. */
  isStopped?: boolean;
  /** The provider has failed the attempt of the report for our balance. */
  isOfEndedAttempt?: boolean;
  earned?: Earned;
  /** Two persons have said where its charge belongs. */
  isChargeDecided?: boolean;
  /** A network has taken some of it back. */
  isTakenBack?: boolean;
}

/** Decides on one report and changes the row in memory; pure. */
export function recordOne(
  row: LockedTransaction,
  given: OutcomeReport,
  now: Date,
  known: KnownBefore = {},
): Entry {
  const { isStopped = false, earned, isChargeDecided = false } = known;
  const answer = checkedAnswer(given.answer, row.amountPaise);
  const report = {
    ...given,
    answer: wasSentAgain(row, given) || isMentioned(row, given) ? certainOnly(answer) : answer,
  };
  const verdict = notTwice(verdictOn(row, report, now, known.isOfEndedAttempt), known.isTakenBack);
  const effectSeq = verdict.effect === undefined ? null : row.effectCount + 1;
  const change = changeOf(row, report, verdict, { now, isStopped });
  const answersHint = answersReversalHint(row, report);
  const result = applyChange(row, {
    ...change,
    set: {
      ...change.set,
      outcomeCount: row.outcomeCount + 1,
      ...(speaksOfAttempt(row, report) ? { spokenOfAttempt: row.attemptNo } : {}),
      ...referencesOf(row, report, verdict),
      ...(answersHint ? { reversalToldAt: null } : {}),
    },
  });
  const after = result.row;
  const due: Due | undefined =
    verdict.decision === 'apply' ? { job: 'settle', id: row.id, driveNo: after.driveNo } : undefined;
  return {
    report,
    verdict,
    result,
    seq: row.outcomeCount + 1,
    effectSeq,
    contradictsReversalHint: answersHint && report.answer.kind === 'succeeded',
    differences: differencesOf(row, report, earned, isChargeDecided && effectSeq !== null),
    recorded: {
      ...verdict,
      row: after,
      due,
      isOfOtherAmount: isOfOtherAmount(given.answer, row.amountPaise),
    },
  };
}

function verdictOn(
  row: LockedTransaction,
  report: OutcomeReport,
  now: Date,
  isOfEndedAttempt?: boolean,
): Verdict {
  const { answer, source, askedAt, attemptNo, isPresumed } = report;
  const next = {
    kind: answer.kind,
    source,
    askedAt,
    attemptNo,
    isPresumed,
    isShortOfFunds: saysShortOfFunds(report),
    isOfEndedAttempt,
    showsPayment: showsPayment(answer),
  };
  const verdict = decideOutcome(row, next, now);
  // Callbacks come in any order, so nobody knows which of two UTRs is the newer one: the provider is asked.
  return verdict.decision === 'repeat' && !ASKED.has(source) && isOfOtherUtr(row, report)
    ? { decision: 'ask_again' }
    : verdict;
}

/**
 * The change that a report makes to the row. The only moves made here are back to `held` (nothing was sent)
 * and to `in_review` (nothing more may be sent); settle makes the final ones.
 */
function changeOf(
  row: LockedTransaction,
  report: OutcomeReport,
  verdict: Verdict,
  { now, isStopped }: { now: Date; isStopped: boolean },
): TransactionChange {
  const base = { actor: `outcome:${report.source}`, reason: report.answer.rawStatus };
  if (verdict.effect !== undefined) return { ...base, set: effectOf(row, report, verdict, now) };
  if (verdict.decision === 'ask_again')
    return { ...base, set: { nextPollAt: now, askedForAt: now, driveNo: row.driveNo + 1 } };
  if (verdict.caseKind === ABANDONED && row.state === 'held') {
    // The provider has a request that we called certainly not sent: nothing more is sent until a person looks.
    const set = { dueAt: null, drives: 0, driveNo: row.driveNo + 1, statusReason: ABANDONED };
    return { ...base, to: 'in_review', reason: ABANDONED, set };
  }
  if (verdict.decision === 'note' && isCertainlyNotSent(row, report))
    return { ...base, ...sentAgain(row, report, { now, isStopped, reason: 'certainly_not_sent' }) };
  if (verdict.decision === 'retry')
    return { ...base, ...sentAgain(row, report, { now, isStopped, reason: 'provider_funds_short' }) };
  if (verdict.decision === 'note' && isUnderWay(row) && report.attemptNo === row.attemptNo)
    return { ...base, set: noted(report) };
  if (isAnsweredInquiry(row, report))
    return { ...base, set: { nextPollAt: nextRecheck(row, report, now), pollNo: 0 } };
  return { ...base, set: {} };
}

function effectOf(
  row: LockedTransaction,
  report: OutcomeReport,
  { decision, effect, outcome }: Verdict,
  now: Date,
): TransactionChange['set'] {
  const isInquiryDue = row.nextPollAt !== null && row.nextPollAt <= now;
  const due = decision === 'apply' ? { dueAt: firstDriveAt(now), driveNo: row.driveNo + 1, drives: 0 } : {};
  return {
    effectCount: row.effectCount + 1,
    outcome,
    outcomeAt: now,
    // A late success is for a person: until then callers read the reason that they were given.
    statusReason: effect === 'late_success' ? row.statusReason : reasonOf(report),
    // The provider has now mentioned this attempt. An inquiry that was already due must still be made.
    spokenOfAttempt: report.isPresumed === true || row.attemptNo === 0 ? row.spokenOfAttempt : row.attemptNo,
    askedForAt: row.askedForAt ?? (isInquiryDue ? now : null),
    ...due,
  };
}

/**
 * This attempt has certainly moved nothing: back to held with another one after a pause, or to review if
 * nothing more may be sent.
 */
function sentAgain(
  row: LockedTransaction,
  report: OutcomeReport,
  { now, isStopped, reason }: { now: Date; isStopped: boolean; reason: string },
): Pick<TransactionChange, 'to' | 'reason' | 'set'> {
  const set = { nextPollAt: null, askedForAt: null, sendBefore: null, driveNo: row.driveNo + 1, drives: 0 };
  if (isStopped) return { to: 'in_review', reason: ABANDONED, set: { ...set, statusReason: ABANDONED } };
  return {
    to: 'held',
    reason,
    set: { ...set, dueAt: addMs(now, resendPauseMs(row.attemptNo)), statusReason: reasonOf(report) },
  };
}

/** An answer that decides nothing. It notes why the transaction waits, and when the provider is asked next. */
function noted(report: OutcomeReport): TransactionChange['set'] {
  return {
    statusReason: reasonOf(report),
    ...(report.nextPollAt === undefined ? {} : { nextPollAt: report.nextPollAt, askedForAt: null }),
  };
}

/**
 * True if the provider mentions the current attempt, by itself or in an answer: it was sent, and "not found"
 * contradicts that from now on.
 */
function speaksOfAttempt(row: LockedTransaction, { attemptNo, source, answer }: OutcomeReport): boolean {
  const isSent = row.attemptNo > 0 && row.state !== 'accepted' && row.state !== 'held';
  return isSent && attemptNo === row.attemptNo && (source === 'callback' || showsPayment(answer));
}

/**
 * True if this report ends the inquiry. After a result is posted, inquiries go on until the provider says
 * something definite or agrees. An inquiry made before that result was recorded, or before a new inquiry was
 * requested, says nothing about what came since.
 */
function isAnsweredInquiry(row: LockedTransaction, report: OutcomeReport): boolean {
  const isUpToDate =
    report.source === 'poll' &&
    (report.driveNo === undefined || report.driveNo === row.driveNo) &&
    (row.outcomeAt === null || report.askedAt > row.outcomeAt) &&
    row.askedForAt === null;
  return (
    isUpToDate &&
    (isDefinite(report.answer.kind) || report.agrees === true) &&
    row.state !== 'held' &&
    row.state !== 'dispatched' &&
    row.postedCount === row.effectCount
  );
}

/**
 * True if this inquiry answers the callback that reported a reversal: it was made afterwards (such a callback
 * raises the drive number), concerns the current attempt and has a definite answer.
 */
function answersReversalHint(row: LockedTransaction, report: OutcomeReport): boolean {
  return (
    row.reversalToldAt !== null &&
    report.source === 'poll' &&
    report.driveNo === row.driveNo &&
    report.attemptNo === row.attemptNo &&
    isDefinite(report.answer.kind)
  );
}

/** True if the request of this dispatch has been sent again since. */
function wasSentAgain(row: LockedTransaction, report: OutcomeReport): boolean {
  return (
    report.source === 'dispatch' &&
    report.attemptNo === row.attemptNo &&
    row.state === 'dispatched' &&
    row.sendBefore?.getTime() !== report.sendBefore?.getTime()
  );
}

/**
 * True if the provider has mentioned this attempt since it began. Then it was sent, whatever the connection
 * reported.
 */
function isMentioned(row: LockedTransaction, report: OutcomeReport): boolean {
  return (
    report.source === 'dispatch' &&
    report.attemptNo === row.attemptNo &&
    row.state === 'dispatched' &&
    row.spokenOfAttempt === row.attemptNo
  );
}

/**
 * True if the current attempt was sent only once and that send reports that nothing went out. After a repeat
 * nothing is certain; `certainOnly` has then already set `sent: true`.
 */
function isCertainlyNotSent(row: LockedTransaction, report: OutcomeReport): boolean {
  return saysNotSent(report) && isUnderWay(row) && report.attemptNo === row.attemptNo;
}

function reasonOf(report: OutcomeReport): string | null {
  const { answer } = report;
  return 'rawReason' in answer && answer.rawReason !== undefined ? answer.rawReason : answer.rawStatus;
}

function casesOf(entry: Entry): NewCase[] {
  const { verdict, report, result } = entry;
  const { transactionId, source, answer } = report;
  const cases: NewCase[] = [];
  const situation = situationOf(result.row);
  // Neither is believed over the other: an unsigned callback may be anybody's, and the provider's answer may
  // be behind.
  if (entry.contradictsReversalHint) {
    const said = `says ${answer.kind} (${answer.rawStatus}): look at its statement`;
    const summary = `a callback says that the money came back, and the provider, asked since, ${said}`;
    cases.push({ ...transactionCase('callback_contradicted', transactionId, summary), situation });
  }
  if (saidBy(entry).foundThere === 'several') {
    const found = saidBy(entry).description ?? answer.rawStatus;
    const summary = `the provider has several payments under one reference of ours: ${found}`;
    cases.push(transactionCase('duplicate_at_provider', transactionId, summary));
  }
  if (verdict.caseKind !== undefined) {
    const { state, outcome } = result.row;
    const known = outcome === null ? '' : `, known as ${outcome}`;
    const summary = `${source} says ${answer.kind} (${answer.rawStatus}) while the transaction is ${state}${known}`;
    const evidence = { source, said: answer.kind, attempt: report.attemptNo };
    // Of an abandoned attempt every mention counts, also after a person has closed the case: it may be another.
    const settledFor = verdict.caseKind === ABANDONED ? {} : { situation };
    cases.push({ ...transactionCase(verdict.caseKind, transactionId, summary), ...settledFor, evidence });
  }
  for (const { kind, summary, situation: settled } of entry.differences)
    cases.push({ ...transactionCase(kind, transactionId, summary), situation: settled });
  return cases;
}

/** What a case rests on: a person who closes it has settled it until another effect is recorded. */
function situationOf({ state, outcome, effectCount }: LockedTransaction): string {
  return `${state}, ${outcome ?? 'nothing known'}, ${effectCount} effects`;
}
