import { defineErrors } from '../errors/errors';

export const DMT_ERRORS = defineErrors({
  DMT_SENDER_NOT_FOUND: ['not_found', 'There is no such sender', false],
  DMT_RECIPIENT_NOT_FOUND: ['not_found', 'There is no such recipient', false],
  DMT_TRANSFER_NOT_FOUND: ['not_found', 'There is no such transfer', false],
  DMT_SENDER_NOT_ACTIVE: ['conflict', 'The sender may not send money yet', false],
  DMT_EKYC_NOT_STARTED: ['conflict', 'No eKYC of the sender waits for a one-time password', false],
  DMT_PHONE_OTP_MISSING: ['conflict', 'No one-time password was sent to the phone of the sender', false],
  DMT_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of a money transfer', false],
  DMT_OTP_REFERENCE_INVALID: ['invalid', 'The one-time password was not sent for this part', false],
  DMT_OTP_USED: ['conflict', 'The one-time password was used for another transfer', false],
  DMT_NEW_OTP_NOT_AWAITED: ['conflict', 'The part waits for no new one-time password', false],
  DMT_OTP_EXPIRED: ['conflict', 'The one-time password is too old, or was given up unused', false],
  DMT_DUPLICATE_SUSPECTED: ['conflict', 'The same amount was sent to the same recipient moments ago', false],
});
