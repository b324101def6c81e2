import { defineErrors } from '../errors/errors';

export const COLLECTION_ERRORS = defineErrors({
  COLLECTION_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of collections', false],
  COLLECTION_CONFIRMATION_REFUSED: ['invalid', 'The checkout has not signed this', false],
  COLLECTION_NOT_FOUND: ['not_found', 'There is no such collection', false],
});
