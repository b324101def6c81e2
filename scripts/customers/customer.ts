import type { ServiceName } from '../../domain/provider/service-name';
import type { BookName } from '../mix/provider-books';

/** One request of a customer to the API. */
export interface ServiceRequest {
  service: ServiceName;
  path: string;
  body: string;
}

/**
 * How many of a thousand orders end like each scenario; the ending is in the last four characters
 * (sandbox/README.md).
 */
export type Shares = readonly (readonly [ending: string, share: number])[];

/** `IN REVIEW`: the success was learnt after the terminal's time was over, and a person decides. */
export type CounterEnd = 'SUCCESS' | 'FAILED' | 'REVERSED' | 'REFUNDED' | 'IN REVIEW';

/** What of a scenario differs from how a payout ends. */
export interface Rule {
  ends: CounterEnd | readonly CounterEnd[];
  /** The provider's own word for it; null: it has nothing in its book. */
  atProvider?: string | null;
  /** For the table. */
  what?: string;
  /**
   * The provider has reversed it, and we hear of it when successes are asked about again, from tomorrow on.
   */
  isHeardLater?: true;
  /** The money comes back only with the customer's consent, by one-time password. */
  needsConsent?: true;
}

/** The provider that serves it, the name of its book, and its words for done, failed and given back. */
export interface CounterBook {
  book: BookName;
  provider: string;
  done: string;
  failed: string;
  back: string;
}

/**
 * Who asks for a service, and what it must come to. The demo, the mix of the benchmarks and the interruption
 * runs take it from here; a service that is not here is asked for by none of them.
 */
export interface Customer {
  service: ServiceName;
  /** For people: "money transfer". */
  title: string;
  /** Of a thousand orders of an interruption run, how many are for it. */
  share: number;
  endings: Shares;
  /** Missing for payouts, whose book is read by itself. */
  book?: CounterBook;
  rules?: Readonly<Record<string, Rule>>;
  /**
   * The terminal may be told the end with the answer (200), and says then whether the cash was handed out.
   */
  isAnsweredAtOnce?: true;
  /** Cases that its customers leave by dying or coming late; any other says that something went wrong. */
  cases?: readonly string[];
}

export function request(service: ServiceName, path: string, body: Record<string, unknown>): ServiceRequest {
  return { service, path, body: JSON.stringify({ currency: 'INR', ...body }) };
}

/** The last digits of a number, as many as are wanted. */
export function digits(n: number, count: number): string {
  return String(n % 10 ** count).padStart(count, '0');
}
