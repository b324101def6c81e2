import type { AccountId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { Paise } from '../../platform/money';
import type { Posting, PostingResult, Reservation } from '../ledger/apply';
import { journalId } from '../ledger/journal';
import { postIn, type Ledger } from '../ledger/post';
import type { Policies } from '../policies/policies';
import type { Effect } from '../lifecycle/decide';
import { firstDriveAt, type Due } from '../lifecycle/due';
import { NO_EARNINGS, type Earnings } from './commission';
import { FACTS, reservationOf, type TransactionForPosting } from './hold';
import { FINAL_STATES, type State } from '../lifecycle/lifecycle';
import type { LockedTransaction, TransactionChange } from '../lifecycle/moves';
import type { ProviderMoney, ServiceRegistry } from './service-rules';

/**
 * Posts the next recorded effect of a transaction and moves it to the resulting state, in one database
 * transaction. Effects are numbered: the settle of a reversal is never mistaken for the first one, and
 * posting an effect twice finds its journal.
 */
export interface Settler {
  settle(ids: readonly string[]): Promise<SettleReport>;
}
export interface SettleReport {
  due: Due[];
  finished: string[];
  errors: Error[];
}

interface DueEffect extends TransactionForPosting {
  seq: number;
  effect: Effect;
  rawReason: string | null;
  rawStatus: string;
  providerFeePaise: Paise | null;
  providerTaxPaise: Paise | null;
  isProviderFeeOwed: boolean | null;
  /** What the provider has stated so far or, where it has not, what was agreed. */
  commissionPaise: Paise;
  tdsPaise: Paise;
  chargeDifferencePaise: Paise;
  /** Of a transaction in review, the state that it came from. */
  reviewedFrom: State | null;
  limitUsedPaise: Paise | null;
}

/** The state to which each effect leads. */
export const STATE_OF: Readonly<Record<Effect, State>> = {
  success: 'succeeded',
  failure: 'failed',
  reversal: 'reversed',
  late_success: 'in_review',
  refund_due: 'refund_pending',
  refund_due_after_success: 'refund_pending',
  refund: 'refunded',
  refund_at_once: 'refunded',
  refund_after_success: 'refunded',
  refund_withdrawn: 'succeeded',
  review_success: 'succeeded',
  review_failure: 'failed',
  review_reversal: 'reversed',
  review_refund: 'refunded',
  late_success_confirmed: 'succeeded',
  late_success_borne: 'failed',
  late_success_reversed: 'reversed',
  late_success_refunded: 'refunded',
};
/** Effects after which the limit is given back: no money went out. A review has a rule of its own. */
const GIVES_LIMIT_BACK: ReadonlySet<Effect> = new Set([
  'failure',
  'reversal',
  'refund',
  'refund_at_once',
  'refund_after_success',
]);
/**
 * Effects that undo a success, and also the provider's fee for it if the service's recipe gives that back.
 */
const UNDOES_SUCCESS: ReadonlySet<Effect> = new Set([
  'reversal',
  'refund_after_success',
  'refund_due_after_success',
  'late_success_borne',
  'late_success_reversed',
  'late_success_refunded',
]);
/** States about which the provider is asked again. */
const RECHECKED: ReadonlySet<State> = new Set(['succeeded', 'refund_pending']);
/** States that use the limit: the wallet has paid, or is about to. */
const USES_LIMIT: ReadonlySet<State> = new Set(['held', 'dispatched', 'refund_pending', 'succeeded']);

interface SettleDependencies {
  knex: Knex;
  clock: Clock;
  services: ServiceRegistry;
  policies: Pick<Policies, 'provider'>;
}

export function createSettler(deps: SettleDependencies & { ledger: Ledger }): Settler {
  async function settleOne(e: DueEffect): Promise<{ row?: LockedTransaction; posted: boolean }> {
    const result = await deps.ledger.post(await postingOf(deps, deps.knex, e));
    throwUnlessMoved(e, result);
    return { posted: result.status === 'posted', row: result.status === 'posted' ? result.row : undefined };
  }

  return {
    async settle(ids) {
      const report: SettleReport = { due: [], finished: [], errors: [] };
      const effects = await readDueEffects(deps.knex, ids);
      await Promise.all(
        effects.map(async (e) => {
          try {
            const { posted, row } = await settleOne(e);
            if (!posted) return;
            report.finished.push(e.id);
            if (row!.dueAt !== null) report.due.push({ job: 'settle', id: e.id, driveNo: row!.driveNo });
          } catch (error) {
            report.errors.push(error instanceof Error ? error : new Error('settle failed', { cause: error }));
          }
        }),
      );
      return report;
    },
  };
}

/**
 * Posts the next recorded effect in the caller's database transaction, which recorded it. Returns the id of
 * its journal, if it has one. Throws DomainError, for example LEDGER_INSUFFICIENT_FUNDS; the caller rolls
 * back.
 */
export async function settleIn(
  trx: Knex.Transaction,
  deps: SettleDependencies,
  id: TransactionId,
): Promise<{ row: LockedTransaction; journalId: string | null }> {
  const [e] = await readDueEffects(trx, [id]);
  if (e === undefined) throw new DomainError('TRANSACTION_MOVE_REFUSED');
  const posting = await postingOf(deps, trx, e);
  const [result] = await postIn(trx, deps, [posting]);
  throwUnlessMoved(e, result!);
  if (result!.status !== 'posted') throw new DomainError('TRANSACTION_MOVE_REFUSED');
  return { row: result!.row!, journalId: posting.journal?.id ?? null };
}

async function postingOf(
  deps: SettleDependencies,
  db: Knex | Knex.Transaction,
  e: DueEffect,
): Promise<Posting> {
  const rules = deps.services[e.service];
  if (rules === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `no rules for the service ${e.service}` });
  const before = await readPosted(db, e);
  const fees = UNDOES_SUCCESS.has(e.effect)
    ? before.fees
    : {
        feePaise: e.providerFeePaise ?? 0n,
        taxPaise: e.providerTaxPaise ?? 0n,
        areFeesOwed: e.isProviderFeeOwed === true,
      };
  const transfers = await rules.effect(e.effect, e, {
    ...fees,
    told: e,
    posted: before.earnings,
    feeIncome: before.feeIncome,
  });
  const recheckMs = deps.policies.provider(e.provider).recheckSuccessMs[0];
  const isAskedAgain =
    RECHECKED.has(STATE_OF[e.effect]) || (e.effect === 'failure' && rules.asksAfterFailure === true);
  return {
    ...(transfers.length === 0
      ? {}
      : { journal: { id: journalId(e.id, 'effect', e.seq), transactionId: e.id, transfers } }),
    reserve: limitChange(e),
    move: {
      transactionId: e.id,
      decide: (row) => settleChange(row, e, deps.clock.now(), isAskedAgain ? recheckMs : undefined),
    },
  };
}

/**
 * What the effect does to the limit. A review ends with the limit that its end uses. Where that is more than
 * before, the money has gone out already, and the counter takes it whatever its cap is.
 */
function limitChange(e: DueEffect): Reservation | undefined {
  if (e.state !== 'in_review') return GIVES_LIMIT_BACK.has(e.effect) ? reservationOf(e, -1n) : undefined;
  const wasUsed = e.reviewedFrom !== null && USES_LIMIT.has(e.reviewedFrom);
  const isUsed = USES_LIMIT.has(STATE_OF[e.effect]);
  if (wasUsed === isUsed) return undefined;
  const change = reservationOf(e, isUsed ? 1n : -1n);
  if (change === undefined || !isUsed) return change;
  const neededPaise = (e.limitUsedPaise ?? 0n) + e.amountPaise;
  return { ...change, capPaise: neededPaise > change.capPaise ? neededPaise : change.capPaise };
}

function throwUnlessMoved(e: DueEffect, result: PostingResult): void {
  if (result.status === 'refused' && result.code !== 'TRANSACTION_MOVE_REFUSED')
    throw new DomainError(result.code, {
      detail: `the ${e.effect} of a transaction was refused: ${result.code}`,
    });
}

function settleChange(
  row: LockedTransaction,
  e: DueEffect,
  now: Date,
  recheckMs: number | undefined,
): TransactionChange | undefined {
  if (row.postedCount !== e.seq - 1) return undefined;
  const more = row.effectCount > e.seq;
  const to = STATE_OF[e.effect];
  const said = e.rawReason ?? e.rawStatus;
  return {
    to,
    actor: 'settle',
    reason: to === 'in_review' ? e.effect : said,
    set: {
      postedCount: e.seq,
      dueAt: more ? firstDriveAt(now) : null,
      driveNo: row.driveNo + 1,
      drives: 0,
      nextPollAt: nextPollAt(row, to, recheckMs, now),
      pollNo: 0,
      ...shownResult(row, to, { said, isLast: !more, now }),
    },
  };
}

/**
 * What callers read of the result. A review shows the status that it began with, so the time and the reason
 * of that status stay until a person has decided.
 */
function shownResult(
  row: LockedTransaction,
  to: State,
  { said, isLast, now }: { said: string; isLast: boolean; now: Date },
): Pick<LockedTransaction, 'finishedAt'> & Partial<Pick<LockedTransaction, 'statusReason'>> {
  if (to === 'in_review') return { finishedAt: row.finishedAt };
  const finishedAt = FINAL_STATES.has(to) ? now : null;
  return isLast ? { finishedAt, statusReason: to === 'succeeded' ? null : said } : { finishedAt };
}

/**
 * A success may still be reversed, so it is asked about again on the following days; so is a refund that waits for the
 * customer, who may consent elsewhere. An inquiry that somebody asked for meanwhile is still made. Of a refund an earlier
 * inquiry is kept too: a refund may be under way and its answer lost (promiseInquiry). So it is of a success that a
 * callback has called reversed, until an inquiry has answered that.
 */
function nextPollAt(
  row: LockedTransaction,
  to: State,
  recheckMs: number | undefined,
  now: Date,
): Date | null {
  if (row.askedForAt !== null) return row.nextPollAt;
  const recheckAt = recheckMs === undefined ? null : addMs(now, recheckMs);
  const isAskedAbout = to === 'refund_pending' || (to === 'succeeded' && row.reversalToldAt !== null);
  return isAskedAbout ? earlier(row.nextPollAt, recheckAt) : recheckAt;
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/**
 * The first figure that an answer about the transaction has stated, up to the effect at hand; a refund's says what
 * the provider takes back, and a failure's is about nothing. Another figure later is a case (record-outcome.ts).
 * Of a first effect no other answer is looked for, so that a payout costs no further read.
 */
function firstStated(column: 'commission_paise' | 'tds_paise' | 'charge_paise', otherwise: string): string {
  const stated = (outcome: string): string =>
    `case when ${outcome}.kind in ('succeeded', 'refund_pending') then ${outcome}.${column} end`;
  return `coalesce(
    case when o.effect_seq > 1 then (select s.${column} from transaction_outcomes s
      where s.transaction_id = t.id and s.effect_seq < o.effect_seq and ${stated('s')} is not null
      order by s.seq limit 1) end,
    ${stated('o')}, ${otherwise}, 0)`;
}

const DUE_EFFECT = {
  ...FACTS,
  seq: 'o.effect_seq',
  effect: 'o.effect',
  rawReason: 'o.raw_reason',
  rawStatus: 'o.raw_status',
  providerFeePaise: 'o.provider_fee_paise',
  providerTaxPaise: 'o.provider_tax_paise',
  isProviderFeeOwed: 'o.provider_fee_owed',
  commissionPaise: firstStated('commission_paise', 't.agreed_commission_paise'),
  tdsPaise: firstStated('tds_paise', 't.agreed_tds_paise'),
  chargeDifferencePaise: `${firstStated('charge_paise', 't.charge_paise')} - t.charge_paise`,
  reviewedFrom: `case when t.state = 'in_review' then (select e.from_state from transaction_events e
    where e.transaction_id = t.id and e.to_state = 'in_review' order by e.seq desc limit 1) end`,
  limitUsedPaise: `case when t.state = 'in_review' then (select l.used_paise from limit_counters l
    where l.key = t.limit_key) end`,
} satisfies ColumnsOf<DueEffect>;

async function readDueEffects(knex: Knex | Knex.Transaction, ids: readonly string[]): Promise<DueEffect[]> {
  return rows<DueEffect>(
    knex,
    `
    select ${selectOf(DUE_EFFECT)}
    from transactions t join transaction_outcomes o on o.transaction_id = t.id and o.effect_seq = t.posted_count + 1
    where t.id = any(?::uuid[])`,
    [ids],
  );
}

type PostedFees = Pick<ProviderMoney, 'feePaise' | 'taxPaise' | 'areFeesOwed'>;

/**
 * Of what earlier effects posted, the part that they did not give back. It is read from the ledger, not from the
 * outcomes, because a recipe decides whether an effect posts a fee, and so that what is given back is what was
 * posted, whatever a price list or an answer says today. The journals of those effects are written and never
 * change; the present effect's is not among them, whoever posts it meanwhile.
 */
export async function readPosted(
  knex: Knex | Knex.Transaction,
  { id, seq }: Pick<DueEffect, 'id' | 'seq'>,
): Promise<{ fees: PostedFees; earnings: Earnings; feeIncome?: AccountId | undefined }> {
  if (seq === 1) return { fees: { feePaise: 0n, taxPaise: 0n, areFeesOwed: false }, earnings: NO_EARNINGS };
  const earlier = Array.from({ length: seq - 1 }, (_, i) => journalId(id, 'effect', i + 1));
  const left = (code: string): string =>
    `coalesce(sum(case code when '${code}' then amount_paise when '${code}_reversed' then -amount_paise end), 0)::int8`;
  const [found] = await rows<{
    feePaise: Paise;
    taxPaise: Paise;
    areFeesOwed: boolean;
    netPaise: Paise;
    tdsPaise: Paise;
    chargeDifferencePaise: Paise;
    feeIncome: AccountId | null;
  }>(
    knex,
    `select ${left('provider_fee')} as "feePaise", ${left('provider_gst')} as "taxPaise",
      exists (select from ledger_accounts a join ledger_transfers f on a.id = f.credit_account_id
        where f.journal_id = any(:journals::uuid[]) and f.code = 'provider_fee' and a.code like 'owed:%') as "areFeesOwed",
      ${left('commission')} as "netPaise", ${left('commission_tds')} as "tdsPaise",
      ${left('charge_difference')} as "chargeDifferencePaise",
      min(credit_account_id) filter (where code = 'fee') as "feeIncome"
    from ledger_transfers where journal_id = any(:journals::uuid[])`,
    { journals: earlier },
  );
  const { feePaise, taxPaise, areFeesOwed, netPaise, tdsPaise, chargeDifferencePaise, feeIncome } = found!;
  return {
    fees: { feePaise, taxPaise, areFeesOwed },
    earnings: { commissionPaise: netPaise + tdsPaise, tdsPaise, chargeDifferencePaise },
    feeIncome: feeIncome ?? undefined,
  };
}
