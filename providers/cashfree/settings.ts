import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../../platform/settings';

/** The version of the API that README.md was written from. */
export const DOCUMENTED_VERSION = '2024-01-01';

const PUBLIC_KEY = /-----BEGIN (?:PUBLIC KEY|RSA PUBLIC KEY)-----/;

const group = settingGroup({
  baseUrl: { key: 'MUNIM_CASHFREE_BASE_URL', rule: httpUrl },
  clientId: {
    key: 'MUNIM_CASHFREE_CLIENT_ID',
    rule: Joi.string().pattern(/^[\x21-\x7e]{4,100}$/, '4 to 100 visible characters'),
  },
  clientSecret: { key: 'MUNIM_CASHFREE_CLIENT_SECRET', rule: Joi.string().min(8), isSecret: true },
  /** The oldest active client secret signs the webhooks, whichever the calls use. */
  webhookSecret: {
    key: 'MUNIM_CASHFREE_WEBHOOK_SECRET',
    rule: Joi.string().min(8),
    isSecret: true,
    isOptional: true,
  },
  apiVersion: {
    key: 'MUNIM_CASHFREE_API_VERSION',
    rule: Joi.string().pattern(/^20\d\d-\d\d-\d\d$/, `a day, as ${DOCUMENTED_VERSION}`),
    isOptional: true,
  },
  /** Cashfree's, for machines without an address of their own: `X-Cf-Signature` takes the place of the list. */
  publicKey: {
    key: 'MUNIM_CASHFREE_PUBLIC_KEY',
    rule: Joi.string().pattern(PUBLIC_KEY, 'a public key in PEM'),
    isSecret: true,
    isOptional: true,
  },
  fundsourceId: {
    key: 'MUNIM_CASHFREE_FUNDSOURCE_ID',
    rule: Joi.string().pattern(/^[A-Za-z0-9_-]{1,50}$/, '1 to 50 letters, digits, _ or -'),
    isOptional: true,
  },
});

export type CashfreeSettings = ReturnType<typeof group.read>;

const SANDBOX_HOST = /^(?:sandbox|payout-gamma)\./i;

export const settings = {
  ...group,
  areAllOrNone: true,
  problemInProduction: ({ baseUrl }: CashfreeSettings): string | undefined =>
    isPublic(baseUrl) && !SANDBOX_HOST.test(new URL(baseUrl).hostname)
      ? undefined
      : 'production refuses the sandbox: MUNIM_CASHFREE_BASE_URL must be https on the production host',
};
