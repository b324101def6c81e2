import type { Paise } from '../../platform/money';
import type { ProviderOutcome } from './outcome';

/** A callback read out of its raw bytes. */
export interface ParsedCallback {
  /** The provider's event name (`payout.processed`). */
  event: string;
  /**
   * Undefined for events about no transaction (a downtime notice). A target without an outcome means:
   * something changed, ask the provider.
   */
  target?: {
    ourReference?: string;
    providerReference?: string;
    amountPaise?: Paise;
    refs?: Record<string, string>;
  };
  outcome?: ProviderOutcome;
  /**
   * The callback says that the money came back. Unsigned, it decides nothing; but if the provider then
   * reports success, the two contradict each other.
   */
  tellsReversal?: true;
  /** For events about something else of ours that has changed: ask the provider about it. */
  hint?: CallbackHint;
}

/** Something other than a transaction, by the provider's reference. */
export interface CallbackHint {
  about: 'bill_fetch' | 'bill_complaint' | 'account_validation';
  reference: string;
}

export type CallbackCheck =
  | { verdict: 'signed'; eventId: string }
  | { verdict: 'unsigned'; eventId: string }
  | { verdict: 'forged'; reason: string };
