import { defineErrors } from '../errors/errors';

export const SIGN_IN_ERRORS = defineErrors({
  SIGN_IN_FAILED: ['unauthenticated', 'The number or address, or the password, is wrong', false],
  CODE_WRONG: ['unauthenticated', 'The code is wrong, too old, used already, or was tried too often', false],
  PASSWORD_REFUSED: ['invalid', 'The password is too easy to guess', false],
  PASSWORD_WRONG: ['forbidden', 'Your present password is wrong', false],
  CONTACT_TAKEN: ['conflict', 'The number or address belongs to another account', false],
  SESSION_NEEDED: ['forbidden', 'This is for people who have signed in, not for API keys', false],
  PAYOUTS_REST: ['conflict', 'Payouts rest for a while after this account was changed', false],
});
