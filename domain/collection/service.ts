import type { ServiceDefinition } from '../service-definition/definition';
import { COLLECTION_CHECKS } from './checks';
import { createCollectionDispatch } from './dispatch';
import { COLLECTION_ERRORS } from './errors';

export const COLLECTION = {
  name: 'collection',
  flow: 'credit',
  scope: 'collection:write',
  errors: COLLECTION_ERRORS,
  details: { table: 'collection_orders', of: 'collection', row: 'collection', amountColumn: 'amount_paise' },
  toldApart: { category: 'd.kind' },
  receipt: {
    details: `(select json_build_object('kind', o.kind)
      from collection_orders o where o.transaction_id = transactions.id)`,
  },
  sealed: [],
  digests: [],
  checks: COLLECTION_CHECKS,
  callbacksNameOurReference: false,
  refundedByConsent: false,
  asksAfterFailure: true,
  isProviderFeeKept: true,
  dispatch: createCollectionDispatch,
} as const satisfies ServiceDefinition;
