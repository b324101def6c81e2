import type { ServiceDefinition } from '../service-definition/definition';
import { createRechargeDispatch } from './dispatch';
import { RECHARGE_ERRORS } from './errors';
import { RECHARGED_FINGERPRINT, RECHARGED_MOBILE } from './sealed';
import { mobileOfRecharge } from './mobile';

export const RECHARGE = {
  name: 'recharge',
  flow: 'debit',
  scope: 'recharge:write',
  errors: RECHARGE_ERRORS,
  details: { table: 'recharges', of: 'recharge', row: 'recharge' },
  toldApart: { operator: 'd.operator' },
  receipt: {
    details: `(select json_build_object('mobile', r.mobile_hint, 'operator', r.operator, 'circle', r.circle)
      from recharges r where r.transaction_id = transactions.id)`,
  },
  sealed: [RECHARGED_MOBILE],
  digests: [RECHARGED_FINGERPRINT],
  checks: [],
  callbacksNameOurReference: false,
  refundedByConsent: true,
  mobileOf: mobileOfRecharge,
  dispatch: createRechargeDispatch,
} as const satisfies ServiceDefinition;
