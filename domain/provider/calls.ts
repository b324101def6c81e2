import type { TransactionId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { InquiryAnswer, ProviderOutcome } from './outcome';

/** The options of one call; limits that are left out are the connector's. */
export interface ProviderCallOptions {
  timeouts?: { connectMs?: number; totalMs?: number };
  /**
   * The request is not written at or after this instant (`sent: false`, `<too late>`). It is checked as late
   * as possible, when the connection stands.
   */
  sendBefore?: Date;
  signal?: AbortSignal;
  /** The caller holds an admission (`admit`), so the rate limit is not charged again. */
  admitted?: boolean;
  /** Who waits for the answer: calls of one do not keep those of another waiting. */
  who?: string;
  /** The transaction of the call; for the API log. */
  transactionId?: TransactionId;
}

/**
 * May a transaction be sent now? A refusal costs nothing: ask before the attempt is written. `isClosed`: the
 * service takes no calls of ours for now; otherwise the turns of the provider's rate are used up, for all services.
 */
export type Admission =
  | { ok: true }
  | { ok: false; rawStatus: string; retryAfterMs: number; isClosed?: boolean };

/**
 * What "not found" allows once `send_before`, the window and the number of inquiries have passed. The
 * provider's policy row sets window and number.
 */
export type NotFoundPolicy =
  | { then: 'resend_same_key'; keyLifeMs: number }
  | { then: 'fail' }
  | { then: 'case' };

/**
 * The common part of every instruction. Everything that decides the bytes of the request is on the attempt
 * row, so that a repeat is byte-identical.
 */
export interface InstructionBase {
  /** 20 characters of [0-9a-z], new for each attempt. */
  ourReference: string;
  /** A UUID; the same for every process that sends this attempt. */
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
  /** What "not found" allows (see NotFoundPolicy). */
  readonly notFound: NotFoundPolicy;
  /**
   * Builds the exact bytes of the request; pure. `bodyHash` leaves one-time passwords out. Throws DomainError
   * PROVIDER_REJECTED for what the provider's contract cannot express.
   */
  prepare(instruction: I): PreparedRequest;
  /** Sends the prepared bytes once. Never throws for anything the network or the provider does. */
  send(instruction: I, prepared: PreparedRequest, options?: ProviderCallOptions): Promise<ProviderOutcome>;
  /** Asks by the provider's reference when known, else by ours. */
  inquire(target: InquiryTarget, options?: ProviderCallOptions): Promise<InquiryAnswer>;
}

/**
 * The answer to a question that moves no money (a sender's profile, a bill, plans). `refused` is the
 * provider's definite no, with its own code. `unknown` means that we could not learn the answer and may ask
 * again; with `sent: false` the question certainly never left us.
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
  /** When the transaction was accepted, for a provider that keeps its lists by day. */
  acceptedAt?: Date;
  /**
   * Set when the success is known, or a callback says that the money came back. A connector whose provider
   * reports returns elsewhere then looks there too.
   */
  mayHaveComeBack?: true;
  /**
   * Set for what a payer is waited for (a collection): asked at or after this instant, what nobody has paid or begun
   * to pay with effect has failed. Before it, a failed try is not the end.
   */
  payableUntil?: Date;
}
