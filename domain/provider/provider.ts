import type { Paise } from '../../platform/money';
import type { Admission } from './calls';
import type { CallbackCheck, ParsedCallback } from './callback';
import type { ReasonTable } from './reasons';
import type { ServiceName } from './service-name';

export interface StatementLine {
  id: string;
  creditPaise: Paise;
  debitPaise: Paise;
  balancePaise: Paise;
  sourceKind: string;
  sourceId: string;
  at: Date;
}

/** The balance of our account with a provider, as the provider knows it. */
export interface ProviderBalance {
  amountPaise: Paise;
  /** What can be spent of it; below zero when more was promised than is there. */
  availablePaise: Paise;
  /** How old the provider's own knowledge is: the bank that holds the account may know better. */
  refreshedAt: Date;
}

/** A payment in the provider's own list. */
export interface ListedPayment {
  /** Ours, where the list repeats it. */
  ourReference: string | null;
  providerReference: string;
  amountPaise: Paise | null;
  /** The provider's status word. */
  rawStatus: string;
  /** It moved no money, or gave it back. */
  isVoid: boolean;
}

/**
 * What we ask of every outside company, whatever it offers. Each service declares in its own folder what it
 * asks beyond this (`OffersPayouts` …); `domain/connectors.ts` puts them together.
 */
export interface Provider {
  readonly name: string;
  /** The codes with which it says why something waits or failed, in our words; others are shown as they are. */
  readonly reasons?: ReasonTable;
  /**
   * Checks breaker and rate limit before anything is written. `ok` takes `calls` (one if not said) out of the
   * rate limit, so pass `admitted: true` to each of them.
   */
  admit(service: ServiceName, calls?: number): Promise<Admission>;
  /**
   * Is the circuit breaker of a service closed? For metrics, and for dispatch to skip work while it is open.
   * Turns true again when a trial call is due.
   */
  available(service: ServiceName): boolean;
  /** Verifies over the raw bytes; fails closed. Header names are lower case. */
  checkCallback(headers: Readonly<Record<string, string | undefined>>, raw: Buffer): CallbackCheck;
  /** Throws DomainError CALLBACK_MALFORMED. */
  parseCallback(raw: Buffer): ParsedCallback;
  /**
   * The part of a callback that the API log may keep. Without it, only the event and its result are noted.
   * Never throws.
   */
  maskCallback?(raw: Buffer): unknown;
  /**
   * The provider's statement from one instant up to another (exclusive), oldest line first. Missing if the
   * provider has none. Throws DomainError PROVIDER_UNAVAILABLE.
   */
  statement?(from: Date, to: Date): AsyncIterable<StatementLine>;
  /**
   * Every payment that the provider has from our account since an instant, in any order; days are whole where
   * its list goes by days. Missing if the provider has no such list. Throws DomainError PROVIDER_UNAVAILABLE.
   */
  payments?(from: Date, to: Date): AsyncIterable<ListedPayment>;
  /** The services whose payments that list has. */
  readonly paymentsOf?: readonly ServiceName[];
  /**
   * The balance of our account there. Missing if the provider has no call for it. Throws DomainError
   * PROVIDER_UNAVAILABLE.
   */
  balance?(): Promise<ProviderBalance>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Connectors by name. */
export interface ProviderRegistry<P extends Provider = Provider> {
  /** Throws DomainError PROVIDER_UNKNOWN. */
  get(name: string): P;
  has(name: string): boolean;
  names(): readonly string[];
  /** Closes the connections of all. */
  close(): Promise<void>;
}
