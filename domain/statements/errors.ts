import { defineErrors } from '../errors/errors';

export const STATEMENT_ERRORS = defineErrors({
  STATEMENT_SPAN_INVALID: ['invalid', 'The days of the statement are not in order', false],
  STATEMENT_TOO_LONG: ['conflict', 'The statement has too many lines for this form', false],
  BALANCE_NOT_KNOWN: ['conflict', 'The balance at that time cannot be known', false],
});
