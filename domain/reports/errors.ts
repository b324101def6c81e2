import { defineErrors } from '../errors/errors';

export const REPORT_ERRORS = defineErrors({
  REPORT_NOT_FOUND: ['not_found', 'There is no such report', false],
  REPORT_UNKNOWN: ['invalid', 'There is no report of this name for you', false],
  REPORT_PARAMETERS_INVALID: ['invalid', 'What the report is about does not fit it', false],
  REPORT_DAYS_NOT_CLOSED: ['conflict', 'The books of these days are not closed', false],
  REPORT_NOT_READY: ['conflict', 'The report is not made yet', false],
  REPORT_OVER: ['conflict', 'The file of the report is not kept any more', false],
  REPORT_LINK_OVER: ['conflict', 'The link to the file is not good, or not any more', false],
  REPORT_TOO_LONG: ['conflict', 'The report has too many lines for this form', false],
  REPORTS_TOO_MANY: ['conflict', 'Too many reports of yours are being made', false],
});
