import type { DigestedColumns, SealedColumn } from '../../platform/encryption';
import { AUTHENTICATOR_SECRET } from '../auth/sealed';
import { BENEFICIARY_ACCOUNT, BENEFICIARY_FINGERPRINT, BENEFICIARY_NAME } from '../beneficiaries/sealed';
import { CALLBACK_BODY, CALLBACK_DIGEST } from '../callbacks/sealed';
import { KYC_PAN_FINGERPRINT, KYC_SEALED } from '../kyc/sealed';
import { NOTIFICATION_MESSAGE } from '../notifications/sealed';
import { NEW_CONTACT } from '../sign-in/sealed';
import { PAYOUT_FILE_LINE } from '../payout-files/sealed';
import { REPORT_KEY } from '../reports/sealed';
import type { ServiceDefinition } from '../service-definition/definition';
import { IMPORT_ROW, USER_ADDRESS, USER_EMAIL, USER_FINGERPRINTS, USER_MOBILE } from '../users/sealed';
import { SETTLEMENT_FILE } from '../settlements/sealed';
import { TRANSACTION_PIN } from '../step-up/sealed';
import { TOKEN_KEY } from '../tokens/sealed';
import { REGISTERED_NAME } from '../validations/sealed';

/** Sealed columns that belong to no single service. */
const SHARED: readonly SealedColumn[] = [
  BENEFICIARY_NAME,
  BENEFICIARY_ACCOUNT,
  CALLBACK_BODY,
  REGISTERED_NAME,
  USER_MOBILE,
  USER_EMAIL,
  USER_ADDRESS,
  IMPORT_ROW,
  PAYOUT_FILE_LINE,
  TOKEN_KEY,
  ...KYC_SEALED,
  NOTIFICATION_MESSAGE,
  NEW_CONTACT,
  AUTHENTICATOR_SECRET,
  TRANSACTION_PIN,
  REPORT_KEY,
  SETTLEMENT_FILE,
];

/** Every sealed column: the shared ones and those that each service declares. */
export function sealedColumns(services: readonly ServiceDefinition[]): readonly SealedColumn[] {
  return [...SHARED, ...services.flatMap(({ sealed }) => sealed)];
}

/** Every keyed digest that follows from what is sealed beside it. */
export function digestedColumns(services: readonly ServiceDefinition[]): readonly DigestedColumns[] {
  return [
    BENEFICIARY_FINGERPRINT,
    CALLBACK_DIGEST,
    USER_FINGERPRINTS,
    KYC_PAN_FINGERPRINT,
    ...services.flatMap(({ digests }) => digests),
  ];
}
