import type { DevelopmentKeys } from './development-keys';

interface Ports {
  api: number;
  sandbox: number;
}

/** What both sides know: credentials. */
export function sharedWithProviders({
  razorpayx,
  razorpay,
  eko,
  setu,
}: DevelopmentKeys): Record<string, string> {
  return {
    MUNIM_RAZORPAYX_KEY_ID: razorpayx.keyId,
    MUNIM_RAZORPAYX_KEY_SECRET: razorpayx.keySecret,
    MUNIM_RAZORPAYX_WEBHOOK_SECRET: razorpayx.webhookSecret,
    MUNIM_RAZORPAYX_ACCOUNT_NUMBER: razorpayx.accountNumber,
    MUNIM_RAZORPAYX_ACCOUNT_TYPE: razorpayx.accountType,
    MUNIM_RAZORPAY_KEY_ID: razorpay.keyId,
    MUNIM_RAZORPAY_KEY_SECRET: razorpay.keySecret,
    MUNIM_RAZORPAY_WEBHOOK_SECRET: razorpay.webhookSecret,
    MUNIM_EKO_DEVELOPER_KEY: eko.developerKey,
    MUNIM_EKO_ACCESS_KEY: eko.accessKey,
    MUNIM_EKO_INITIATOR_ID: eko.initiatorId,
    MUNIM_EKO_USER_CODE: eko.userCode,
    MUNIM_SETU_BILLPAY_CLIENT_ID: setu.clientId,
    MUNIM_SETU_BILLPAY_SECRET: setu.secret,
    MUNIM_SETU_PARTNER_ID: setu.partnerId,
    MUNIM_SETU_RECHARGE_CLIENT_ID: setu.clientId,
    MUNIM_SETU_RECHARGE_SECRET: setu.secret,
    MUNIM_SETU_PRODUCT_INSTANCE_ID: setu.productInstanceId,
  };
}

/** What only Munim's processes know: where the providers are, and how they find us. */
export function ownOfProviders({ sandbox }: Ports, { eko, setu }: DevelopmentKeys): Record<string, string> {
  const at = `http://127.0.0.1:${sandbox}`;
  return {
    MUNIM_RAZORPAYX_BASE_URL: `${at}/v1`,
    MUNIM_RAZORPAY_BASE_URL: `${at}/razorpay/v1`,
    MUNIM_RAZORPAY_CHECKOUT_URL: `${at}/razorpay/checkout`,
    MUNIM_EKO_BASE_URL: `${at}/ekoapi/v3`,
    MUNIM_EKO_AADHAAR_KEY_FILE: eko.aadhaarKeyFile,
    MUNIM_EKO_CALLBACK_TOKEN: eko.callbackToken,
    MUNIM_SETU_BILLPAY_BASE_URL: `${at}/setu-billpay`,
    MUNIM_SETU_RECHARGE_BASE_URL: `${at}/setu-recharge`,
    MUNIM_SETU_ACCOUNTS_BASE_URL: `${at}/setu-accounts`,
    MUNIM_SETU_CALLBACK_TOKEN: setu.callbackToken,
  };
}

/**
 * Where each provider posts its callbacks; those that sign nothing were given an address that nobody can
 * guess.
 */
export function callbackAddresses({ api }: Ports, { eko, setu }: DevelopmentKeys): Record<string, string> {
  const at = `http://127.0.0.1:${api}/callbacks`;
  return {
    MUNIM_SANDBOX_CALLBACK_URL: `${at}/razorpayx`,
    MUNIM_SANDBOX_RAZORPAY_CALLBACK_URL: `${at}/razorpay`,
    MUNIM_SANDBOX_EKO_CALLBACK_URL: `${at}/eko/${eko.callbackToken}`,
    MUNIM_SANDBOX_SETU_BILLPAY_CALLBACK_URL: `${at}/setu/${setu.callbackToken}`,
    MUNIM_SANDBOX_SETU_RECHARGE_CALLBACK_URL: `${at}/setu/${setu.callbackToken}`,
  };
}
