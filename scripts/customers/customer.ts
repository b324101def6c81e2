import type { ServiceName } from '../../domain/provider/service-name';
import type { BookName } from '../mix/provider-books';

/** One request of a customer to the API. */
export interface ServiceRequest {
  service: ServiceName;
  path: string;
  body: string;
  /** Asked for before: a one-time password of the customer, whose id goes into the body. */
  otp?: { path: string; body: string };
}

/**
 * Of a thousand orders, how many end like each scenario. The last four characters choose the ending
 * (sandbox/README.md).
 */
export type Shares = readonly (readonly [ending: string, share: number])[];

/** `IN REVIEW`: the success came after the terminal's deadline, and a person decides. */
export type CounterEnd = 'SUCCESS' | 'FAILED' | 'REVERSED' | 'REFUNDED' | 'IN REVIEW';

/** The differences of a scenario from the way a payout ends. */
export interface Rule {
  ends: CounterEnd | readonly CounterEnd[];
  /** The provider's status word; null if nothing is in its book. */
  atProvider?: string | null;
  /** A description for the table. */
  what?: string;
  /**
   * The provider gives it back and tells nobody. We learn it when the success is asked about again: from the next
   * day on, or as soon as somebody doubts it.
   */
  isDoubted?: true;
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
 * A customer of a service, and how its orders must end. Demo, benchmark mix and interruption runs all take
 * their customers from here; a service without one is left out of them.
 */
export interface Customer {
  service: ServiceName;
  /** The name shown to people: "money transfer". */
  title: string;
  /** Of a thousand orders of an interruption run, how many are for this service. */
  share: number;
  endings: Shares;
  /** Missing for payouts, whose book is read separately. */
  book?: CounterBook;
  rules?: Readonly<Record<string, Rule>>;
  /**
   * The answer may already carry the result (200); the terminal then reports whether the cash was handed out.
   */
  isAnsweredAtOnce?: true;
  /** Cases that customers cause by dying or being late; any other case is an error. */
  cases?: readonly string[];
}

export function request(service: ServiceName, path: string, body: Record<string, unknown>): ServiceRequest {
  return { service, path, body: JSON.stringify({ currency: 'INR', ...body }) };
}

/** The body of an order with the id of its one-time password; undefined if the answer says of none that it was sent. */
export function bodyWithOtp(body: string, answer: { status: number; text: string }): string | undefined {
  if (answer.status !== 200) return undefined;
  const { id, state } = JSON.parse(answer.text) as { id: string; state: string };
  return state === 'sent' ? JSON.stringify({ ...(JSON.parse(body) as object), otp_request: id }) : undefined;
}

/** The last digits of a number, as many as are wanted. */
export function digits(n: number, count: number): string {
  return String(n % 10 ** count).padStart(count, '0');
}
