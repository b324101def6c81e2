import type { Paise } from '../../platform/money';

/**
 * What every connector answers to. A provider's answer is data: business results are returned, never thrown.
 * `unknown` means "we could not learn it": it is never a failure, and only an inquiry or a definite answer ends it.
 */
export const OUTCOME_KINDS = ['succeeded', 'failed', 'pending', 'refund_pending', 'refunded', 'reversed', 'unknown'] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export interface ProviderOutcome {
  kind: OutcomeKind;
  /** Could the provider have seen the request? `false` only when it certainly did not (connection refused, breaker open, DNS, TLS). */
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
}

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
  /** Undefined for events that concern no transaction (a downtime notice). */
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
  /** Is the account cached? If not `registerBeneficiary` is called first; business refusals (invalid IFSC …) come back as an outcome with `sent: false`-like certainty: no payout exists. */
  registerBeneficiary(details: BeneficiaryDetails, signal?: AbortSignal): Promise<{ ok: true; refs: ProviderBeneficiaryRefs } | { ok: false; outcome: ProviderOutcome }>;
  /** Builds the exact bytes of the request; pure. */
  preparePayout(instruction: PayoutInstruction): PreparedRequest;
  /** Sends the prepared bytes once. Never throws for anything the network or the provider does. */
  sendPayout(instruction: PayoutInstruction, prepared: PreparedRequest): Promise<ProviderOutcome>;
  /** Asks by the provider's reference when known, else by ours. */
  inquirePayout(target: InquiryTarget): Promise<InquiryAnswer>;
  readonly notFound: NotFoundPolicy;
  /** Verifies over the raw bytes; fails closed. Header names are lower case. */
  checkCallback(headers: Readonly<Record<string, string | undefined>>, raw: Buffer): CallbackCheck;
  /** Throws DomainError CALLBACK_MALFORMED. */
  parseCallback(raw: Buffer): ParsedCallback;
  /** The provider's statement, oldest first, in pages. */
  statement(from: Date, to: Date): AsyncIterable<StatementLine>;
  /** State of the circuit breaker, for metrics and for dispatch to skip work while it is open. */
  available(): boolean;
}

/** Connectors by name. */
export interface ProviderRegistry {
  payout(name: string): PayoutConnector;
  has(name: string): boolean;
  names(): readonly string[];
}
