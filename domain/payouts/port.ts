import type {
  DispatchCalls,
  InstructionBase,
  ProviderCallOptions,
  ProviderOutcome,
} from '../provider/provider';

/** A person or firm to be paid, in clear; lives in memory only. */
export interface BeneficiaryDetails {
  /** Our id of the beneficiary. */
  id: string;
  name: string;
  account: { kind: 'bank'; accountNumber: string; ifsc: string } | { kind: 'vpa'; address: string };
}

/** The provider's ids of a beneficiary, kept so that it is registered once (`{contact, fund_account}`). Plain strings without personal data. */
export type ProviderBeneficiaryRefs = Record<string, string>;

export interface PayoutInstruction extends InstructionBase {
  mode: 'IMPS' | 'NEFT' | 'RTGS' | 'UPI';
  narration: string | null;
  refs: ProviderBeneficiaryRefs;
}

export type Registration =
  | { ok: true; refs: ProviderBeneficiaryRefs }
  | { ok: false; outcome: ProviderOutcome };

/** Money out of a wallet to a bank account or VPA. */
export interface PayoutCalls extends DispatchCalls<PayoutInstruction> {
  /**
   * Makes the beneficiary known to the provider. No payout can come of it, so an outcome is `failed` (a business refusal: invalid IFSC …) or `unknown`
   * (try again later), both with `sent: false`. Calls for the same beneficiary at the same time share one flight.
   */
  registerBeneficiary(details: BeneficiaryDetails, options?: ProviderCallOptions): Promise<Registration>;
}
