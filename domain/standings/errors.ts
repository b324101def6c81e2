import { defineErrors } from '../errors/errors';

export const STANDING_ERRORS = defineErrors({
  KYC_LIMIT_EXCEEDED: ['conflict', 'The amount is above what the KYC of the user allows', false],
});
