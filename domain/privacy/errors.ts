import { defineErrors } from '../errors/errors';

export const PRIVACY_ERRORS = defineErrors({
  DATA_REQUEST_NOT_FOUND: ['not_found', 'There is no such request about data', false],
  DATA_REQUEST_OPEN: ['conflict', 'There is an open request of this kind about the user', false],
  DATA_REQUEST_DECIDED: ['conflict', 'The request about data is decided', false],
  DATA_REQUEST_USER_OPEN: ['conflict', 'What a user works with is erased when the account is closed', false],
  DATA_REQUESTS_USED_UP: [
    'conflict',
    'You have asked for this often of late: ask again in some weeks',
    false,
  ],
  DATA_EXPORT_NOT_GRANTED: ['conflict', 'The export was not granted, or its time is over', false],
});
