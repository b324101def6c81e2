import { defineErrors } from '../errors/errors';

export const CASE_ERRORS = defineErrors({
  CASE_NOT_FOUND: ['not_found', 'There is no such case', false],
  CASE_CLOSED: ['conflict', 'The case is closed', false],
  CASE_CHOICE_NOT_OFFERED: ['conflict', 'The case does not offer this choice', false],
});
