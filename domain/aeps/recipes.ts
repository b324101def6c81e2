import type { AccountId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';

/**
 * Which accounts move for Aadhaar-enabled payments: amounts in, transfers out, nothing else. "A -> B" is: debit A, credit B. The customer's bank pays, so
 * nothing is held and nothing is given back: the agent's wallet is credited when the provider says so in time, and the provider owes us the amount.
 */
export interface AepsAccounts {
  wallet: AccountId;
  receivable: AccountId;
  suspense: AccountId;
  feeIncome: AccountId;
  gstPayable: AccountId;
  providerFee: AccountId;
  gstInput: AccountId;
}
/** All in paise. The fee is the merchant's charge without tax (nothing for a withdrawal); `providerFee` is without tax, too. */
export interface AepsAmounts {
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  providerFeePaise: Paise;
  providerTaxPaise: Paise;
}

const transfer = (
  debitAccountId: AccountId,
  creditAccountId: AccountId,
  amountPaise: Paise,
  code: string,
): Transfer => ({ debitAccountId, creditAccountId, amountPaise, code });
const nonZero = (transfers: Transfer[]): Transfer[] => transfers.filter((t) => t.amountPaise > 0n);

/** Success: receivable -> wallet, less our charge: receivable -> fee income, output GST; what the provider keeps: provider fee, input GST -> receivable. */
export function creditTransfers(a: AepsAccounts, p: AepsAmounts): Transfer[] {
  return nonZero([
    transfer(a.receivable, a.wallet, p.amountPaise - p.feePaise - p.taxPaise, 'aeps_credit'),
    transfer(a.receivable, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.receivable, a.gstPayable, p.taxPaise, 'gst'),
    transfer(a.providerFee, a.receivable, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.receivable, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** The customer's bank took the money back: the mirror of the credit. */
export function creditReversalTransfers(a: AepsAccounts, p: AepsAmounts): Transfer[] {
  return creditTransfers(a, p).map((t) =>
    transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`),
  );
}

/** The provider did it, and who waited for it has gone: receivable -> suspense, all of it, until a person knows whether cash was handed out. */
export function lateCreditTransfers(a: AepsAccounts, p: AepsAmounts): Transfer[] {
  return nonZero([
    transfer(a.receivable, a.suspense, p.amountPaise, 'late_credit'),
    transfer(a.providerFee, a.receivable, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.receivable, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** The transfers of an effect. What failed, and what is refunded without having been credited, moves nothing. */
export function aepsTransfers(effect: Effect, a: AepsAccounts, p: AepsAmounts): Transfer[] {
  switch (effect) {
    case 'success':
    case 'refund_withdrawn':
      return creditTransfers(a, p);
    case 'reversal':
    case 'refund_after_success':
    case 'refund_due_after_success':
      return creditReversalTransfers(a, p);
    case 'late_success':
      return lateCreditTransfers(a, p);
    case 'failure':
    case 'refund_due':
    case 'refund_at_once':
    case 'refund':
      return [];
  }
}
