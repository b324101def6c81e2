import { sealedColumn, type DigestedColumns, type KeyedDigest } from '../../platform/encryption';

/** The mobile number that is recharged. */
export const RECHARGED_MOBILE = sealedColumn('recharges', 'mobile_sealed', 'transaction_id');

/** By which it is found again. */
export const RECHARGED_FINGERPRINT: DigestedColumns = {
  table: 'recharges',
  columns: ['mobile_fingerprint'],
  reads: [],
  of: (digest, { mobile_sealed: mobile }) => [mobileFingerprints(digest, mobile!)[0]!],
};

/** Finds recharges of a number again: keyed hashes, under every key that is valid; the first is kept. */
export function mobileFingerprints(digest: KeyedDigest, mobile: string): readonly Buffer[] {
  return digest.every('recharge-mobile', mobile);
}
