import { defineErrors } from '../errors/errors';

export const REFUND_ERRORS = defineErrors({
  DMT_NOT_REFUNDABLE: ['conflict', 'The transaction does not wait for a refund', false],
  DMT_REFUND_OTP_MISSING: ['conflict', 'No one-time password was sent for this refund', false],
  DMT_REFUND_REFUSED: ['conflict', 'The provider refused the refund', false],
  DMT_ALREADY_REFUNDED: ['conflict', 'The transaction was refunded before', false],
});
