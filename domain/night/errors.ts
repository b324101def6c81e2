import { defineErrors } from '../errors/errors';

export const NIGHT_ERRORS = defineErrors({
  NIGHT_NOT_FOUND: ['not_found', 'There is no night of this day', false],
  NIGHT_NOT_ENDED: ['conflict', 'The business day is not over yet', false],
  NIGHT_OUT_OF_ORDER: ['conflict', 'Nights are done in the order of their days', false],
});
