import type { Paise } from '../../platform/money';

/** What is collected for: the main wallet of whoever asks. */
export const COLLECTION_KINDS = ['wallet_load'] as const;
export type CollectionKind = (typeof COLLECTION_KINDS)[number];

/** A collection as requested, with checked fields. */
export interface CollectionRequest {
  kind: CollectionKind;
  amountPaise: Paise;
  currency: 'INR';
  reference: string;
  /** Where the payer's browser goes afterwards. */
  returnUrl: string | null;
}
