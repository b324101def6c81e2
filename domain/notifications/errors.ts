import { defineErrors } from '../errors/errors';

export const NOTIFICATION_ERRORS = defineErrors({
  NOTIFICATION_NOT_FOUND: ['not_found', 'There is no such message, or it was deleted after its time', false],
});
