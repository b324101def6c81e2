import type { BeneficiaryDetails } from '../beneficiaries/details';
import type { ProviderCallOptions } from '../provider/calls';
import type { Provider } from '../provider/provider';

/**
 * Does an account exist, and whose is it? A provider finds out by a payment of a rupee (`penny_drop`), without
 * one (`penniless`), or as it thinks best (`either`). It costs money either way, and has no idempotency key:
 * **a repeat is paid again**, so nothing here is ever sent twice.
 */
export type ValidationMethod = 'penny_drop' | 'penniless' | 'either';

export interface ValidationInstruction {
  /** 20 characters of [0-9a-z], of this validation alone. */
  ourReference: string;
  method: ValidationMethod;
  beneficiary: BeneficiaryDetails;
}

/**
 * `valid` and `invalid` are what the provider found out. `failed`: it could not find out, and another
 * validation may be begun. `refused`: it did not take the request, and nothing was done. `pending`: it is
 * under way. `unknown`: we could not learn it, which is neither an answer nor a failure.
 */
export type ValidationKind = 'valid' | 'invalid' | 'failed' | 'refused' | 'pending' | 'unknown';

export interface ValidationAnswer {
  kind: ValidationKind;
  /** `false` only if nothing can have come of this request (see `ProviderOutcome`). */
  sent: boolean;
  /** The provider's status word, or our own in angle brackets. */
  rawStatus: string;
  /** The provider's own reason code. */
  rawReason?: string;
  providerReference?: string;
  /** The name that the bank has. Personal: it is sealed by whoever keeps it. */
  registeredName?: string;
  /** How far it is the name that we gave, 0 to 100, rounded down; undefined where nobody says. */
  nameScore?: number;
  utr?: string;
  /** The earliest time for another try, if the provider or our own limit gave one. */
  retryAfterMs?: number;
}

export interface ValidationTarget {
  ourReference: string;
  providerReference?: string;
}

export interface ValidationCalls {
  /** The kinds of account that the provider validates. */
  readonly kinds: readonly BeneficiaryDetails['account']['kind'][];
  /** Sends once. Never throws for anything the network or the provider does. */
  validate(instruction: ValidationInstruction, options?: ProviderCallOptions): Promise<ValidationAnswer>;
  /**
   * Asks how one stands; costs nothing. Missing where the provider has no such question. One that it does not
   * show may exist all the same: that is `unknown`.
   */
  inquire?(target: ValidationTarget, options?: ProviderCallOptions): Promise<ValidationAnswer>;
}

/** A provider that validates accounts. */
export interface OffersValidations extends Provider {
  readonly validation?: ValidationCalls;
}
