import { defineErrors } from '../errors/errors';

export const FUNDS_ERRORS = defineErrors({
  FUNDS_REFERENCE_USED: ['conflict', 'This line of the bank statement was booked before', false],
  FUNDS_ALREADY_MOVED: ['conflict', 'This move was made before', false],
  FUNDS_USER_DISABLED: ['conflict', 'The user is disabled', false],
});
