import { defineErrors } from '../errors/errors';

export const SETTLEMENT_ERRORS = defineErrors({
  SETTLEMENT_NOT_FOUND: ['not_found', 'There is no such settlement', false],
});
