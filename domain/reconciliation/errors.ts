import { defineErrors } from '../errors/errors';

export const RECONCILIATION_ERRORS = defineErrors({
  RECON_SOURCE_UNKNOWN: ['not_found', 'There is no such source of reports', false],
  RECON_FILE_REFUSED: ['invalid', 'The file cannot be read, and nothing of it was imported', false],
  RECON_REPORT_MISSING: ['conflict', 'No report of that day has been imported', false],
  RECON_BREAK_NOT_FOUND: ['not_found', 'There is no such break', false],
  RECON_BREAK_RESOLVED: ['conflict', 'The break is resolved', false],
  RECON_OWNER_UNKNOWN: ['invalid', 'The owner is nobody of the active staff', false],
  RECON_CHOICE_NOT_OFFERED: ['conflict', 'The break does not offer this choice', false],
  RECON_CANDIDATE_UNKNOWN: ['invalid', 'The transaction is none of the candidates of the break', false],
  RECON_LINK_TAKEN: ['conflict', 'The row, or that part of the transaction, is matched already', false],
});
