import { defineErrors } from '../errors/errors';

export const CONSENT_ERRORS = defineErrors({
  CONSENT_WORDS_UNKNOWN: ['invalid', 'These are not the words of the consent that is asked for now', false],
  CONSENT_NOT_FOUND: ['not_found', 'There is no such consent in force', false],
});
