import { defineErrors } from '../errors/errors';

export const COMMISSION_ERRORS = defineErrors({
  COMMISSION_SCHEME_NOT_FOUND: ['not_found', 'There is no such commission scheme', false],
  COMMISSION_SCHEME_EXISTS: ['conflict', 'There is a scheme of this name, or for this scope, already', false],
  COMMISSION_RULE_INVALID: ['invalid', 'The commission rule cannot be used as it is', false],
});
