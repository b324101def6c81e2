import { defineErrors } from '../errors/errors';

export const PAYOUT_FILE_ERRORS = defineErrors({
  PAYOUT_FILE_NOT_FOUND: ['not_found', 'There is no such file of payouts', false],
  PAYOUT_FILE_INVALID: [
    'invalid',
    'The file is not CSV in UTF-8, is empty, or has too many lines: docs/services/payout-files.md says how it must be',
    false,
  ],
  PAYOUT_FILE_HEADER_INVALID: [
    'invalid',
    'The first line of the file must name its columns: docs/services/payout-files.md lists them',
    false,
  ],
  PAYOUT_FILE_TOTALS_DIFFER: [
    'conflict',
    'The number of lines or their sum is not the one that you tell: look at the file again',
    false,
  ],
  PAYOUT_FILE_KNOWN: [
    'conflict',
    'This file was brought before: use that one. Only one that was not released can be cancelled and brought again',
    false,
  ],
  PAYOUT_FILE_REFERENCE_TWICE: ['conflict', 'An earlier line of the file has this reference', false],
  PAYOUT_FILE_OVER: [
    'conflict',
    'The file is over, or it was released already: read it to see what became of it',
    false,
  ],
  PAYOUT_FILE_OWN: [
    'forbidden',
    'Whoever brought a file does not release it: another key, program or person does',
    false,
  ],
});
