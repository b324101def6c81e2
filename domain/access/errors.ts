import { defineErrors } from '../errors/errors';

export const ACCESS_ERRORS = defineErrors({
  OPS_ROLE_MISSING: [
    'forbidden',
    'The role of the ops account does not allow this, or another admin has not confirmed the account yet',
    false,
  ],
});
