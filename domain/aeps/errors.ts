import { defineErrors } from '../errors/errors';

export const AEPS_ERRORS = defineErrors({
  AEPS_AGENT_NOT_FOUND: ['not_found', 'You are not an AEPS agent yet', false],
  AEPS_AGENT_NOT_ACTIVE: ['conflict', 'The AEPS agent is not active', false],
  AEPS_AGENT_ACTIVE: ['conflict', 'The AEPS agent is active already', false],
  AEPS_AGENT_CODE_TAKEN: ['conflict', 'The agent code belongs to another agent', false],
  AEPS_KYC_REQUIRED: ['conflict', 'The one-time verification of the agent is not done', false],
  AEPS_KYC_OTP_REQUIRED: ['conflict', 'The step before this one is missing, or too long ago', false],
  AEPS_KYC_REFUSED: ['conflict', 'The provider refused the verification', false],
  AEPS_DAILY_KYC_REQUIRED: ['conflict', 'The agent has not been verified today', false],
  AEPS_TERMINAL_UNKNOWN: ['invalid', 'The terminal is not registered for this agent', false],
  AEPS_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this service', false],
  AEPS_POSITION_INVALID: ['invalid', 'The position of the terminal is not in form, or not in India', false],
  AEPS_CUSTOMER_LIMIT: ['conflict', 'The customer has reached a limit', false],
  AEPS_VELOCITY_REFUSED: [
    'conflict',
    'The agent makes more transactions of this kind than is allowed',
    false,
  ],
  AEPS_AADHAAR_PAY_UNAVAILABLE: [
    'conflict',
    'The provider offers no payments to merchants with Aadhaar',
    false,
  ],
  AEPS_ACKNOWLEDGED_OTHERWISE: [
    'conflict',
    'The withdrawal was acknowledged before, with the other answer',
    false,
  ],
});
