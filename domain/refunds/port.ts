import type { DeskAnswer, InquiryTarget, ProviderCallOptions } from '../provider/calls';
import type { ProviderOutcome } from '../provider/outcome';
import type { Provider } from '../provider/provider';

/**
 * Refunds of transactions that failed after the provider took the money. The provider sends the customer a
 * one-time password and pays the money back in return for it. It identifies the transaction by its own
 * reference, whatever the service was.
 */
export interface RefundCalls {
  /** Has the provider send the customer the one-time password that consents to the refund. */
  sendRefundOtp(
    providerReference: string,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ otpRef: string }>>;
  /**
   * Asks for the refund with the customer's one-time password. `refunded` and `failed` (a refused password)
   * are definite; anything else is `unknown`, and an inquiry finds out.
   */
  refund(
    target: Required<Pick<InquiryTarget, 'ourReference' | 'providerReference'>>,
    otp: string,
    otpRef: string,
    options?: ProviderCallOptions,
  ): Promise<ProviderOutcome>;
}

/** A provider that can refund against the customer's consent. */
export interface OffersRefunds extends Provider {
  readonly refunds?: RefundCalls;
}
