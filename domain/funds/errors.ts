import { defineErrors } from '../errors/errors';

export const FUNDS_ERRORS = defineErrors({
  FUNDS_REFERENCE_USED: ['conflict', 'This line of the bank statement was booked before', false],
  FUNDS_ALREADY_MOVED: ['conflict', 'This move was made before', false],
  FUNDS_NOTHING_OWED: ['conflict', 'The provider does not owe so much', false],
  FUNDS_USER_DISABLED: ['conflict', 'The user is disabled', false],
  FUND_REQUEST_NOT_FOUND: ['not_found', 'There is no such fund request', false],
  FUND_REQUEST_NOT_TAKEN: ['conflict', 'Money is not taken at this bank account in this way', false],
  FUND_REQUEST_AMOUNT_INVALID: ['invalid', 'The amount is outside the limits of a request for funds', false],
  FUND_REQUEST_DATE_INVALID: ['invalid', 'The day of payment is not one for which money can be asked', false],
  FUND_REQUEST_UTR_USED: ['conflict', 'There is a fund request with this UTR already', false],
  FUND_REQUEST_DECIDED: ['conflict', 'The fund request has been decided already', false],
});
