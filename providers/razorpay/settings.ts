import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../../platform/settings';

const secret = Joi.string().min(8);

const group = settingGroup({
  baseUrl: { key: 'MUNIM_RAZORPAY_BASE_URL', rule: httpUrl },
  keyId: {
    key: 'MUNIM_RAZORPAY_KEY_ID',
    rule: Joi.string().pattern(/^[\w-]{4,100}$/, '4 to 100 letters, digits, _ or -'),
  },
  keySecret: { key: 'MUNIM_RAZORPAY_KEY_SECRET', rule: secret, isSecret: true },
  webhookSecret: { key: 'MUNIM_RAZORPAY_WEBHOOK_SECRET', rule: secret, isSecret: true },
  /** After a change of the secret, while older events may still be retried under the one before. */
  previousWebhookSecret: {
    key: 'MUNIM_RAZORPAY_PREVIOUS_WEBHOOK_SECRET',
    rule: secret,
    isSecret: true,
    isOptional: true,
  },
  /** The page that shows Razorpay's checkout for an order. */
  checkoutUrl: { key: 'MUNIM_RAZORPAY_CHECKOUT_URL', rule: httpUrl },
});

export type RazorpaySettings = ReturnType<typeof group.read>;

const isTestKey = (keyId: string): boolean => keyId.startsWith('rzp_test_');

export const settings = {
  ...group,
  areAllOrNone: true,
  hasLiveKeys: ({ keyId }: RazorpaySettings): boolean => !isTestKey(keyId),
  problemInProduction: ({ baseUrl, checkoutUrl, keyId }: RazorpaySettings): string | undefined =>
    isPublic(baseUrl) && isPublic(checkoutUrl) && !isTestKey(keyId)
      ? undefined
      : 'production refuses the sandbox and test keys: MUNIM_RAZORPAY_BASE_URL and MUNIM_RAZORPAY_CHECKOUT_URL must ' +
        'be https on public hosts and the key a live one',
};
