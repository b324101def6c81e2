import type { ServiceDefinition } from '../service-definition/definition';
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
  toldApart: { category: 'd.kind' },
  receipt: {
    details: `(select json_build_object('kind', w.kind, 'bank', w.bank, 'terminal', w.terminal_id)
      from aeps_withdrawals w where w.transaction_id = transactions.id)`,
    afterSuccess: {
      what: 'acknowledge_cash',
      condition: `exists (select from aeps_withdrawals w where w.transaction_id = transactions.id
        and w.kind = 'withdrawal' and w.cash_handed_out is null)`,
      candidates: `select w.transaction_id from aeps_withdrawals w
        where w.user_id = :userId and w.kind = 'withdrawal' and w.cash_handed_out is null`,
    },
  },
  sealed: [CUSTOMER_MOBILE],
  digests: [],
  checks: AEPS_CHECKS,
  callbacksNameOurReference: false,
  refundedByConsent: false,
  dispatch: createAepsDispatch,
} as const satisfies ServiceDefinition;
