import type { Paise } from '../../platform/money';

/**
 * What every connector answers to. A provider's answer is data: business results are returned, never thrown.
 * `unknown` means "we could not learn it": it is never a failure, and only an inquiry or a definite answer ends it.
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
   * Could this request have created anything at the provider? `false` only when it certainly did not: nothing was written (connection refused,
   * breaker open, DNS, TLS, too late) or the provider refused at the door (authentication). It speaks of this one request: on a repeat of an
   * earlier one it says nothing of the first. Of an inquiry or a callback it is always `true`.
   */
  sent: boolean;
  /** The provider's own status word, as it came (`processed`), or a word of ours in angle brackets when none came (`<timeout>`). */
  rawStatus: string;
  /** The provider's own reason code (`bank_account_invalid`), if any. */
  rawReason?: string;
  /** For people, in words of ours: a sentence of the provider's may name a person, and is not taken over. */
  description?: string;
  providerReference?: string;
  /** UTR or RRN. */
  utr?: string;
  /** What the provider says it moved; compared with what we asked for. */
  amountPaise?: Paise;
  /** The provider's fee without tax, and the tax on it. */
  providerFeePaise?: Paise;
  providerTaxPaise?: Paise;
  httpStatus?: number;
  /** When to try again at the earliest, if the provider or our own limit said so. */
  retryAfterMs?: number;
}

/** What an inquiry by our reference may add: the provider knows nothing of it. */
export type InquiryAnswer = ProviderOutcome | { kind: 'not_found'; rawStatus: string; httpStatus?: number };
