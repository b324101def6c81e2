import type { ServiceDefinition } from '../service-definition/definition';
import { PAYOUT_CHECKS } from './checks';
import { createPayoutDispatch } from './dispatch';
import { PAYOUT_ERRORS } from './errors';

export const PAYOUT = {
  name: 'payout',
  flow: 'debit',
  scope: 'payouts:write',
  errors: PAYOUT_ERRORS,
  details: { table: 'payouts', of: 'payout', row: 'payout' },
  toldApart: { category: 'd.mode' },
  receipt: {
    details: `(select json_build_object('mode', p.mode, 'narration', p.narration, 'beneficiary', json_build_object(
        'kind', b.kind, 'account', b.hint, 'ifsc', b.ifsc, 'bank', null, 'reconfirm', b.reconfirm))
      from payouts p join beneficiaries b on b.id = p.beneficiary_id where p.transaction_id = transactions.id)`,
  },
  sealed: [],
  digests: [],
  checks: PAYOUT_CHECKS,
  callbacksNameOurReference: true,
  refundedByConsent: false,
  dispatch: createPayoutDispatch,
} as const satisfies ServiceDefinition;
