import { defineErrors } from '../errors/errors';

export const CAPTURE_ERRORS = defineErrors({
  CAPTURE_USED: ['conflict', 'The capture of the finger was used before', false],
  CAPTURE_UNFIT: ['invalid', 'The finger was not captured as the bank of its owner takes it', false],
});
