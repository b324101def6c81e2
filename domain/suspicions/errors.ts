import { defineErrors } from '../errors/errors';

export const SUSPICION_ERRORS = defineErrors({
  RISK_NOT_A_FINDING: ['conflict', 'No rule of risk has opened this case', false],
  RISK_ALREADY_JUDGED: ['conflict', 'Somebody has said already what the finding is', false],
  RISK_NOT_SUSPICIOUS: ['conflict', 'Only what was called suspicious is reported', false],
});
