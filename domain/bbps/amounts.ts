import { fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import { formatRupees, type Paise } from '../../platform/money';
import type { Bill, Biller, ConvenienceFee, Exactness, ModeLimit } from './port';

/** The parts of a biller and its bill that decide which amounts may be paid. */
export interface AmountRule {
  exactness: Exactness;
  bill: Pick<Bill, 'amountPaise' | 'minPaise' | 'maxPaise' | 'multiplePaise'> | null;
  biller: Pick<Biller, 'minPaise' | 'maxPaise'>;
}

const PARTS = 100_000_000n; // 10,000 bps of a percentage times 10,000 bps of a tax

/**
 * NPCI's payment amount exactness. `exact`: the bill's amount; `exact_and_above`, `exact_and_below`: at least
 * or at most that; `range`: from the bill's minimum to its maximum, in its multiples; `any`: any amount. A
 * bill of zero leaves the amount to the customer. Limits that bill or biller state apply too, except under
 * `exact`, where only the bill counts. Pure; throws DomainError BBPS_AMOUNT_NOT_ALLOWED with the allowed
 * amounts.
 */
export function checkAmount(amountPaise: Paise, { exactness, bill, biller }: AmountRule): void {
  const due = bill === null || bill.amountPaise === 0n ? undefined : bill.amountPaise;
  if (due !== undefined && exactness === 'exact')
    return refuseUnless(
      amountPaise === due,
      `this biller takes the amount of the bill, ${formatRupees(due)}`,
    );
  if (due !== undefined && exactness === 'exact_and_above')
    refuseUnless(
      amountPaise >= due,
      `this biller takes the amount of the bill or more, from ${formatRupees(due)}`,
    );
  if (due !== undefined && exactness === 'exact_and_below')
    refuseUnless(
      amountPaise <= due,
      `this biller takes the amount of the bill or less, up to ${formatRupees(due)}`,
    );
  for (const least of [bill?.minPaise, biller.minPaise])
    if (typeof least === 'bigint')
      refuseUnless(amountPaise >= least, `the least amount is ${formatRupees(least)}`);
  for (const most of [bill?.maxPaise, biller.maxPaise])
    if (typeof most === 'bigint')
      refuseUnless(amountPaise <= most, `the largest amount is ${formatRupees(most)}`);
  const multiple = bill?.multiplePaise ?? null;
  if (multiple !== null && multiple > 0n)
    refuseUnless(amountPaise % multiple === 0n, `the amount must be a multiple of ${formatRupees(multiple)}`);
}

/**
 * Does the biller take this amount in this payment mode? Also of a bill of which it takes nothing but the whole
 * amount. Throws DomainError BBPS_AMOUNT_NOT_ALLOWED.
 */
export function checkModeAmount(amountPaise: Paise, mode: string, limits: readonly ModeLimit[]): void {
  for (const { minPaise, maxPaise } of limits.filter((limit) => limit.mode === mode)) {
    if (minPaise !== null)
      refuseUnless(amountPaise >= minPaise, `by ${mode} the least amount is ${formatRupees(minPaise)}`);
    if (maxPaise !== null)
      refuseUnless(
        amountPaise <= maxPaise,
        `by ${mode} the largest amount is ${formatRupees(maxPaise)}; payment_mode_limits of the biller has those of others`,
      );
  }
}

function refuseUnless(holds: boolean, detail: string): void {
  if (!holds) throw fieldError(BBPS_ERRORS.BBPS_AMOUNT_NOT_ALLOWED, '#/amount', detail);
}

/**
 * The customer convenience fee with its GST, of the slab that holds the amount: `(flat + amount × percent) ×
 * (1 + GST)`, rounded once, half up to the paisa (NPCI's CCF; Setu's `custConvFee`). Nothing for an amount in no
 * slab. Percentages in bps.
 */
export function convenienceFee(amountPaise: Paise, slabs: readonly ConvenienceFee[], gstBps: bigint): Paise {
  const fee = slabs.find(
    ({ fromPaise, toPaise }) => amountPaise >= fromPaise && (toPaise === null || amountPaise <= toPaise),
  );
  if (fee === undefined) return 0n;
  const parts = (fee.flatPaise * 10_000n + amountPaise * BigInt(fee.percentBps)) * (10_000n + gstBps);
  return (parts + PARTS / 2n) / PARTS;
}
