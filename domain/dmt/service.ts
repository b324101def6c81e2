import type { ServiceDefinition } from '../service/definition';
import { DMT_CHECKS } from './checks';
import { createDmtDispatch } from './dispatch';
import { DMT_ERRORS } from './errors';
import { RECIPIENT_ACCOUNT, RECIPIENT_NAME, SENDER_MOBILE, TRANSFER_OTP } from './sealed';

export const MONEY_TRANSFER = {
  name: 'dmt',
  flow: 'debit',
  scope: 'dmt:write',
  errors: DMT_ERRORS,
  details: {
    table: 'dmt_transfers',
    of: 'money transfer',
    row: 'money transfer',
    amountColumn: 'amount_paise',
  },
  sealed: [SENDER_MOBILE, RECIPIENT_NAME, RECIPIENT_ACCOUNT, TRANSFER_OTP],
  checks: DMT_CHECKS,
  callbacksNameOurReference: false,
  refundedByConsent: true,
  dispatch: createDmtDispatch,
} as const satisfies ServiceDefinition;
