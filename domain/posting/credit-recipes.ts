import type { AccountId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';

/**
 * The transfers of services that credit a wallet (AEPS, collections): amounts in, transfers out, nothing else. "A -> B"
 * means debit A, credit B. The customer pays elsewhere, so nothing is held and nothing is given back. The
 * wallet is credited when the provider reports success in time, and the provider owes us the amount.
 */
export interface CreditAccounts {
  wallet: AccountId;
  receivable: AccountId;
  suspense: AccountId;
  feeIncome: AccountId;
  gstPayable: AccountId;
  providerFee: AccountId;
  gstInput: AccountId;
}
/**
 * In paise. `feePaise` is our charge without tax (zero for a withdrawal); `providerFeePaise` is also without
 * tax.
 */
export interface CreditAmounts {
  /** Names the transfer to the wallet: `aeps_credit`. */
  service: string;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  providerFeePaise: Paise;
  providerTaxPaise: Paise;
  /** The provider keeps its fee of what it gives back. */
  isProviderFeeKept?: boolean;
}

const transfer = (
  debitAccountId: AccountId,
  creditAccountId: AccountId,
  amountPaise: Paise,
  code: string,
): Transfer => ({ debitAccountId, creditAccountId, amountPaise, code });
const nonZero = (transfers: Transfer[]): Transfer[] => transfers.filter((t) => t.amountPaise > 0n);

/**
 * Success: receivable -> wallet, less our charge; receivable -> fee income and output GST. What the provider
 * keeps: provider fee and input GST -> receivable.
 */
export function creditTransfers(a: CreditAccounts, p: CreditAmounts): Transfer[] {
  return nonZero([
    transfer(a.receivable, a.wallet, p.amountPaise - p.feePaise - p.taxPaise, `${p.service}_credit`),
    transfer(a.receivable, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.receivable, a.gstPayable, p.taxPaise, 'gst'),
    transfer(a.providerFee, a.receivable, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.receivable, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** The customer's bank took the money back: the reverse of the credit. */
export function creditReversalTransfers(a: CreditAccounts, p: CreditAmounts): Transfer[] {
  return creditTransfers(a, p).map((t) =>
    transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`),
  );
}

/**
 * The provider succeeded after the caller had gone: receivable -> suspense, the whole amount, until a person
 * knows whether cash was handed out.
 */
export function lateCreditTransfers(a: CreditAccounts, p: CreditAmounts): Transfer[] {
  return nonZero([
    transfer(a.receivable, a.suspense, p.amountPaise, 'late_credit'),
    transfer(a.providerFee, a.receivable, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.receivable, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/**
 * Review: cash was handed out, the amount is the agent's: what a success posts, out of suspense. The
 * provider's fee was posted with the late success.
 */
export function lateCreditConfirmedTransfers(a: CreditAccounts, p: CreditAmounts): Transfer[] {
  return creditTransfers({ ...a, receivable: a.suspense }, withoutProviderFee(p));
}

/**
 * Review: the agent gets nothing, because the provider gave the money back to the customer's bank or never
 * took it: the reverse of the late success.
 */
export function lateCreditReversedTransfers(a: CreditAccounts, p: CreditAmounts): Transfer[] {
  return lateCreditTransfers(a, p).map((t) =>
    transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`),
  );
}

function withoutProviderFee(p: CreditAmounts): CreditAmounts {
  return { ...p, providerFeePaise: 0n, providerTaxPaise: 0n };
}

/** The transfers of an effect. A failure, or a refund of something never credited, moves nothing. */
export function creditEffectTransfers(effect: Effect, a: CreditAccounts, p: CreditAmounts): Transfer[] {
  const givenBack = p.isProviderFeeKept === true ? withoutProviderFee(p) : p;
  switch (effect) {
    case 'success':
    case 'refund_withdrawn':
    case 'review_success':
      return creditTransfers(a, p);
    case 'reversal':
    case 'refund_after_success':
      return creditReversalTransfers(a, givenBack);
    // It may be withdrawn, and then the success is posted anew, with its fee.
    case 'refund_due_after_success':
      return creditReversalTransfers(a, p);
    case 'late_success':
      return lateCreditTransfers(a, p);
    case 'late_success_confirmed':
      return lateCreditConfirmedTransfers(a, p);
    case 'late_success_borne':
    case 'late_success_reversed':
    case 'late_success_refunded':
      return lateCreditReversedTransfers(a, givenBack);
    case 'failure':
    case 'review_failure':
    case 'review_reversal':
    case 'review_refund':
    case 'refund_due':
    case 'refund_at_once':
    case 'refund':
      return [];
  }
}
