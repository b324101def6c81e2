import { defineErrors } from '../errors/errors';

export const AUTH_ERRORS = defineErrors({
  USER_NOT_FOUND: ['not_found', 'There is no such user', false],
  KEY_NOT_FOUND: ['not_found', 'There is no such API key', false],
  USER_EMAIL_TAKEN: ['conflict', 'There is an ops account with this e-mail address', false],
  OPS_ACCOUNT_EXISTS: ['conflict', 'There are ops accounts already; one of them makes the next', false],
  OPS_OWN_ACCOUNT: ['conflict', 'Nobody disables their own ops account', false],
});
