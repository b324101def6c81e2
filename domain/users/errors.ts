import { defineErrors } from '../errors/errors';

export const USER_ERRORS = defineErrors({
  USER_CONTACT_TAKEN: [
    'conflict',
    'The mobile number or the e-mail address is in use already: take another one, or ask our staff',
    false,
  ],
  USER_PLACE_INVALID: [
    'conflict',
    'A user of this type cannot stand there: docs/users.md says which type stands below which',
    false,
  ],
  USER_STAGE_REFUSED: [
    'conflict',
    'The user cannot make this move now, or you may not make it for them: docs/users.md says who may',
    false,
  ],
  USER_HAS_USERS_BELOW: ['conflict', 'Somebody stands below the user: move or close them first', false],
  USER_HAS_MONEY: [
    'conflict',
    'The user has money, something under way or an open dispute: empty the wallets and wait for the ends first',
    false,
  ],
  USER_HAS_COMMISSION: [
    'conflict',
    'Commission of the user is not paid yet: wait until the night or the month has paid it, and empty the wallets then',
    false,
  ],
  USER_MOVE_OPEN: ['conflict', 'A move of the user is waiting already: cancel it first', false],
  USER_MOVE_NOT_FOUND: ['not_found', 'No move of the user is waiting', false],
  IMPORT_NOT_FOUND: ['not_found', 'There is no such import', false],
  IMPORT_HEADER_INVALID: [
    'invalid',
    'The first line of the file must name its columns: docs/users.md lists them',
    false,
  ],
  IMPORT_FILE_INVALID: [
    'invalid',
    'The file is not CSV in UTF-8, is empty, or has too many lines: docs/users.md says how it must be',
    false,
  ],
});
