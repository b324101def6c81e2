import { rupeesFromPaise } from '../../platform/decimal';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import type { UserType } from '../users/types';

/** What a level gets of a slab: `flat + bps of the amount`, `cap` at most; or `bps` of the commission. */
export interface Share {
  level: UserType;
  flatPaise: Paise;
  bps: number;
  capPaise: Paise | null;
}

/** Amounts from `fromPaise` to `toPaise`, both included. */
export interface Slab {
  fromPaise: Paise;
  toPaise: Paise;
  /** `commission`: what there is to share is cut by the shares' basis points, and the rest is ours. */
  basis: 'amount' | 'commission';
  shares: readonly Share[];
}

/** What there is to share for amounts of this span: `flat + bps of the amount`, before tax. */
export interface Income {
  fromPaise: Paise;
  toPaise: Paise;
  flatPaise: Paise;
  bps: number;
  /** What we have to pay out of it, whatever is shared: of our own fee, the provider's. */
  costPaise: Paise;
  /** Who pays it, for people: `eko`. */
  payer: string;
}

/** Why a rule cannot be saved, and of which field. */
export interface RuleFault {
  field: string;
  reason: string;
}

const WHOLE = 10_000n;

/**
 * What is wrong with the slabs of a rule: a gap, an overlap, a level twice, or a margin below zero anywhere. `incomes`
 * are the price lists that it may meet, each of them complete in itself; where none says anything, nothing is paid.
 */
export function faultsOf(slabs: readonly Slab[], incomes: readonly (readonly Income[])[]): RuleFault[] {
  const faults = slabs.flatMap((slab, i) => [
    ...faultsOfSlab(slab, `slabs[${i}]`),
    ...faultsOfOrder(slabs, i),
  ]);
  if (faults.length > 0) return faults;
  return slabs.flatMap((slab, i) => {
    const loss = slab.basis === 'commission' ? lossOfParts(slab, incomes) : lossOf(slab, incomes);
    return loss === undefined ? [] : [{ field: `slabs[${i}].shares`, reason: loss }];
  });
}

function faultsOfSlab({ fromPaise, toPaise, basis, shares }: Slab, field: string): RuleFault[] {
  const faults: RuleFault[] = [];
  const say = (name: string, reason: string): void => void faults.push({ field: `${field}.${name}`, reason });
  if (fromPaise <= 0n || fromPaise > MAX_AMOUNT_PAISE) say('from', 'it begins at one paisa or more');
  if (toPaise < fromPaise) say('to', 'it ends before it begins');
  if (toPaise > MAX_AMOUNT_PAISE) say('to', `it ends at ${rupeesFromPaise(MAX_AMOUNT_PAISE)} rupees at most`);
  for (const [i, share] of shares.entries()) {
    const { level, flatPaise, bps, capPaise } = share;
    if (shares.findIndex((other) => other.level === level) < i)
      say(`shares[${i}].level`, `${level} stands here twice`);
    if (flatPaise < 0n || flatPaise > MAX_AMOUNT_PAISE) say(`shares[${i}].flat`, 'it is nothing or more');
    if (!Number.isInteger(bps) || bps < 0 || bps > Number(WHOLE))
      say(`shares[${i}].bps`, 'it is from 0 to 10000');
    if (capPaise !== null && capPaise <= 0n) say(`shares[${i}].cap`, 'it is more than nothing');
    if (basis === 'commission' && (flatPaise !== 0n || capPaise !== null))
      say(`shares[${i}].flat`, 'a share of the commission has basis points alone');
  }
  const sum = shares.reduce((total, { bps }) => total + bps, 0);
  if (basis === 'commission' && sum > Number(WHOLE))
    say('shares', `they come to ${sum} basis points, more than the whole commission`);
  return faults;
}

/** Slabs come in the order of their amounts, each right after the one before. */
function faultsOfOrder(slabs: readonly Slab[], i: number): RuleFault[] {
  const before = slabs[i - 1];
  const { fromPaise } = slabs[i]!;
  if (before === undefined || fromPaise === before.toPaise + 1n) return [];
  const [from, end] = [rupeesFromPaise(fromPaise), rupeesFromPaise(before.toPaise)];
  const reason =
    fromPaise > before.toPaise
      ? `there is a gap: the slab before ends at ${end} rupees and this one begins at ${from}`
      : `it overlaps: the slab before ends at ${end} rupees and this one begins at ${from}`;
  return [{ field: `slabs[${i}].from`, reason }];
}

/**
 * The margin, `income - shares`, has its least value at an end of the slab or of a span of the price list, or where a
 * share reaches its cap: between those it is a straight line. Shares are rounded down and income to the nearest, so a
 * margin that is not below zero as a fraction is not below zero in paise.
 */
function lossOf(slab: Slab, incomes: readonly (readonly Income[])[]): string | undefined {
  for (const list of incomes.length === 0 ? [[]] : incomes)
    for (const span of spansOf(slab, list))
      for (const amount of amountsToTry(slab, span)) {
        const shares = slab.shares.reduce((sum, share) => sum + fractionOf(share, amount), 0n);
        const income = (span.flatPaise - span.costPaise) * WHOLE + amount * BigInt(span.bps);
        if (shares > income)
          return (
            `at ${rupeesFromPaise(amount)} rupees the shares come to ${rupeesFromPaise(shares / WHOLE)}, and ` +
            `${span.payer} pays ${rupeesFromPaise(income / WHOLE)}`
          );
      }
  return undefined;
}

/** Shares of the whole are no loss by themselves; what is left has to pay the cost, also where it is rounded down. */
function lossOfParts(slab: Slab, incomes: readonly (readonly Income[])[]): string | undefined {
  const shared = slab.shares.reduce((sum, { bps }) => sum + BigInt(bps), 0n);
  if (shared === 0n) return undefined;
  for (const span of incomes.flatMap((list) => spansOf(slab, list))) {
    const pool = span.flatPaise + (span.fromPaise * BigInt(span.bps)) / WHOLE;
    const ours = (pool * (WHOLE - shared)) / WHOLE;
    if (ours < span.costPaise)
      return (
        `at ${rupeesFromPaise(span.fromPaise)} rupees the shares come to ${rupeesFromPaise(pool - ours)}, and ` +
        `${span.payer} pays ${rupeesFromPaise(pool - span.costPaise)}`
      );
  }
  return undefined;
}

/** The parts of the slab by what is paid; where the list says nothing, nothing is. */
function spansOf({ fromPaise, toPaise }: Slab, list: readonly Income[]): Income[] {
  const spans: Income[] = [];
  let next = fromPaise;
  const nothing = (from: Paise, to: Paise): Income => ({
    fromPaise: from,
    toPaise: to,
    flatPaise: 0n,
    bps: 0,
    costPaise: 0n,
    payer: list[0]?.payer ?? 'nobody',
  });
  for (const income of list.toSorted((a, b) => (a.fromPaise < b.fromPaise ? -1 : 1))) {
    if (income.toPaise < next || income.fromPaise > toPaise) continue;
    if (income.fromPaise > next) spans.push(nothing(next, income.fromPaise - 1n));
    const from = income.fromPaise > next ? income.fromPaise : next;
    const to = income.toPaise < toPaise ? income.toPaise : toPaise;
    spans.push({ ...income, fromPaise: from, toPaise: to });
    next = to + 1n;
  }
  return next > toPaise ? spans : [...spans, nothing(next, toPaise)];
}

function amountsToTry({ shares }: Slab, { fromPaise, toPaise }: Income): Paise[] {
  const caps = shares.flatMap(({ flatPaise, bps, capPaise }) => {
    if (capPaise === null || bps === 0 || capPaise <= flatPaise) return [];
    const at = ((capPaise - flatPaise) * WHOLE) / BigInt(bps);
    return [at, at + 1n];
  });
  return [fromPaise, toPaise, ...caps.filter((at) => at > fromPaise && at < toPaise)];
}

/** In ten-thousandths of a paisa. */
function fractionOf({ flatPaise, bps, capPaise }: Share, amount: Paise): bigint {
  const whole = flatPaise * WHOLE + amount * BigInt(bps);
  return capPaise !== null && whole > capPaise * WHOLE ? capPaise * WHOLE : whole;
}

/** In paise, rounded down. */
export function shareOf(share: Share, amount: Paise): Paise {
  return fractionOf(share, amount) / WHOLE;
}
