import { ACCESS_ERRORS } from './access/errors';
import { APPROVAL_ERRORS } from './approvals/errors';
import { AUTH_ERRORS } from './auth/errors';
import { BANK_ERRORS } from './banks/errors';
import { CALENDAR_ERRORS } from './calendar/errors';
import { CASE_ERRORS } from './cases/errors';
import { COMMISSION_ERRORS } from './commissions/errors';
import { REMITTANCE_ERRORS } from './remittances/errors';
import { SETTLEMENT_ERRORS } from './settlements/errors';
import { CONSENT_ERRORS } from './consents/errors';
import { DISPUTE_ERRORS } from './disputes/errors';
import { PRIVACY_ERRORS } from './privacy/errors';
import { COMMON_ERRORS, type ErrorDefinition } from './errors/errors';
import { GST_ERRORS } from './gst/errors';
import { FUNDS_ERRORS } from './funds/errors';
import { CAPTURE_ERRORS } from './captures/errors';
import { KEY_ERRORS } from './keys/errors';
import { KYC_ERRORS } from './kyc/errors';
import { NIGHT_ERRORS } from './night/errors';
import { NOTIFICATION_ERRORS } from './notifications/errors';
import { OTP_ERRORS } from './otp/errors';
import { PAYEE_ERRORS } from './payees/errors';
import { PAYOUT_FILE_ERRORS } from './payout-files/errors';
import { DESK_ERRORS } from './provider/errors';
import { RECONCILIATION_ERRORS } from './reconciliation/errors';
import { REFUND_ERRORS } from './refunds/errors';
import { REPORT_ERRORS } from './reports/errors';
import { ROUTING_ERRORS } from './routing/errors';
import { USER_ERRORS } from './users/errors';
import { SNAPSHOT_ERRORS } from './snapshots/errors';
import { STANDING_ERRORS } from './standings/errors';
import { SCREENING_ERRORS } from './screening/errors';
import { SIGN_IN_ERRORS } from './sign-in/errors';
import { SERVICE_DEFINITIONS } from './services/services';
import { SUSPICION_ERRORS } from './suspicions/errors';
import { STATEMENT_ERRORS } from './statements/errors';
import { STEP_UP_ERRORS } from './step-up/errors';
import { OAUTH_ERRORS, TOKEN_ERRORS } from './tokens/errors';
import { TRANSFER_ERRORS } from './transfers/errors';
import { CONTROL_ERRORS } from './wallet-controls/errors';

/**
 * Every stable code of the product, for the API's problem pages and docs/errors.md. Services bring theirs
 * with their definitions; another capability adds its table here.
 */
export const ERRORS = join(
  COMMON_ERRORS,
  ACCESS_ERRORS,
  BANK_ERRORS,
  CALENDAR_ERRORS,
  CAPTURE_ERRORS,
  DESK_ERRORS,
  OTP_ERRORS,
  PAYEE_ERRORS,
  PAYOUT_FILE_ERRORS,
  NIGHT_ERRORS,
  NOTIFICATION_ERRORS,
  SIGN_IN_ERRORS,
  RECONCILIATION_ERRORS,
  REFUND_ERRORS,
  REPORT_ERRORS,
  ROUTING_ERRORS,
  AUTH_ERRORS,
  USER_ERRORS,
  TOKEN_ERRORS,
  OAUTH_ERRORS,
  STEP_UP_ERRORS,
  CASE_ERRORS,
  APPROVAL_ERRORS,
  FUNDS_ERRORS,
  KEY_ERRORS,
  CONSENT_ERRORS,
  PRIVACY_ERRORS,
  KYC_ERRORS,
  SCREENING_ERRORS,
  SNAPSHOT_ERRORS,
  STANDING_ERRORS,
  STATEMENT_ERRORS,
  TRANSFER_ERRORS,
  COMMISSION_ERRORS,
  GST_ERRORS,
  SETTLEMENT_ERRORS,
  REMITTANCE_ERRORS,
  CONTROL_ERRORS,
  DISPUTE_ERRORS,
  SUSPICION_ERRORS,
  ...Object.values(SERVICE_DEFINITIONS).map(({ errors }) => errors),
);
export type ErrorCode = keyof typeof ERRORS;

type Definitions = Readonly<Record<string, ErrorDefinition>>;
type Intersection<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
  part: infer Whole,
) => void
  ? Whole
  : never;

/** Throws TypeError for a code that two tables declare: a code means one thing. */
export function join<Tables extends readonly Definitions[]>(...tables: Tables): Intersection<Tables[number]> {
  const joined: Record<string, ErrorDefinition> = {};
  for (const table of tables)
    for (const [code, definition] of Object.entries(table)) {
      if (Object.hasOwn(joined, code)) throw new TypeError(`the error code ${code} is declared twice`);
      joined[code] = definition;
    }
  return joined as Intersection<Tables[number]>;
}
