import { defineErrors } from '../errors/errors';

export const CONTROL_ERRORS = defineErrors({
  WALLET_FROZEN_ALREADY: ['conflict', 'The wallet is frozen already', false],
  WALLET_NOT_FROZEN: ['conflict', 'The wallet is not frozen', false],
  LIEN_NOT_FOUND: ['not_found', 'There is no such lien', false],
  LIEN_RELEASED: ['conflict', 'The lien was released before', false],
  LIEN_OF_DISPUTE: ['conflict', 'The lien belongs to a dispute, and ends with it', false],
  LIEN_REFERENCE_USED: ['conflict', 'There is a lien with this reference on the wallet already', false],
  CREDIT_LINE_IN_USE: ['conflict', 'More of the credit line is used than the new limit allows', false],
  CREDIT_LINE_CHANGED: ['conflict', 'The credit line was changed since it was proposed', false],
});
