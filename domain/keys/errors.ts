import { defineErrors } from '../errors/errors';

export const KEY_ERRORS = defineErrors({
  KEY_STILL_NEEDED: ['conflict', 'Values are still sealed with the key', false],
  KEY_UNKNOWN: ['not_found', 'The database was used with no such key', false],
});
