import { defineErrors } from '../errors/errors';

export const SCREENING_ERRORS = defineErrors({
  SCREENING_LIST_REFUSED: ['invalid', 'The file cannot take the place of the list', false],
  SCREENING_MISSING: ['busy', 'The name has not been compared with the list yet', true],
  SCREENING_HIT_NOT_FOUND: ['not_found', 'There is no such likeness', false],
  SCREENING_HIT_DECIDED: ['conflict', 'The likeness has been decided already', false],
});
