import { percentOf } from '../../platform/money';

export type PayoutMode = 'IMPS' | 'NEFT' | 'RTGS' | 'UPI';

/**
 * The fee for a payout before GST, by mode: the first slab whose upper end (inclusive; null for none) covers
 * the amount.
 */
export const FEE_SLABS: Readonly<
  Record<PayoutMode, readonly { upToPaise: bigint | null; feePaise: bigint }[]>
> = {
  IMPS: [{ upToPaise: null, feePaise: 300n }],
  NEFT: [{ upToPaise: null, feePaise: 300n }],
  RTGS: [{ upToPaise: null, feePaise: 300n }],
  UPI: [{ upToPaise: null, feePaise: 300n }],
};

const GST_BPS = 1_800n; // 18 %

/**
 * The fees as the payout entity shows them: `feesPaise` includes `taxPaise`. ₹3.00 + 18 % GST is fees 354,
 * tax 54.
 */
export function feesFor(mode: PayoutMode, amountPaise: bigint): { feesPaise: bigint; taxPaise: bigint } {
  const slab = FEE_SLABS[mode].find((s) => s.upToPaise === null || amountPaise <= s.upToPaise);
  if (slab === undefined) throw new RangeError(`no fee slab of ${mode} holds this amount`);
  const taxPaise = percentOf(slab.feePaise, GST_BPS, 'half-up');
  return { feesPaise: slab.feePaise + taxPaise, taxPaise };
}
