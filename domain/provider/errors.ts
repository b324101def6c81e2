import { defineErrors } from '../errors/errors';

/** Refusals of questions to a provider. The code is older than the refunds of bills and recharges, which are refused by it too. */
export const DESK_ERRORS = defineErrors({
  DMT_REFUSED: ['conflict', 'The provider of money transfers refused the request', false],
});
