/**
 * What reconciliation has to find in a month, and nothing else: worked out from the plan alone. A gap is what the other
 * side's account has more, or below zero less, than ours; of a withdrawal it is what the provider owes us.
 */
import { setuCommission } from './books';
import type { MonthOrder, SourceName } from './plan';
import type { WrittenOrder } from './write';

export interface ExpectedBreak {
  source: string;
  /** A transaction, or the name of a row that has none. */
  subject: string;
  kind: string;
  /** Counted from 0. */
  day: number;
  gapPaise: bigint;
  suspensePaise: bigint;
  /** In whose night the money went into suspense, where that is not the day's own. */
  heldDay?: number;
  isOpen: boolean;
  hasCase: boolean;
}

/** The terms of reconciliation: a row of the last hour is carried so many days, a missing one is a case after so many reports. */
const CARRY_DAYS = 2;
const MISSING_REPORTS = 3;
const DEARER = 100n;
/** Rows that nobody made: 100 rupees at each provider; Eko pays 1.00 less 0.02 for its own. */
const EXTRA_PAISE = 10_000n;
const EXTRA_EARNED_PAISE = 98n;
const LAST_HOUR_S = 23 * 3_600;

export const has = ({ breaks }: Pick<MonthOrder, 'breaks'>, kind: MonthOrder['breaks'][number]): boolean =>
  breaks.includes(kind);

/** Whose money comes to us: a withdrawal is owed by the provider and moves no float. */
const isInflow = ({ service }: MonthOrder): boolean => service === 'aeps';

interface Money {
  amountPaise: bigint;
  chargePaise: bigint;
  earnedPaise: bigint;
}

function effectOf(order: MonthOrder, { amountPaise, chargePaise, earnedPaise }: Money): bigint {
  return isInflow(order) ? amountPaise + earnedPaise : -(amountPaise + chargePaise) + earnedPaise;
}

/** What the provider charges us and takes with the amount. */
const feeOf = ({ feePaise, feeTaxPaise }: WrittenOrder): bigint => feePaise + feeTaxPaise;

/** What our books have of it when all is heard that is heard. */
function ours(one: WrittenOrder): bigint {
  const { order } = one;
  if (order.end === 'failed' || order.end === 'told_failure') return 0n;
  return effectOf(order, {
    amountPaise: order.amountPaise,
    chargePaise: one.chargePaise + feeOf(one),
    earnedPaise: one.commissionPaise - one.tdsPaise,
  });
}

/** What the row of the report has. */
export function theirs(one: WrittenOrder): bigint {
  const { order } = one;
  const isFailed = order.end === 'failed' || order.end === 'told_failure';
  if (isFailed !== has(order, 'other_end')) return 0n;
  return effectOf(order, {
    amountPaise: order.amountPaise + (has(order, 'amount') ? DEARER : 0n),
    chargePaise: one.chargePaise + feeOf(one) + (has(order, 'fee') ? DEARER : 0n),
    earnedPaise: one.commissionPaise - one.tdsPaise + (has(order, 'commission') ? DEARER : 0n),
  });
}

export const nameOfExtra = ({ no, source }: MonthOrder): string =>
  source === 'razorpayx' ? `pout_${String(no).padStart(14, 'X')}` : `extra${no}`;

export function extraEffect(source: SourceName): bigint {
  return -EXTRA_PAISE + (source === 'eko' ? EXTRA_EARNED_PAISE : 0n);
}

/** The breaks that an order leads to by the end of a month of so many days. */
export function breaksOf(one: WrittenOrder, days: number): ExpectedBreak[] {
  const { order, id } = one;
  const { day, source } = order;
  const of = (more: Partial<ExpectedBreak> & { kind: string; gapPaise: bigint }): ExpectedBreak => ({
    ...{ source, subject: id, day, suspensePaise: 0n, isOpen: true, hasCase: true },
    heldDay: day + (has(order, 'late') ? 1 : 0),
    ...more,
  });
  const isOurs = (gapPaise: bigint): bigint => (isInflow(order) ? 0n : gapPaise);
  const last = days - 1;
  const isLastHour = order.secondOfDay >= LAST_HOUR_S;
  if (has(order, 'missing')) {
    const waits = isLastHour && day + CARRY_DAYS >= last;
    return [
      of({
        ...{ kind: waits ? 'cutoff_timing' : 'missing_at_provider', gapPaise: -ours(one) },
        hasCase: !waits && last - day + 1 >= MISSING_REPORTS,
      }),
    ];
  }
  const found: ExpectedBreak[] = [];
  if (has(order, 'late'))
    found.push(
      of({
        ...{ kind: isLastHour ? 'cutoff_timing' : 'missing_at_provider', gapPaise: -ours(one) },
        ...{ isOpen: false, hasCase: false },
      }),
    );
  if (order.end === 'told_success' || order.end === 'told_failure')
    found.push(
      // What was taken with the amount is in no answer: when the payout is booked, its fee is what differs.
      feeOf(one) > 0n && day < last
        ? of({ kind: 'fee_mismatch', gapPaise: -feeOf(one) })
        : of({ kind: 'status_mismatch', gapPaise: 0n, isOpen: false, hasCase: false }),
    );
  if (order.end === 'stuck' && day + CARRY_DAYS < last)
    found.push(of({ kind: 'status_mismatch', gapPaise: 0n }));
  if (order.end === 'returned') found.push(of({ kind: 'status_mismatch', gapPaise: -ours(one) }));
  const kind = kindOf(order);
  const gapPaise = theirs(one) - ours(one);
  if (kind !== undefined)
    found.push(of({ kind, gapPaise, suspensePaise: kind === 'amount_mismatch' ? isOurs(gapPaise) : 0n }));
  if (has(order, 'twice'))
    found.push(
      of({ kind: 'duplicate_at_provider', gapPaise: theirs(one), suspensePaise: isOurs(theirs(one)) }),
    );
  if (has(order, 'extra')) {
    const extra = extraEffect(source);
    found.push(
      of({
        ...{ subject: nameOfExtra(order), kind: 'missing_with_us', gapPaise: extra },
        ...{ suspensePaise: extra, heldDay: day },
      }),
    );
  }
  return found;
}

/** An amount says more than an end, and an end more than a price. */
function kindOf(order: MonthOrder): string | undefined {
  if (has(order, 'amount')) return 'amount_mismatch';
  if (has(order, 'other_end')) return 'status_mismatch';
  if (has(order, 'fee')) return 'fee_mismatch';
  return has(order, 'commission') ? 'commission_mismatch' : undefined;
}

/** What the provider's balance moves by the lines of its reports of a day; withdrawals are not in it. */
export function movedThere(source: SourceName, day: number, written: readonly WrittenOrder[]): bigint {
  let sum = 0n;
  for (const one of written) {
    const { order } = one;
    if (order.source !== source) continue;
    if (has(order, 'extra') && order.day === day) sum += extraEffect(source);
    if (isInflow(order)) continue;
    if (order.end === 'reversed' && order.day + 1 === day) sum -= theirs(one);
    if (has(order, 'missing') || order.day + (has(order, 'late') ? 1 : 0) !== day) continue;
    sum += theirs(one) * (has(order, 'twice') ? 2n : 1n);
    if (order.end === 'returned') sum -= theirs(one);
  }
  return sum;
}

/** What Setu pays for the rows of a report, and what their lines come to. */
export interface Settlement {
  paidPaise: bigint;
  reportedPaise: bigint;
  rows: number;
}

export function settlementOf(source: SourceName, day: number, written: readonly WrittenOrder[]): Settlement {
  const sum: Settlement = { paidPaise: 0n, reportedPaise: 0n, rows: 0 };
  for (const { order } of written) {
    if (order.source !== source) continue;
    if (has(order, 'extra') && order.day === day) {
      sum.reportedPaise += source === 'setu_bbps' ? 118n : 98n;
      sum.rows += 1;
    }
    const isPaid = order.end === 'succeeded' || order.end === 'told_success';
    if (!isPaid || order.day + (has(order, 'late') ? 1 : 0) !== day) continue;
    const { commissionPaise, tdsPaise } = setuCommission(order);
    const lines = has(order, 'missing') ? 0 : has(order, 'twice') ? 2 : 1;
    sum.paidPaise += commissionPaise - tdsPaise;
    sum.reportedPaise += BigInt(lines) * (commissionPaise - tdsPaise);
    sum.rows += lines;
  }
  return sum;
}
