import type { ServiceDefinition } from '../service/definition';
import { createPayoutDispatch } from './dispatch';
import { PAYOUT_ERRORS } from './errors';

export const PAYOUT = {
  name: 'payout',
  flow: 'debit',
  scope: 'payouts:write',
  errors: PAYOUT_ERRORS,
  details: { table: 'payouts', of: 'payout', row: 'payout' },
  sealed: [],
  checks: [],
  callbacksNameOurReference: true,
  refundedByConsent: false,
  dispatch: createPayoutDispatch,
} as const satisfies ServiceDefinition;
