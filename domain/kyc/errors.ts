import { defineErrors } from '../errors/errors';

export const KYC_ERRORS = defineErrors({
  KYC_DOCUMENT_REFUSED: ['invalid', 'The file cannot be taken as a document', false],
  KYC_DOCUMENTS_FULL: ['conflict', 'The record has as many documents as it may have', false],
  KYC_RECORD_NOT_FOUND: ['not_found', 'There is no such KYC record', false],
  KYC_DOCUMENT_NOT_FOUND: ['not_found', 'There is no such document', false],
  KYC_RECORD_SUBMITTED: ['conflict', 'The details are being checked and cannot be changed now', false],
  KYC_RECORD_NOT_WAITING: ['conflict', 'The record does not wait for a decision', false],
  KYC_RECORD_INCOMPLETE: ['conflict', 'The record lacks something that its tier asks for', false],
  KYC_PAN_MISMATCH: ['invalid', 'The PAN does not fit the kind of holder, or the GSTIN', false],
  KYC_ACCOUNT_CHECKS_USED: ['rate_limited', 'No more bank accounts can be looked up today', true],
  KYC_CONSENT_MISSING: ['conflict', 'The person has not consented to this', false],
  KYC_SCREENING_OPEN: ['conflict', 'A likeness to a listed name has not been looked at', false],
});
