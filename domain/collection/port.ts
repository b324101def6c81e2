import type { DeskAnswer, DispatchCalls, InstructionBase } from '../provider/calls';
import type { Provider } from '../provider/provider';

export interface CollectionInstruction extends InstructionBase {
  /** Until when it may be paid. */
  expiresAt: Date;
  /** Where the payer's browser goes afterwards, which says nothing of the payment. */
  returnUrl: string | null;
  /** The payer as the provider's form wants them: our id of the user. */
  payer: { id: string };
}

/** What an app needs to show the provider's checkout. Nothing of it is secret. */
export interface Checkout {
  order: string;
  key: string | null;
  url: string;
}

/** What the provider's checkout handed to the app, which anyone could have written. */
export interface CheckoutReturn {
  order: string;
  payment: string;
  signature: string;
}

/** A provider that may offer this service. */
export interface OffersCollection extends Provider {
  readonly collection?: CollectionCalls;
}

/**
 * An order that somebody pays on the provider's page. Sending it moves no money. Whether it was paid is learnt by
 * inquiry alone, of the order and its payments.
 */
export interface CollectionCalls extends DispatchCalls<CollectionInstruction> {
  /** `returnUrl`: where the payer's browser goes when it is done. */
  checkout(order: string, returnUrl?: string | null): Promise<DeskAnswer<Checkout>>;
  /** True if the provider's checkout signed it for our account. */
  isFromCheckout(told: CheckoutReturn): boolean;
}
