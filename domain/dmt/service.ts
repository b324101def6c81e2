import type { ServiceDefinition } from '../service-definition/definition';
import { DMT_CHECKS } from './checks';
import { createDmtDispatch } from './dispatch';
import { DMT_ERRORS } from './errors';
import {
  RECIPIENT_ACCOUNT,
  RECIPIENT_FINGERPRINT,
  RECIPIENT_NAME,
  SENDER_FINGERPRINTS,
  SENDER_MOBILE,
  TRANSFER_OTP,
} from './sealed';
import { mobileOfTransfer } from './mobile';

/** As all instants of answers. A colon in the SQL would name a value. */
const instantSql = (column: string): string =>
  `to_char(${column} at time zone 'UTC', replace('YYYY-MM-DD"T"HH24_MI_SS.MS"Z"', '_', chr(58)))`;

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
  toldApart: { category: "'IMPS'" },
  receipt: {
    details: `(select json_build_object('mode', 'IMPS', 'part_no', d.part_no, 'charge_tax', d.charge_tax_paise,
        'new_otp_until', case when d.new_otp_request_id is null and transactions.state = 'held' then
          ${instantSql('d.new_otp_until')} end,
        'sender_mobile', s.hint, 'beneficiary', json_build_object(
          'kind', 'bank', 'account', r.hint, 'ifsc', r.ifsc, 'bank', r.bank,
          'reconfirm', r.reconfirm))
      from dmt_transfers d join dmt_senders s on s.id = d.sender_id
      join dmt_recipients r on r.id = d.recipient_id where d.transaction_id = transactions.id)`,
  },
  sealed: [SENDER_MOBILE, RECIPIENT_NAME, RECIPIENT_ACCOUNT, TRANSFER_OTP],
  digests: [SENDER_FINGERPRINTS, RECIPIENT_FINGERPRINT],
  checks: DMT_CHECKS,
  callbacksNameOurReference: false,
  refundedByConsent: true,
  mobileOf: mobileOfTransfer,
  dispatch: createDmtDispatch,
} as const satisfies ServiceDefinition;
