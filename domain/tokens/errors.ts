import { defineErrors } from '../errors/errors';

export const TOKEN_ERRORS = defineErrors({
  SESSION_OVER: [
    'unauthenticated',
    'The refresh token is not valid, was used before or has ended: sign in again',
    false,
  ],
  SESSION_NOT_FOUND: ['not_found', 'There is no such session', false],
  DEVICE_NOT_FOUND: ['not_found', 'There is no such device', false],
});
