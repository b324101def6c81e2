import type { BeneficiaryDetails, ProviderBeneficiaryRefs } from '../beneficiaries/details';
import type { Provider } from '../provider/provider';
import type { DispatchCalls, InstructionBase, ProviderCallOptions } from '../provider/calls';
import type { ProviderOutcome } from '../provider/outcome';

export interface PayoutInstruction extends InstructionBase {
  mode: 'IMPS' | 'NEFT' | 'RTGS' | 'UPI';
  narration: string | null;
  refs: ProviderBeneficiaryRefs;
}

/** `refs` of one that failed: what was made before it stopped, from which the next try goes on. */
export type Registration =
  | { ok: true; refs: ProviderBeneficiaryRefs }
  | { ok: false; outcome: ProviderOutcome; refs?: ProviderBeneficiaryRefs };

export interface RegistrationOptions extends ProviderCallOptions {
  /** The ids that earlier tries have made. */
  known?: ProviderBeneficiaryRefs;
}

/** A provider that may offer this service. */
export interface OffersPayouts extends Provider {
  readonly payout?: PayoutCalls;
}

/** Money out of a wallet to a bank account or VPA. */
export interface PayoutCalls extends DispatchCalls<PayoutInstruction> {
  /**
   * Registers the beneficiary with the provider. This cannot cause a payout, so an outcome is `failed` (a
   * business refusal: invalid IFSC …) or `unknown` (try again later), both with `sent: false`. Concurrent
   * calls for the same beneficiary share one request.
   */
  registerBeneficiary(details: BeneficiaryDetails, options?: RegistrationOptions): Promise<Registration>;
  /** How many calls registering still takes with the ids that are known; none when they are complete. */
  callsToRegister(known: ProviderBeneficiaryRefs): number;
}
