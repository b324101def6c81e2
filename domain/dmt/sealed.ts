import { sealedColumn, type DigestedColumns, type KeyedDigest } from '../../platform/encryption';
import { phoneDigests } from '../otp/rules';

export const SENDER_MOBILE = sealedColumn('dmt_senders', 'mobile_sealed');
export const RECIPIENT_NAME = sealedColumn('dmt_recipients', 'name_sealed');
export const RECIPIENT_ACCOUNT = sealedColumn('dmt_recipients', 'account_sealed');
/** The one-time password of a transfer, until it is sent. */
export const TRANSFER_OTP = sealedColumn('dmt_transfers', 'otp_sealed', 'transaction_id');

/** By which a sender is found again, and their passwords are counted. */
export const SENDER_FINGERPRINTS: DigestedColumns = {
  table: 'dmt_senders',
  columns: ['mobile_fingerprint', 'other_fingerprint'],
  filled: ['other_fingerprint'],
  reads: [],
  of(digest, { mobile_sealed: mobile }) {
    const [first, other] = phoneDigests(digest, mobile!);
    return [first!, other ?? null];
  },
};

/** By which it is seen whether the provider's record has changed. */
export const RECIPIENT_FINGERPRINT: DigestedColumns = {
  table: 'dmt_recipients',
  columns: ['fingerprint'],
  reads: ['t.ifsc'],
  of: (digest, { name_sealed: name, account_sealed: accountNumber }, [ifsc]) => [
    recipientFingerprints(digest, { name: name!, accountNumber: accountNumber!, ifsc: ifsc! })[0]!,
  ],
};

/** Under every key that is valid; the first is kept. */
export function recipientFingerprints(
  digest: KeyedDigest,
  r: { name: string; accountNumber: string; ifsc: string },
): readonly Buffer[] {
  return digest.every('dmt recipient', JSON.stringify([r.name, r.accountNumber, r.ifsc]));
}
