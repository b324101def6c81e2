import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../../platform/settings';
import { callbackTokenRule } from '../definition';

const PUBLIC_KEY = /-----BEGIN (?:PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----/;

const group = settingGroup({
  baseUrl: { key: 'MUNIM_EKO_BASE_URL', rule: httpUrl },
  developerKey: { key: 'MUNIM_EKO_DEVELOPER_KEY', rule: Joi.string().min(4), isSecret: true },
  accessKey: { key: 'MUNIM_EKO_ACCESS_KEY', rule: Joi.string().min(8), isSecret: true },
  initiatorId: {
    key: 'MUNIM_EKO_INITIATOR_ID',
    rule: Joi.string().pattern(/^[6-9]\d{9}$/, 'a mobile number of ten digits'),
    showsLastFour: true,
  },
  userCode: { key: 'MUNIM_EKO_USER_CODE', rule: Joi.string().alphanum().max(20) },
  aadhaarKey: {
    key: 'MUNIM_EKO_AADHAAR_KEY',
    rule: Joi.string().pattern(PUBLIC_KEY, 'a public key or certificate in PEM'),
    isSecret: true,
  },
  callbackToken: { key: 'MUNIM_EKO_CALLBACK_TOKEN', rule: callbackTokenRule, isSecret: true },
});

export type EkoSettings = ReturnType<typeof group.read>;

export const settings = {
  ...group,
  areAllOrNone: true,
  problemInProduction: ({ baseUrl }: EkoSettings): string | undefined =>
    isPublic(baseUrl) && !/(^|\.)staging\./.test(new URL(baseUrl).hostname)
      ? undefined
      : 'production refuses the sandbox and staging: MUNIM_EKO_BASE_URL must be https on a public host',
  callbackToken: ({ callbackToken }: EkoSettings): string => callbackToken,
};
