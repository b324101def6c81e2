import type { AccountId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';

/**
 * The transfers of services that debit a wallet (payout, DMT, BBPS, recharge): amounts in, transfers out,
 * nothing else. "A -> B" means debit A, credit B. Principal model: we charge fee and GST, and the provider
 * charges us. Agency model: the charge belongs to the provider and passes through as a whole.
 */
export interface DebitAccounts {
  wallet: AccountId;
  clearing: AccountId;
  float: AccountId;
  /** Where the provider's fee comes from, if not from the float: it is owed until the provider collects it. */
  feesOwed?: AccountId;
  feeIncome: AccountId;
  gstPayable: AccountId;
  providerFee: AccountId;
  gstInput: AccountId;
  suspense: AccountId;
  /** What the provider owes us for a failed transaction that it still holds. */
  receivable: AccountId;
  /** What we owe the customer until they consent to the refund. */
  refundPayable: AccountId;
  /** What we lose where a provider keeps money that we gave back. */
  loss: AccountId;
}
/** In paise. `chargePaise` is passed on together with the amount; `providerFeePaise` is without tax. */
export interface DebitAmounts {
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
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
const total = (p: DebitAmounts): Paise => p.amountPaise + p.feePaise + p.taxPaise + p.chargePaise;

/** Hold: wallet -> clearing, the whole cost. */
export function holdTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return [transfer(a.wallet, a.clearing, total(p), 'hold')];
}

/** Release of a hold: clearing -> wallet, the whole cost. */
export function releaseTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return [transfer(a.clearing, a.wallet, total(p), 'release')];
}

/**
 * Success: clearing -> float (amount and charge), fee income and output GST; provider fee and input GST -> float,
 * or -> fees owed.
 */
export function successTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.clearing, a.float, p.amountPaise, 'principal'),
    transfer(a.clearing, a.float, p.chargePaise, 'charge'),
    transfer(a.clearing, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.clearing, a.gstPayable, p.taxPaise, 'gst'),
    transfer(a.providerFee, a.feesOwed ?? a.float, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.feesOwed ?? a.float, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/** Reversal after success: the reverse of the success, with the wallet instead of clearing. */
export function reversalTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return successTransfers({ ...a, clearing: a.wallet }, p).map((t) =>
    transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`),
  );
}

/**
 * The provider succeeded after we had called it failed and paid the wallet back: suspense carries the amount
 * until a person decides.
 */
export function lateSuccessTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.suspense, a.float, p.amountPaise, 'late_principal'),
    transfer(a.suspense, a.float, p.chargePaise, 'late_charge'),
    transfer(a.providerFee, a.feesOwed ?? a.float, p.providerFeePaise, 'provider_fee'),
    transfer(a.gstInput, a.feesOwed ?? a.float, p.providerTaxPaise, 'provider_gst'),
  ]);
}

/**
 * Failed after the provider took the money: clearing -> refund payable, and the provider owes us what it
 * took. Only the customer's consent credits the wallet.
 */
export function refundDueTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.clearing, a.refundPayable, total(p), 'refund_due'),
    transfer(a.receivable, a.float, p.amountPaise + p.chargePaise, 'refund_receivable'),
  ]);
}

/** The refund was made: refund payable -> wallet, float -> receivable. */
export function refundTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.refundPayable, a.wallet, total(p), 'refund'),
    transfer(a.float, a.receivable, p.amountPaise + p.chargePaise, 'refund_received'),
  ]);
}

/**
 * A success that is to be refunded: its reverse, with refund payable instead of the wallet and the receivable
 * instead of the float.
 */
export function refundDueAfterSuccessTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return reversalTransfers(
    { ...a, wallet: a.refundPayable, float: a.receivable },
    { ...p, providerFeePaise: 0n, providerTaxPaise: 0n },
  );
}

/**
 * The provider succeeded after all: what was payable goes where a success would have put it. The float was
 * charged when the refund became due, or before.
 */
export function refundWithdrawnTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.refundPayable, a.receivable, p.amountPaise + p.chargePaise, 'refund_withdrawn'),
    transfer(a.refundPayable, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.refundPayable, a.gstPayable, p.taxPaise, 'gst'),
  ]);
}

/**
 * Review: a late success is the customer's payment after all. The wallet pays what suspense carried, our fee
 * and tax.
 */
export function lateSuccessConfirmedTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([
    transfer(a.wallet, a.suspense, p.amountPaise, 'late_principal_confirmed'),
    transfer(a.wallet, a.suspense, p.chargePaise, 'late_charge_confirmed'),
    transfer(a.wallet, a.feeIncome, p.feePaise, 'fee'),
    transfer(a.wallet, a.gstPayable, p.taxPaise, 'gst'),
  ]);
}

/** Review: we bear a late success: loss -> suspense. The wallet keeps what it was given back. */
export function lateSuccessBorneTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return nonZero([transfer(a.loss, a.suspense, p.amountPaise + p.chargePaise, 'late_success_borne')]);
}

/** Review: the provider has given a late success back: the reverse of what it posted. */
export function lateSuccessReversedTransfers(a: DebitAccounts, p: DebitAmounts): Transfer[] {
  return lateSuccessTransfers(a, p).map((t) =>
    transfer(t.creditAccountId, t.debitAccountId, t.amountPaise, `${t.code}_reversed`),
  );
}

/** The transfers of an effect. */
export function effectTransfers(effect: Effect, a: DebitAccounts, p: DebitAmounts): Transfer[] {
  switch (effect) {
    case 'success':
    case 'review_success':
      return successTransfers(a, p);
    case 'failure':
    case 'refund_at_once':
    case 'review_failure':
    case 'review_reversal':
    case 'review_refund':
      return releaseTransfers(a, p);
    case 'reversal':
    case 'refund_after_success':
      return reversalTransfers(a, p);
    case 'late_success':
      return lateSuccessTransfers(a, p);
    case 'refund_due':
      return refundDueTransfers(a, p);
    case 'refund_due_after_success':
      return refundDueAfterSuccessTransfers(a, p);
    case 'refund':
      return refundTransfers(a, p);
    case 'refund_withdrawn':
      return refundWithdrawnTransfers(a, p);
    case 'late_success_confirmed':
      return lateSuccessConfirmedTransfers(a, p);
    case 'late_success_borne':
      return lateSuccessBorneTransfers(a, p);
    case 'late_success_reversed':
    case 'late_success_refunded':
      return lateSuccessReversedTransfers(a, p);
  }
}
