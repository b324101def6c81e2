/**
 * Eko's charges and commissions by service. Commission is before GST; TDS is 2 % of it. The upper end of a
 * slab is inclusive.
 */
import { percentOf, taxWithin } from '../../platform/money';

const GST_BPS = 1_800n;
const TDS_BPS = 200n;
export const TDS_PERCENT = 2n;

/** The charges of one transaction in paise. `feePaise` includes its GST, `taxPaise`. */
export interface Charges {
  feePaise: bigint;
  taxPaise: bigint;
  commissionPaise: bigint;
  tdsPaise: bigint;
}

interface Slab {
  upToPaise: bigint | null;
  flatPaise?: bigint;
  bps?: bigint;
}

/** DMT: 1 % of the slab's upper end, less GST, less Eko's ₹5.60. */
const DMT_COMMISSION: readonly (readonly [upToRupees: bigint, commissionPaise: bigint])[] = [
  [1_000n, 287n],
  [1_100n, 372n],
  [1_200n, 457n],
  [1_300n, 542n],
  [1_400n, 626n],
  [1_500n, 711n],
  [1_600n, 796n],
  [1_700n, 881n],
  [1_800n, 965n],
  [1_900n, 1_050n],
  [2_000n, 1_135n],
  [2_500n, 1_559n],
  [3_000n, 1_982n],
  [3_500n, 2_406n],
  [4_000n, 2_830n],
  [4_500n, 3_254n],
  [5_000n, 3_677n],
];

const WITHDRAWAL_COMMISSION: readonly Slab[] = [
  { upToPaise: 10_099n, flatPaise: 0n },
  { upToPaise: 300_099n, bps: 40n },
  { upToPaise: null, flatPaise: 1_300n },
];
const STATEMENT_COMMISSION_PAISE = 75n;
const SETTLEMENT_FEE: readonly Slab[] = [
  { upToPaise: 2_500_000n, flatPaise: 500n },
  { upToPaise: null, flatPaise: 1_000n },
];

const UTILITY: readonly Slab[] = [
  { upToPaise: 500_000n, flatPaise: 120n },
  { upToPaise: 2_000_000n, bps: 52n },
  { upToPaise: 10_000_000n, bps: 60n },
  { upToPaise: null, bps: 32n },
];
const flat = (flatPaise: bigint): readonly Slab[] => [{ upToPaise: null, flatPaise }];
const percent = (bps: bigint): readonly Slab[] => [{ upToPaise: null, bps }];

/** Commission of bills and recharges by the scheme of the operator (see bbps-catalogue.ts). */
export const BILL_SCHEMES = {
  utility: UTILITY,
  connection: flat(72n),
  insurance: [
    { upToPaise: 500_000n, flatPaise: 376n },
    { upToPaise: null, flatPaise: 174n },
  ],
  loan: flat(200n),
  fastag: flat(112n),
  cylinder: flat(80n),
  card: flat(20n),
  prepaid_large: percent(100n),
  prepaid_vi: percent(256n),
  prepaid_bsnl: percent(304n),
  dth_low: percent(200n),
  dth: percent(256n),
} as const satisfies Record<string, readonly Slab[]>;
export type BillScheme = keyof typeof BILL_SCHEMES;

function ofSlab(slabs: readonly Slab[], amountPaise: bigint): bigint {
  const slab = slabs.find((s) => s.upToPaise === null || amountPaise <= s.upToPaise);
  if (slab === undefined) throw new RangeError('no slab holds this amount');
  return slab.flatPaise ?? percentOf(amountPaise, slab.bps ?? 0n, 'half-up');
}

const charges = (feePaise: bigint, commissionPaise: bigint): Charges => ({
  feePaise,
  taxPaise: taxWithin(feePaise, GST_BPS, 'half-up'),
  commissionPaise,
  tdsPaise: percentOf(commissionPaise, TDS_BPS, 'half-up'),
});

/**
 * The fee is 1 % of the amount, at least ₹10, GST included. ₹100 → fee 10.00, GST 1.53, commission 2.87, TDS
 * 0.06.
 */
export function transferCharges(amountPaise: bigint): Charges {
  const onePercent = percentOf(amountPaise, 100n, 'half-up');
  const slab = DMT_COMMISSION.find(([upToRupees]) => amountPaise <= upToRupees * 100n);
  return charges(onePercent < 1_000n ? 1_000n : onePercent, slab?.[1] ?? 0n);
}

export const withdrawalCharges = (amountPaise: bigint): Charges =>
  charges(0n, ofSlab(WITHDRAWAL_COMMISSION, amountPaise));
export const statementCharges = (): Charges => charges(0n, STATEMENT_COMMISSION_PAISE);
export const noCharges = (): Charges => charges(0n, 0n);
export const billCharges = (scheme: BillScheme, amountPaise: bigint): Charges =>
  charges(0n, ofSlab(BILL_SCHEMES[scheme], amountPaise));

/** ₹5 up to ₹25,000 and ₹10 above, plus GST: a fee of 5.90 includes 0.90. */
export function settlementCharges(amountPaise: bigint): Charges {
  const netPaise = ofSlab(SETTLEMENT_FEE, amountPaise);
  return charges(netPaise + percentOf(netPaise, GST_BPS, 'half-up'), 0n);
}
