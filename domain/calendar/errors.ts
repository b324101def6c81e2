import { defineErrors } from '../errors/errors';

export const CALENDAR_ERRORS = defineErrors({
  CALENDAR_YEAR_MISSING: ['unavailable', 'The bank holidays of this year are not loaded', true],
  CALENDAR_OFFICE_UNKNOWN: ['not_found', 'There is no such office of the RBI', false],
  CALENDAR_RAIL_UNKNOWN: ['not_found', 'There is no such rail, or it did not run yet', false],
});
