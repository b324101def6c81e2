/** A person or firm to be paid, in clear; lives in memory only. */
export interface BeneficiaryDetails {
  /** Our id of the beneficiary. */
  id: string;
  name: string;
  account: { kind: 'bank'; accountNumber: string; ifsc: string } | { kind: 'vpa'; address: string };
}

/**
 * The provider's ids of a beneficiary, kept so that it is registered once (`{contact, fund_account}`). Plain
 * strings without personal data.
 */
export type ProviderBeneficiaryRefs = Record<string, string>;
