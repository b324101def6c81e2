import { sealedColumn } from '../../platform/encryption';

export const SENDER_MOBILE = sealedColumn('dmt_senders', 'mobile_sealed');
export const RECIPIENT_NAME = sealedColumn('dmt_recipients', 'name_sealed');
export const RECIPIENT_ACCOUNT = sealedColumn('dmt_recipients', 'account_sealed');
/** The one-time password of a transfer, until it is sent. */
export const TRANSFER_OTP = sealedColumn('dmt_transfers', 'otp_sealed', 'transaction_id');
