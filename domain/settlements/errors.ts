import { defineErrors } from '../errors/errors';

export const SETTLEMENT_ERRORS = defineErrors({
  SETTLEMENT_NOT_FOUND: ['not_found', 'There is no such settlement', false],
  SETTLEMENT_FILE_NOT_FOUND: ['not_found', 'There is no such file of settlements', false],
  SETTLEMENT_FILE_EMPTY: ['conflict', 'Nothing waits for a file to this bank', false],
  SETTLEMENT_FILE_STATE: ['conflict', 'The state of the file does not allow it', false],
  SETTLEMENT_FILE_NO_KEYS: [
    'unavailable',
    'Files to the bank need MUNIM_ENCRYPTION_KEYS, which this process does not have',
    true,
  ],
  SETTLEMENT_ANSWER_NOT_FOUND: ['not_found', 'There is no such answer of a bank', false],
  SETTLEMENT_ANSWER_KNOWN: [
    'conflict',
    'This answer of the bank took effect before answers were kept, or is one to another bank account',
    false,
  ],
  SETTLEMENT_ANSWER_MOVED: [
    'conflict',
    'The answer would do something else now than when it was proposed',
    false,
  ],
  SETTLEMENT_END_REFUSED: ['conflict', 'Persons cannot say now how the settlement ended', false],
  SETTLEMENT_RESPONSE_REFUSED: [
    'invalid',
    'The answer of the bank cannot be read, and nothing of it was kept',
    false,
  ],
});
