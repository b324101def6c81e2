import type { Paise } from '../../platform/money';

/**
 * The possible outcomes of an instruction. A provider's answer is data: business results are returned, never
 * thrown. `unknown` means that we could not learn it. It is never a failure; only an inquiry or a definite
 * answer ends it.
 */
export const OUTCOME_KINDS = [
  'succeeded',
  'failed',
  'pending',
  'refund_pending',
  'refunded',
  'reversed',
  'unknown',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export interface ProviderOutcome {
  kind: OutcomeKind;
  /**
   * Could this request have created anything at the provider? `false` only if it certainly did not: nothing
   * was written (connection refused, breaker open, DNS, TLS, too late), or the provider refused before
   * looking at it (authentication). It concerns this one request: for a repeat it says nothing about the
   * first one. For an inquiry or a callback it is always `true`.
   */
  sent: boolean;
  /**
   * The provider's status word as received (`processed`), or our own in angle brackets if none came
   * (`<timeout>`).
   */
  rawStatus: string;
  /** The provider's own reason code (`bank_account_invalid`), if any. */
  rawReason?: string;
  /** For people, in our own words: a sentence of the provider might name a person. */
  description?: string;
  providerReference?: string;
  /** UTR or RRN. */
  utr?: string;
  /** The amount that the provider reports; compared with the amount we asked for. */
  amountPaise?: Paise;
  /** The provider's fee without tax, and the tax on it. */
  providerFeePaise?: Paise;
  providerTaxPaise?: Paise;
  /**
   * That fee was not taken with the amount: the provider collects it later, together with others. Our float
   * still has it, and we owe it.
   */
  isProviderFeeOwed?: boolean;
  /**
   * Our commission, before tax, and the tax that the provider deducts from it (TDS). Both or neither; of a
   * refund, what the provider takes back.
   */
  commissionPaise?: Paise;
  tdsPaise?: Paise;
  /** What the provider took on top of the amount, tax included, and the tax inside it. */
  chargePaise?: Paise;
  chargeTaxPaise?: Paise;
  httpStatus?: number;
  /** The earliest time for another try, if the provider or our own limit gave one. */
  retryAfterMs?: number;
  /**
   * Set on an `unknown` answer that shows all the same what is there under our reference: one payment, or
   * several.
   */
  foundThere?: 'one' | 'several';
  /**
   * The provider refused us and not this transaction: keys, address, product, account of ours. It says
   * nothing about anybody's payment.
   */
  isSetupFault?: true;
  /**
   * Set on a `failed` payment whose only fault is that our account with the provider held too little. The
   * customer's payment did not fail: it is sent again, as a new attempt, when there is money.
   */
  isShortOfFunds?: boolean;
  /** The provider no longer takes its own ids of the beneficiary: they are forgotten and made again. */
  refusesRefs?: true;
}

/** An inquiry by our reference can also find that the provider knows nothing of it. */
export type InquiryAnswer = ProviderOutcome | { kind: 'not_found'; rawStatus: string; httpStatus?: number };
