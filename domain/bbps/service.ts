import type { ServiceDefinition } from '../service-definition/definition';
import { createBillDispatch } from './dispatch';
import { BILL_FINGERPRINTS } from './duplicates';
import { BBPS_ERRORS } from './errors';
import {
  BILL_INSTRUCTION,
  COMPLAINT_DESCRIPTION,
  COMPLAINT_REMARKS,
  FETCH_REQUEST,
  FETCH_RESULT,
} from './sealed';
import { mobileOfBill } from './mobile';

export const BILL_PAYMENT = {
  name: 'bbps',
  flow: 'debit',
  scope: 'bbps:write',
  errors: BBPS_ERRORS,
  details: { table: 'bbps_payments', of: 'bbps', row: 'bbps' },
  toldApart: { category: 'd.category', operator: 'd.biller_id' },
  receipt: {
    details: `(select json_build_object('mode', p.payment_mode, 'biller', json_build_object(
        'id', p.biller_id, 'name', p.biller_name, 'category', p.category))
      from bbps_payments p where p.transaction_id = transactions.id)`,
  },
  sealed: [FETCH_REQUEST, FETCH_RESULT, BILL_INSTRUCTION, COMPLAINT_DESCRIPTION, COMPLAINT_REMARKS],
  digests: [BILL_FINGERPRINTS],
  checks: [],
  callbacksNameOurReference: false,
  refundedByConsent: true,
  mobileOf: mobileOfBill,
  dispatch: createBillDispatch,
} as const satisfies ServiceDefinition;
