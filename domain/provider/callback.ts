import type { Paise } from '../../platform/money';
import type { ProviderOutcome } from './outcome';

/** A callback read out of its raw bytes. */
export interface ParsedCallback {
  /** The provider's event name (`payout.processed`). */
  event: string;
  /** Undefined for events that concern no transaction (a downtime notice). A target without an outcome says: something changed, ask. */
  target?: {
    ourReference?: string;
    providerReference?: string;
    amountPaise?: Paise;
    refs?: Record<string, string>;
  };
  outcome?: ProviderOutcome;
  /** It says that the money of the target came back. Of an unsigned one that decides nothing, but a success that the provider answers contradicts it. */
  tellsReversal?: true;
  /** For events about something else of ours: it has changed, ask about it. */
  hint?: CallbackHint;
}

/** What is no transaction, by the provider's reference of it. */
export interface CallbackHint {
  about: 'bill_fetch' | 'bill_complaint';
  reference: string;
}

export type CallbackCheck =
  | { verdict: 'signed'; eventId: string }
  | { verdict: 'unsigned'; eventId: string }
  | { verdict: 'forged'; reason: string };
