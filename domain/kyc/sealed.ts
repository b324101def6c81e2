import {
  sealedColumn,
  type DigestedColumns,
  type KeyedDigest,
  type SealedColumn,
} from '../../platform/encryption';

/** The sealed columns of a KYC record, and the key of a document. */
export const KYC_NAME = sealedColumn('kyc_records', 'name_sealed');
export const KYC_BORN = sealedColumn('kyc_records', 'born_sealed');
export const KYC_ADDRESS = sealedColumn('kyc_records', 'address_sealed');
export const KYC_PAN = sealedColumn('kyc_records', 'pan_sealed');
export const KYC_GSTIN = sealedColumn('kyc_records', 'gstin_sealed');
export const KYC_DOCUMENT_KEY = sealedColumn('kyc_documents', 'key_sealed');

export const KYC_SEALED: readonly SealedColumn[] = [
  KYC_NAME,
  KYC_BORN,
  KYC_ADDRESS,
  KYC_PAN,
  KYC_GSTIN,
  KYC_DOCUMENT_KEY,
];

const PURPOSE = 'kyc_pan';

/** Under every key that is valid; the first is kept. */
export function panFingerprints(digest: KeyedDigest, pan: string): readonly Buffer[] {
  return digest.every(PURPOSE, pan);
}

/** By which the same PAN is found at another user. */
export const KYC_PAN_FINGERPRINT: DigestedColumns = {
  table: 'kyc_records',
  columns: ['pan_fingerprint'],
  reads: [],
  of: (digest, { pan_sealed: pan }) => [pan === undefined ? null : digest(PURPOSE, pan)],
};
