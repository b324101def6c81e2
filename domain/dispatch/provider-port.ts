import type { Paise } from '../../platform/money';

/**
 * What every connector answers to. A provider's answer is data: business results are returned, never thrown.
 * `unknown` means "we could not learn it": it is never a failure, and only an inquiry or a definite answer ends it.
 */
export const OUTCOME_KINDS = ['succeeded', 'failed', 'pending', 'refund_pending', 'refunded', 'reversed', 'unknown'] as const;
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
  /** For people, without personal data. */
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
}

/** May a payout be sent now? A refusal costs nothing: ask before the attempt is written. */
export type Admission = { ok: true } | { ok: false; rawStatus: string; retryAfterMs: number };

/** What an inquiry by our reference may add: the provider knows nothing of it. */
export type InquiryAnswer = ProviderOutcome | { kind: 'not_found'; rawStatus: string; httpStatus?: number };

/** What not-found allows once `send_before` and the window have passed. */
export type NotFoundPolicy = { then: 'resend_same_key'; keyLifeMs: number } | { then: 'fail'; afterMs: number; inquiries: number } | { then: 'case' };

/** A person or firm to be paid, in clear; lives in memory only. */
export interface BeneficiaryDetails {
  /** Our id of the beneficiary. */
  id: string;
  name: string;
  account: { kind: 'bank'; accountNumber: string; ifsc: string } | { kind: 'vpa'; address: string };
}

/** The provider's ids of a beneficiary, kept so that it is registered once (`{contact, fund_account}`). Plain strings without personal data. */
export type ProviderBeneficiaryRefs = Record<string, string>;

/** Everything that decides the bytes of a payout request; all of it is on the attempt row, so a repeat is byte-identical. */
export interface PayoutInstruction {
  ourReference: string;
  idempotencyKey: string;
  amountPaise: Paise;
  currency: 'INR';
  mode: 'IMPS' | 'NEFT' | 'RTGS' | 'UPI';
  narration: string | null;
  refs: ProviderBeneficiaryRefs;
}

export interface PreparedRequest {
  /** Exact bytes of the request body. */
  body: string;
  /** SHA-256 of the body. */
  bodyHash: Buffer;
}

export interface InquiryTarget { ourReference: string; providerReference?: string }

/** A callback read out of its raw bytes. */
export interface ParsedCallback {
  /** The provider's event name (`payout.processed`). */
  event: string;
  /** Undefined for events that concern no transaction (a downtime notice). A target without an outcome says: something changed, ask. */
  target?: { ourReference?: string; providerReference?: string; amountPaise?: Paise; refs?: ProviderBeneficiaryRefs };
  outcome?: ProviderOutcome;
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

export interface PayoutConnector {
  readonly name: string;
  /** Breaker and rate limit for one payout, before anything is written. `ok` takes one call out of the rate limit: pass `admitted: true` on. */
  admit(): Promise<Admission>;
  /**
   * Makes the beneficiary known to the provider. No payout can come of it, so an outcome is `failed` (a business refusal: invalid IFSC …) or `unknown`
   * (try again later), both with `sent: false`. Calls for the same beneficiary at the same time share one flight.
   */
  registerBeneficiary(details: BeneficiaryDetails, options?: ProviderCallOptions): Promise<{ ok: true; refs: ProviderBeneficiaryRefs } | { ok: false; outcome: ProviderOutcome }>;
  /** Builds the exact bytes of the request; pure. Throws DomainError PROVIDER_REJECTED for what the provider's contract cannot express. */
  preparePayout(instruction: PayoutInstruction): PreparedRequest;
  /** Sends the prepared bytes once. Never throws for anything the network or the provider does. */
  sendPayout(instruction: PayoutInstruction, prepared: PreparedRequest, options?: ProviderCallOptions): Promise<ProviderOutcome>;
  /** Asks by the provider's reference when known, else by ours. */
  inquirePayout(target: InquiryTarget, options?: ProviderCallOptions): Promise<InquiryAnswer>;
  readonly notFound: NotFoundPolicy;
  /** Verifies over the raw bytes; fails closed. Header names are lower case. */
  checkCallback(headers: Readonly<Record<string, string | undefined>>, raw: Buffer): CallbackCheck;
  /** Throws DomainError CALLBACK_MALFORMED. */
  parseCallback(raw: Buffer): ParsedCallback;
  /** The provider's statement from one instant up to another (exclusive), oldest first. Throws DomainError PROVIDER_UNAVAILABLE. */
  statement(from: Date, to: Date): AsyncIterable<StatementLine>;
  /** State of the circuit breaker, for metrics and for dispatch to skip work while it is open. Turns true again when a trial call is due. */
  available(): boolean;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Connectors by name. */
export interface ProviderRegistry {
  payout(name: string): PayoutConnector;
  has(name: string): boolean;
  names(): readonly string[];
  /** Closes the connections of all. */
  close(): Promise<void>;
}
