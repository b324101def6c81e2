import { defineErrors } from '../errors/errors';

export const PAYEE_ERRORS = defineErrors({
  BENEFICIARY_NOT_FOUND: ['not_found', 'There is no such beneficiary', false],
  BENEFICIARY_ARCHIVED: ['conflict', 'The beneficiary was archived: add it again first', false],
  BENEFICIARY_NEW: ['conflict', 'The beneficiary is new: so much may not be paid to it yet', false],
  BENEFICIARIES_USED_UP: ['conflict', 'No more new beneficiaries are taken today', false],
  BENEFICIARY_CHECKS_USED: ['conflict', 'No more accounts are verified for you today', false],
  BENEFICIARY_NOT_VERIFIABLE: ['conflict', 'Nobody verifies accounts of this kind', false],
});
