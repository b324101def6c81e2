import type { ServiceDefinition } from '../service/definition';
import { createRechargeDispatch } from './dispatch';
import { RECHARGE_ERRORS } from './errors';
import { RECHARGED_MOBILE } from './sealed';

export const RECHARGE = {
  name: 'recharge',
  flow: 'debit',
  scope: 'recharge:write',
  errors: RECHARGE_ERRORS,
  details: { table: 'recharges', of: 'recharge', row: 'recharge' },
  sealed: [RECHARGED_MOBILE],
  checks: [],
  callbacksNameOurReference: false,
  refundedByConsent: true,
  dispatch: createRechargeDispatch,
} as const satisfies ServiceDefinition;
