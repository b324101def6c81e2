import { defineErrors } from '../errors/errors';

export const OTP_ERRORS = defineErrors({
  OTP_DEAD: ['conflict', 'The one-time password was tried too often and is dead', false],
  OTP_TRIES_USED_UP: ['rate_limited', 'Too many one-time passwords were tried for this person', true],
});
