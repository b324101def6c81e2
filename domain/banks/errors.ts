import { defineErrors } from '../errors/errors';

export const BANK_ERRORS = defineErrors({
  IFSC_ENDED: ['invalid', 'The IFSC is not in use any more', false],
  BANK_CLOSED: ['invalid', 'The bank is closed', false],
  BANK_NOT_ON_RAIL: ['invalid', 'The bank cannot be reached in this way', false],
});
