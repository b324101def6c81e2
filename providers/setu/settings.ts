import Joi from 'joi';
import { httpUrl, isPublic, settingGroup, type Environment } from '../../platform/settings';
import { callbackTokenRule } from '../definition';

const billpay = settingGroup({
  baseUrl: { key: 'MUNIM_SETU_BILLPAY_BASE_URL', rule: httpUrl },
  clientId: { key: 'MUNIM_SETU_BILLPAY_CLIENT_ID', rule: Joi.string() },
  secret: { key: 'MUNIM_SETU_BILLPAY_SECRET', rule: Joi.string().min(4), isSecret: true },
  partnerId: {
    key: 'MUNIM_SETU_PARTNER_ID',
    rule: Joi.string().pattern(/^\d{1,15}$/, 'a whole number of at most 15 digits'),
  },
});
const recharge = settingGroup({
  baseUrl: { key: 'MUNIM_SETU_RECHARGE_BASE_URL', rule: httpUrl },
  accountsBaseUrl: { key: 'MUNIM_SETU_ACCOUNTS_BASE_URL', rule: httpUrl },
  clientId: { key: 'MUNIM_SETU_RECHARGE_CLIENT_ID', rule: Joi.string() },
  secret: { key: 'MUNIM_SETU_RECHARGE_SECRET', rule: Joi.string().min(4), isSecret: true },
  productInstanceId: {
    key: 'MUNIM_SETU_PRODUCT_INSTANCE_ID',
    rule: Joi.string().pattern(/^[\w-]{4,100}$/, '4 to 100 letters, digits, _ or -'),
  },
});
const callbacks = settingGroup({
  callbackToken: { key: 'MUNIM_SETU_CALLBACK_TOKEN', rule: callbackTokenRule, isSecret: true },
});
const groups = [billpay, recharge, callbacks];

export type BillpaySettings = ReturnType<typeof billpay.read>;
export type RechargeSettings = ReturnType<typeof recharge.read>;
export interface SetuSettings {
  billpay: BillpaySettings;
  recharge: RechargeSettings;
  callbackToken: string;
}

const SANDBOX_HOST = /^https:\/\/(?:sandbox|qa|prepaid-uat)\b/i;

export const settings = {
  keys: Object.assign({}, ...groups.map((group) => group.keys)) as (typeof billpay)['keys'],
  secrets: groups.flatMap((group) => group.secrets),
  read: (values: Environment): SetuSettings =>
    Object.freeze({
      billpay: billpay.read(values),
      recharge: recharge.read(values),
      ...callbacks.read(values),
    }),
  redact: (setu: SetuSettings): Record<string, unknown> => ({
    billpay: billpay.redact(setu.billpay),
    recharge: recharge.redact(setu.recharge),
    ...callbacks.redact({ callbackToken: setu.callbackToken }),
  }),
  areAllOrNone: true,
  problemInProduction: (setu: SetuSettings): string | undefined =>
    [setu.billpay.baseUrl, setu.recharge.baseUrl, setu.recharge.accountsBaseUrl].every(
      (url) => isPublic(url) && !SANDBOX_HOST.test(url),
    )
      ? undefined
      : 'production refuses the sandbox: the MUNIM_SETU_…_BASE_URL must be https on the production hosts',
  callbackToken: ({ callbackToken }: SetuSettings): string => callbackToken,
};
