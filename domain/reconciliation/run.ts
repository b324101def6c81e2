import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import type { Due } from '../lifecycle/due';
import { transactionId } from '../ids/ids';
import { recordOutcomesIn } from '../lifecycle/record-outcome';
import type { OutcomeKind } from '../provider/outcome';
import { matchBankFiles } from './bank-files';
import { closeWithTheirCases, keepBreaks, type Overtaken } from './breaks';
import { matchBooked } from './booked';
import { RECONCILIATION_ERRORS } from './errors';
import { matchCollectedFees } from './fees';
import { readFloat, type FloatLine } from './float';
import { ageSuspense, closeAgreed, followOpenBreaks, takeBack, type FollowDependencies } from './follow';
import { beginFindings, judgeMatchedRows, judgeOpenRows, TOLD, type Judging } from './judge';
import { matchOpenRows } from './match';
import { findMissingSettlements, findUncollectedFees } from './overdue';
import { findMissing } from './presence';
import { matchSettlements } from './settlements';
import { lockSource, readSource, type Source } from './sources';
import { readMatchRules, readTerms } from './terms';

export interface RunCounts {
  matched: number;
  agreed: number;
  /** Transactions whose end a report told us. */
  told: number;
  open: Readonly<Record<string, number>>;
  casesOpened: number;
}

export interface ReconciliationRun {
  source: string;
  businessDate: string;
  counts: RunCounts;
  float: FloatLine;
  /** Effects that became due. They are driven by their rows too. */
  due: Due[];
}

interface Told {
  transactionId: string;
  attemptNo: number;
  kind: OutcomeKind;
  providerReference: string | null;
  utr: string | null;
  amountPaise: bigint;
  commissionPaise: bigint | null;
  tdsPaise: bigint | null;
  statusWord: string | null;
}

export interface RunOf {
  source: string;
  businessDate: string;
  /** A later day up to which there is no more to come, of a source that is retired; without it the day of the last file. */
  seenTo?: string;
}

/**
 * Reconciles a source for a day: matches what is open, compares, keeps the breaks, records what a report says of
 * transactions under way, and takes the rest to suspense and to persons. It may be run again, and at once by two: the row
 * of the source is locked, breaks have keys, and journals are derived from them. Throws DomainError
 * RECON_SOURCE_UNKNOWN, RECON_REPORT_MISSING.
 */
export async function reconcile(
  deps: FollowDependencies,
  { source: name, businessDate, seenTo }: RunOf,
): Promise<ReconciliationRun> {
  const startedAt = deps.clock.now();
  const source = await readSource(deps.knex, name);
  const lastDay = await requireReport(deps.knex, source, businessDate);
  const asOf = seenTo !== undefined && seenTo > lastDay ? seenTo : lastDay;
  const terms = await readTerms(deps.knex, businessDate);
  const judging: Judging = { source, terms, asOf };
  const { told, overtaken, ...counts } = await deps.knex.transaction((trx) =>
    compare(trx, judging, businessDate, startedAt),
  );
  const due = await tell(deps, source, told);
  await takeBack(deps, overtaken);
  const casesOpened = await followOpenBreaks(deps, source, { ...terms, asOf });
  await closeAgreed(deps, source);
  await ageSuspense(deps, source, terms);
  const float = await readFloat(deps.knex, source, businessDate);
  const open = await countOpen(deps.knex, source);
  const all = { ...counts, told: told.length, open, casesOpened };
  await keepRun(deps, { source, businessDate, startedAt, counts: all, float });
  return { source: name, businessDate, counts: all, float, due };
}

async function compare(
  trx: Knex.Transaction,
  judging: Judging,
  businessDate: string,
  at: Date,
): Promise<{ matched: number; agreed: number; told: Told[]; overtaken: Overtaken[] }> {
  const { source } = judging;
  await lockSource(trx, source.id);
  await closeWithTheirCases(trx, source, at);
  await beginFindings(trx);
  const matched = await matchOpenRows(trx, source, await readMatchRules(trx, businessDate));
  const agreed = await judgeMatchedRows(trx, judging);
  if (source.kind === 'movements') await matchCollectedFees(trx, judging);
  if (source.kind === 'movements') await findUncollectedFees(trx, judging);
  const booked = source.kind === 'report' ? 0 : await matchBooked(trx, judging);
  if (source.kind === 'statement') await matchSettlements(trx, judging);
  if (source.kind === 'statement') await matchBankFiles(trx, judging);
  if (source.kind === 'report') await findMissingSettlements(trx, judging);
  await judgeOpenRows(trx, judging);
  if (source.kind !== 'statement') await findMissing(trx, judging, businessDate);
  const overtaken = await keepBreaks(trx, source, at);
  const told = await rows<Told>(
    trx,
    `select "transactionId", "attemptNo", kind, "providerReference", utr, "amountPaise", "commissionPaise", "tdsPaise", "statusWord"
    from ${TOLD}`,
  );
  return { matched: matched + booked, agreed, told, overtaken };
}

/** The last day of which there is a report. */
async function requireReport(knex: Knex, { id, name }: Source, businessDate: string): Promise<string> {
  const [found] = await rows<{ asOf: string | null; hasDay: boolean | null }>(
    knex,
    `select max(business_date)::text as "asOf", bool_or(business_date = :date::date) as "hasDay"
    from recon_files where source_id = :id`,
    { id, date: businessDate },
  );
  if (found?.hasDay === true && found.asOf !== null) return found.asOf;
  throw new DomainError(RECONCILIATION_ERRORS.RECON_REPORT_MISSING, {
    detail: `no report of ${businessDate} has been imported for ${name}; import it and run again`,
  });
}

const TOLD_BATCH = 200;

/** What a report says goes through the one outcome function, as a provider's answer does; settle posts it. */
async function tell(deps: FollowDependencies, source: Source, told: readonly Told[]): Promise<Due[]> {
  const due: Due[] = [];
  for (let from = 0; from < told.length; from += TOLD_BATCH) {
    const batch = told.slice(from, from + TOLD_BATCH);
    await deps.knex.transaction(async (trx) => {
      const now = deps.clock.now();
      const recorded = await recordOutcomesIn(
        trx,
        deps,
        batch.map((one) => ({
          transactionId: transactionId(one.transactionId),
          attemptNo: one.attemptNo,
          source: 'reconciliation' as const,
          askedAt: now,
          answer: answerOf(one),
        })),
      );
      const applied = batch.filter((_one, i) => isApplied(recorded[i]));
      for (const one of recorded) if (!(one instanceof Error) && one.due !== undefined) due.push(one.due);
      await execute(
        trx,
        `update recon_breaks set state = 'resolved', resolution = 'outcome_recorded', resolved_at = :now
        where source_id = :source and state = 'open' and suspense_paise = 0 and written_off_paise = 0 and break_key = any(:keys::text[])`,
        {
          now,
          source: source.id,
          keys: applied.map((one) => `transaction:${one.transactionId}:${one.attemptNo}:payment`),
        },
      );
    });
  }
  return due;
}

function isApplied(recorded: Awaited<ReturnType<typeof recordOutcomesIn>>[number] | undefined): boolean {
  return recorded !== undefined && !(recorded instanceof Error) && recorded.effect !== undefined;
}

function answerOf({
  kind,
  providerReference,
  utr,
  amountPaise,
  commissionPaise,
  tdsPaise,
  statusWord,
}: Told) {
  const hasShares = kind === 'succeeded' && commissionPaise !== null && tdsPaise !== null;
  return {
    kind,
    sent: true,
    rawStatus: statusWord ?? kind,
    amountPaise,
    ...(providerReference === null ? {} : { providerReference }),
    ...(utr === null ? {} : { utr }),
    ...(hasShares ? { commissionPaise, tdsPaise } : {}),
  };
}

async function countOpen(knex: Knex, { id }: Source): Promise<Record<string, number>> {
  const found = await rows<{ kind: string; count: number }>(
    knex,
    `select kind, count(*)::int4 as count from recon_breaks where source_id = ? and state = 'open'
    group by kind order by kind`,
    [id],
  );
  return Object.fromEntries(found.map(({ kind, count }) => [kind, count]));
}

async function keepRun(
  { knex, clock, ids }: FollowDependencies,
  run: { source: Source; businessDate: string; startedAt: Date; counts: RunCounts; float: FloatLine },
): Promise<void> {
  const { source, float, counts, ...rest } = run;
  await execute(
    knex,
    `insert into recon_runs (id, source_id, business_date, started_at, finished_at, counts, float_paise, provider_paise,
      explained_paise)
    values (:id, :source, :businessDate, :startedAt, :finishedAt, :counts::jsonb, :ours, :theirs, :explained)`,
    {
      ...{
        id: ids.uuid(),
        source: source.id,
        ...rest,
        finishedAt: clock.now(),
        counts: JSON.stringify(counts),
      },
      ...{ ours: float.oursPaise, theirs: float.theirsPaise, explained: float.explainedPaise },
    },
  );
}
