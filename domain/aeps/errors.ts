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
  AEPS_OTP_REQUIRED: ['invalid', 'A withdrawal of this amount needs a one-time password', false],
  AEPS_OTP_NOT_NEEDED: ['invalid', 'A withdrawal of this amount needs no one-time password', false],
  AEPS_OTP_NOT_FOUND: ['not_found', 'There is no such one-time password', false],
  AEPS_OTP_UNKNOWN: ['invalid', 'The request names a one-time password that does not exist', false],
  AEPS_OTP_OTHER: ['invalid', 'The one-time password was sent for another withdrawal', false],
  AEPS_OTP_NOT_SENT: [
    'conflict',
    'The one-time password was not sent, or it is not known whether it was',
    false,
  ],
  AEPS_OTP_EXPIRED: ['conflict', 'The one-time password is too old', false],
  AEPS_OTP_USED: ['conflict', 'The one-time password was used for another withdrawal', false],
  AEPS_OTP_REFUSED: ['conflict', 'The provider refused to send a one-time password', false],
  AEPS_WITHDRAWAL_UNDECIDED: [
    'busy',
    'It is not known yet what became of a withdrawal of this customer',
    true,
  ],
  AEPS_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this service', false],
  AEPS_POSITION_INVALID: ['invalid', 'The position of the terminal is not in form, or not in India', false],
  AEPS_CUSTOMER_LIMIT: ['conflict', 'The customer has reached a limit', false],
  AEPS_VELOCITY_REFUSED: [
    'conflict',
    'The agent makes more transactions of this kind than is allowed',
    false,
  ],
  AEPS_UNDER_REVIEW: [
    'conflict',
    'It is not made before a person of ours has looked; nothing was debited',
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
