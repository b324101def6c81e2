import type { Paise } from '../../platform/money';

/** How commission is taxed on a day: a row of `commission_tds_rules`, with the rate for the person. */
export interface TaxRule {
  bps: number;
  thresholdPaise: Paise;
  /** Tax is deducted whatever the year comes to. */
  fromFirstRupee: boolean;
}

/** Of one person, in one year that begins on 1 April; `base` and `tds` of one section and rate. */
export interface TaxYear {
  grossPaise: Paise;
  /** Credited below the threshold, and not taxed so far. */
  untaxedPaise: Paise;
  basePaise: Paise;
  tdsPaise: Paise;
  /** What was given back of `base`, with the tax that it was paid with (`mirrorOf`). */
  backBasePaise: Paise;
}

export interface Taxed {
  /** With what is caught up. */
  basePaise: Paise;
  tdsPaise: Paise;
}

export const NO_YEAR: TaxYear = {
  grossPaise: 0n,
  untaxedPaise: 0n,
  basePaise: 0n,
  tdsPaise: 0n,
  backBasePaise: 0n,
};

const BPS = 10_000n;

/**
 * The tax on credits of one moment, before GST. The tax of a year is always the rate on all that was taxed in it, rounded
 * once, half up: each credit is taxed by what is missing to that. So no paisa is lost to rounding however small the credits
 * are, and nothing has to be trued up. What is given back is no credit: it is the mirror of one (`mirrorOf`).
 *
 * Below the threshold nothing is taxed; the credits that pass it are taxed with all that went before. From then on
 * everything is.
 */
export function taxOn(
  year: TaxYear,
  credits: readonly Paise[],
  { bps, thresholdPaise, fromFirstRupee }: TaxRule,
): { year: TaxYear; taxed: Taxed[] } {
  const grossPaise = credits.reduce((sum, credit) => sum + credit, year.grossPaise);
  if (!fromFirstRupee && grossPaise <= thresholdPaise && year.basePaise <= year.backBasePaise) {
    const untaxedPaise = year.untaxedPaise + grossPaise - year.grossPaise;
    return {
      year: { ...year, grossPaise, untaxedPaise },
      taxed: credits.map(() => ({ basePaise: 0n, tdsPaise: 0n })),
    };
  }
  let { basePaise, tdsPaise } = year;
  const taxed = credits.map((credit, i) => {
    const more = i === 0 ? credit + year.untaxedPaise : credit;
    basePaise += more;
    const tds = rounded(basePaise * BigInt(bps)) - tdsPaise;
    tdsPaise += tds;
    return { basePaise: more, tdsPaise: tds };
  });
  return { year: { ...year, grossPaise, untaxedPaise: 0n, basePaise, tdsPaise }, taxed };
}

/** What a payout was, as far as its mirror needs it; of what was given back, above zero. */
export interface Mirrored {
  grossPaise: Paise;
  basePaise: Paise;
  tdsPaise: Paise;
  backGrossPaise: Paise;
  backBasePaise: Paise;
  backTdsPaise: Paise;
}

/**
 * What goes back of a payout with a share of it, above zero: the part of its own tax. Of several that come back each takes
 * what is missing to the part of all of them, so that a whole payout comes back to the paisa.
 */
export function mirrorOf(payout: Mirrored, sharePaise: Paise): Taxed {
  const { grossPaise, backGrossPaise, backBasePaise, backTdsPaise } = payout;
  const all = backGrossPaise + sharePaise;
  const partOf = (paise: Paise): Paise =>
    all >= grossPaise ? paise : (2n * paise * all + grossPaise) / (2n * grossPaise);
  return {
    basePaise: partOf(payout.basePaise) - backBasePaise,
    tdsPaise: partOf(payout.tdsPaise) - backTdsPaise,
  };
}

/** Half up, also below zero: what is taken back undoes what was given. */
function rounded(inBps: bigint): Paise {
  const doubled = 2n * inBps + BPS;
  const down = doubled / (2n * BPS);
  return doubled < 0n && doubled % (2n * BPS) !== 0n ? down - 1n : down;
}

/** The year that begins on 1 April, of a day `YYYY-MM-DD`. */
export function taxYear(day: string): number {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return month >= 4 ? year : year - 1;
}

/** When the tax of a month is deposited: the 7th of the next, for March 30 April (rule 218 of the Rules of 2026). */
export function depositBy(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  if (month === 3) return `${year}-04-30`;
  return month === 12 ? `${year + 1}-01-07` : `${year}-${String(month + 1).padStart(2, '0')}-07`;
}
