import { defineErrors } from '../errors/errors';

export const REFUND_ERRORS = defineErrors({
  NOT_REFUNDABLE: ['conflict', 'The transaction does not wait for a refund', false],
  REFUND_OTP_MISSING: ['conflict', 'No one-time password was sent for this refund', false],
  REFUND_REFUSED: ['conflict', 'The provider refused the refund', false],
  ALREADY_REFUNDED: ['conflict', 'The transaction was refunded before', false],
});
