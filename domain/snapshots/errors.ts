import { defineErrors } from '../errors/errors';

export const SNAPSHOT_ERRORS = defineErrors({
  SNAPSHOT_DIFFERS: ['internal', 'The transfers of a day do not come to the balance of its end', false],
});
