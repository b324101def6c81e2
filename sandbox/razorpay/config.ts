import type { EnvironmentReader } from '../setu/config';

/** The configuration of Razorpay's payment gateway: the same credentials as the connector has. */
export interface RazorpayConfig {
  keyId: string;
  keySecret: string;
  webhookSecret: string;
  callbackUrl: string;
}

/** Undefined when no variable of Razorpay is set. As soon as one is set, all are required. */
export function readRazorpayConfig(
  env: NodeJS.ProcessEnv,
  reader: EnvironmentReader,
): RazorpayConfig | undefined {
  if (!Object.keys(env).some((name) => /^MUNIM_(?:SANDBOX_)?RAZORPAY_/.test(name))) return undefined;
  return {
    keyId: reader.text('MUNIM_RAZORPAY_KEY_ID', /^[\w-]{4,100}$/, '4 to 100 letters, digits, _ or -'),
    keySecret: reader.secret('MUNIM_RAZORPAY_KEY_SECRET', 8),
    webhookSecret: reader.secret('MUNIM_RAZORPAY_WEBHOOK_SECRET', 8),
    callbackUrl: reader.httpUrl('MUNIM_SANDBOX_RAZORPAY_CALLBACK_URL'),
  };
}
