import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../transactions/decide';

/**
 * Which accounts move for a payout: amounts in, transfers out, nothing else. Source: the payout postings of the chart of accounts
 * (principal model: we charge fee + GST, the provider charges us fee + GST). "A -> B" is: debit A, credit B.
 */
export interface PayoutAccounts { wallet: bigint; clearing: bigint; float: bigint; feeIncome: bigint; gstPayable: bigint; providerFee: bigint; gstInput: bigint; suspense: bigint }
/** All in paise. `providerFee` is without tax. */
export interface PayoutAmounts { amountPaise: Paise; feePaise: Paise; taxPaise: Paise; providerFeePaise: Paise; providerTaxPaise: Paise }

const transfer = (debitAccountId: bigint, creditAccountId: bigint, amountPaise: Paise, code: string): Transfer => ({ debitAccountId, creditAccountId, amountPaise, code });
const nonZero = (transfers: Transfer[]): Transfer[] => transfers.filter((t) => t.amountPaise > 0n);

/** Hold: wallet -> clearing, amount + fee + tax. */
export function holdTransfers(a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  return [transfer(a.wallet, a.clearing, p.amountPaise + p.feePaise + p.taxPaise, 'hold')];
}

/** Release of a hold: clearing -> wallet, all of it. */
export function releaseTransfers(a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  return [transfer(a.clearing, a.wallet, p.amountPaise + p.feePaise + p.taxPaise, 'release')];
}

/** Success: clearing -> float, fee income and output GST; provider fee and input GST -> float. */
export function successTransfers(a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  return nonZero([
    transfer(a.clearing, a.float, p.amountPaise, 'principal'),
    transfer(a.clearing, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.clearing, a.gstPayable, p.taxPaise, 'gst'),
    transfer(a.providerFee, a.float, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.float, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** Reversal after success: the mirror of the success, with the wallet in the place of clearing. */
export function reversalTransfers(a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  return successTransfers({ ...a, clearing: a.wallet }, p).map((t) => transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`));
}

/** The provider did it after we had called it failed and made the wallet whole: suspense carries it until a person decides. */
export function lateSuccessTransfers(a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  return nonZero([
    transfer(a.suspense, a.float, p.amountPaise, 'late_principal'),
    transfer(a.providerFee, a.float, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.float, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** The transfers of an effect. */
export function effectTransfers(effect: Effect, a: PayoutAccounts, p: PayoutAmounts): Transfer[] {
  switch (effect) {
    case 'success': return successTransfers(a, p);
    case 'failure': return releaseTransfers(a, p);
    case 'reversal': return reversalTransfers(a, p);
    case 'late_success': return lateSuccessTransfers(a, p);
  }
}
