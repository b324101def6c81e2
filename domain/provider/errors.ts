import { defineErrors } from '../errors/errors';

/**
 * A provider's refusal of a question. The code is older than the refunds of bills and recharges, which use it
 * too.
 */
export const DESK_ERRORS = defineErrors({
  DMT_REFUSED: ['conflict', 'The provider of money transfers refused the request', false],
});
