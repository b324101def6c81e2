import { defineErrors } from '../errors/errors';

export const AUTH_ERRORS = defineErrors({
  USER_NOT_FOUND: ['not_found', 'There is no such user', false],
  SERVICE_NOT_ACTIVE: [
    'forbidden',
    'The service is not switched on for you: it was never asked for, waits for our staff, or was not used for so ' +
      'long that you must be verified again; GET /v1/me shows which',
    false,
  ],
  KEY_NOT_FOUND: ['not_found', 'There is no such API key', false],
  USER_EMAIL_TAKEN: ['conflict', 'There is an ops account with this e-mail address', false],
  OPS_ACCOUNT_EXISTS: [
    'conflict',
    'The first two ops accounts are there already; an admin makes the next, and another admin confirms it',
    false,
  ],
  OPS_CONFIRMED: ['conflict', 'The ops account needs no confirmation', false],
  OPS_FIRST_PASSWORD: [
    'conflict',
    'Its maker knows the password: the person must set one of their own first (munim ops password)',
    false,
  ],
  OPS_CONFIRM_NEEDS_ANOTHER: [
    'forbidden',
    'Another admin than the one who made the ops account must confirm it',
    false,
  ],
  AUTH_CODE_NEEDED: [
    'unauthenticated',
    'The account signs in with the code of its authenticator besides its password',
    false,
  ],
  AUTH_PROOF_NEEDED: ['forbidden', 'This asks for the code of your authenticator again', false],
  AUTHENTICATOR_IS_SET: ['conflict', 'The account has an authenticator: take it away first', false],
  AUTHENTICATOR_CODE_WRONG: ['conflict', 'The code is wrong, or was used already', false],
  AUTHENTICATOR_NEEDS_KEYS: [
    'conflict',
    'The code can be checked only where MUNIM_ENCRYPTION_KEYS is set; a recovery code will do',
    false,
  ],
  OPS_OWN_ACCOUNT: ['conflict', 'Nobody disables their own ops account', false],
  OPS_IDENTITY_NOT_TIED: ['conflict', 'The account is tied to nobody at the company', false],
});
