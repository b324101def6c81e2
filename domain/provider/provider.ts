import type { Paise } from '../../platform/money';
import type { AepsCalls } from '../aeps/port';
import type { BillCalls } from '../bbps/port';
import type { DmtCalls } from '../dmt/port';
import type { PayoutCalls } from '../payouts/port';
import type { ServiceName } from '../posting/service-rules';
import type { RechargeCalls } from '../recharge/port';

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

/** What a caller decides for one call; limits left out are the connector's. */
export interface ProviderCallOptions {
  timeouts?: { connectMs?: number; totalMs?: number };
  /** The request is not written at or after this instant (`sent: false`, `<too late>`); checked when the connection stands, as late as can be. */
  sendBefore?: Date;
  signal?: AbortSignal;
  /** The caller holds an admission (`admit`): the rate limit is not asked a second time. */
  admitted?: boolean;
  /** The transaction that the call is about; for the API log. */
  transactionId?: string;
}

/** May a transaction be sent now? A refusal costs nothing: ask before the attempt is written. */
export type Admission = { ok: true } | { ok: false; rawStatus: string; retryAfterMs: number };

/** What an inquiry by our reference may add: the provider knows nothing of it. */
export type InquiryAnswer = ProviderOutcome | { kind: 'not_found'; rawStatus: string; httpStatus?: number };

/** What not-found allows once `send_before`, the window and the number of inquiries have passed; the provider's policy row says how long and how many. */
export type NotFoundPolicy =
  | { then: 'resend_same_key'; keyLifeMs: number }
  | { then: 'fail' }
  | { then: 'case' };

/** What every instruction to a provider says. All that decides the bytes of the request is on the attempt row, so a repeat is byte-identical. */
export interface InstructionBase {
  /** 20 characters of [0-9a-z], fresh for each attempt. */
  ourReference: string;
  /** A UUID, the same whoever sends this attempt. */
  idempotencyKey: string;
  amountPaise: Paise;
  currency: 'INR';
}

export interface PreparedRequest {
  /** Exact bytes of the request body. */
  body: string;
  /** SHA-256 of the body. */
  bodyHash: Buffer;
}

/** One queued service of a provider: an instruction is prepared, sent once, and asked about. */
export interface DispatchCalls<I extends InstructionBase = InstructionBase> {
  /** What not-found allows (see NotFoundPolicy). */
  readonly notFound: NotFoundPolicy;
  /** Builds the exact bytes of the request; pure. `bodyHash` leaves one-time passwords out. Throws DomainError PROVIDER_REJECTED for what the provider's contract cannot express. */
  prepare(instruction: I): PreparedRequest;
  /** Sends the prepared bytes once. Never throws for anything the network or the provider does. */
  send(instruction: I, prepared: PreparedRequest, options?: ProviderCallOptions): Promise<ProviderOutcome>;
  /** Asks by the provider's reference when known, else by ours. */
  inquire(target: InquiryTarget, options?: ProviderCallOptions): Promise<InquiryAnswer>;
}

/**
 * The answer to a question that moves no money (a sender's profile, a bill, plans). `refused` is the provider's definite no, with its own code;
 * `unknown` means that we could not learn it, and the same question may be asked again; with `sent: false` it certainly never left us.
 */
export type DeskAnswer<T> =
  | { ok: true; value: T }
  | {
      ok: false;
      kind: 'refused' | 'unknown';
      rawStatus: string;
      rawReason?: string;
      retryAfterMs?: number;
      sent?: false;
    };

export interface InquiryTarget {
  ourReference: string;
  providerReference?: string;
  /** When the transaction was accepted: for a provider that keeps its lists by day. */
  acceptedAt?: Date;
  /** Its success is known, or a callback says that the money came back: a connector whose provider tells that elsewhere than the success looks there too. */
  mayHaveComeBack?: true;
}

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

export interface StatementLine {
  id: string;
  creditPaise: Paise;
  debitPaise: Paise;
  balancePaise: Paise;
  sourceKind: string;
  sourceId: string;
  at: Date;
}

/**
 * A connector: what one outside company can do for us. A service that it does not offer is missing. Each service is a port of its own, declared in the
 * folder of its capability.
 */
export interface Connector {
  readonly name: string;
  /** Breaker and rate limit for one call, before anything is written. `ok` takes one call out of the rate limit: pass `admitted: true` on. */
  admit(service: ServiceName): Promise<Admission>;
  /** State of the circuit breaker of a service, for metrics and for dispatch to skip work while it is open. Turns true again when a trial call is due. */
  available(service: ServiceName): boolean;
  readonly payout?: PayoutCalls;
  readonly dmt?: DmtCalls;
  readonly bbps?: BillCalls;
  readonly recharge?: RechargeCalls;
  readonly aeps?: AepsCalls;
  /** Verifies over the raw bytes; fails closed. Header names are lower case. */
  checkCallback(headers: Readonly<Record<string, string | undefined>>, raw: Buffer): CallbackCheck;
  /** Throws DomainError CALLBACK_MALFORMED. */
  parseCallback(raw: Buffer): ParsedCallback;
  /** What of a callback may be kept in the API log; without it only its event and what became of it are noted. Never throws. */
  maskCallback?(raw: Buffer): unknown;
  /** The provider's statement from one instant up to another (exclusive), oldest first; missing where it has none. Throws DomainError PROVIDER_UNAVAILABLE. */
  statement?(from: Date, to: Date): AsyncIterable<StatementLine>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Connectors by name. */
export interface ProviderRegistry {
  /** Throws DomainError PROVIDER_UNKNOWN. */
  get(name: string): Connector;
  has(name: string): boolean;
  names(): readonly string[];
  /** Closes the connections of all. */
  close(): Promise<void>;
}
