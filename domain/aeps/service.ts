import type { ServiceDefinition } from '../service/definition';
import { AEPS_CHECKS } from './checks';
import { createAepsDispatch } from './dispatch';
import { AEPS_ERRORS } from './errors';
import { CUSTOMER_MOBILE } from './sealed';

export const AEPS = {
  name: 'aeps',
  flow: 'credit',
  scope: 'aeps:write',
  errors: AEPS_ERRORS,
  details: { table: 'aeps_withdrawals', of: 'AEPS order', row: 'aeps_withdrawal' },
  sealed: [CUSTOMER_MOBILE],
  checks: AEPS_CHECKS,
  callbacksNameOurReference: false,
  refundedByConsent: false,
  dispatch: createAepsDispatch,
} as const satisfies ServiceDefinition;
