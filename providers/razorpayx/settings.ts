import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../../platform/settings';
import { ACCOUNT_TYPES } from './schemas';

const secret = Joi.string().min(8);

const group = settingGroup({
  baseUrl: { key: 'MUNIM_RAZORPAYX_BASE_URL', rule: httpUrl.default('https://api.razorpay.com/v1') },
  keyId: { key: 'MUNIM_RAZORPAYX_KEY_ID', rule: Joi.string().required() },
  keySecret: { key: 'MUNIM_RAZORPAYX_KEY_SECRET', rule: Joi.string().required(), isSecret: true },
  webhookSecret: { key: 'MUNIM_RAZORPAYX_WEBHOOK_SECRET', rule: secret.required(), isSecret: true },
  /** After a change of the secret, while older events may still be retried under the one before. */
  previousWebhookSecret: {
    key: 'MUNIM_RAZORPAYX_PREVIOUS_WEBHOOK_SECRET',
    rule: secret,
    isSecret: true,
    isOptional: true,
  },
  accountNumber: {
    key: 'MUNIM_RAZORPAYX_ACCOUNT_NUMBER',
    rule: Joi.string().alphanum().min(5).max(35).required(),
    showsLastFour: true,
  },
  /** As Razorpay names them. An escrow account is a current account to it; Lite takes no new merchants. */
  accountType: {
    key: 'MUNIM_RAZORPAYX_ACCOUNT_TYPE',
    rule: Joi.string()
      .valid(...ACCOUNT_TYPES)
      .default(ACCOUNT_TYPES[0]),
  },
});

export type RazorpayxSettings = ReturnType<typeof group.read>;

export const settings = {
  ...group,
  areAllOrNone: false,
  hasLiveKeys: ({ keyId }: RazorpayxSettings): boolean => !keyId.startsWith('rzp_test_'),
  problemInProduction: ({ baseUrl, keyId }: RazorpayxSettings): string | undefined =>
    isPublic(baseUrl) && !keyId.startsWith('rzp_test_')
      ? undefined
      : 'production refuses the sandbox and test keys: MUNIM_RAZORPAYX_BASE_URL must be https on a public host ' +
        'and the key a live one',
};
