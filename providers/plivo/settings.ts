import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../../platform/settings';

const group = settingGroup({
  authId: {
    key: 'MUNIM_PLIVO_AUTH_ID',
    rule: Joi.string().pattern(/^[A-Za-z0-9]{4,40}$/, '4 to 40 letters or digits'),
  },
  authToken: { key: 'MUNIM_PLIVO_AUTH_TOKEN', rule: Joi.string().min(8), isSecret: true },
  /** The header that is registered with the operators, as the receiver sees it. */
  header: {
    key: 'MUNIM_PLIVO_HEADER',
    rule: Joi.string().pattern(/^[A-Za-z0-9]{3,11}$/, '3 to 11 letters or digits'),
  },
  entityId: {
    key: 'MUNIM_PLIVO_ENTITY_ID',
    rule: Joi.string().pattern(/^\d{10,25}$/, '10 to 25 digits'),
  },
  reportUrl: { key: 'MUNIM_PLIVO_REPORT_URL', rule: httpUrl },
  baseUrl: { key: 'MUNIM_PLIVO_BASE_URL', rule: httpUrl, isOptional: true },
});

export type PlivoSettings = ReturnType<typeof group.read>;

const OPTIONAL = 'MUNIM_PLIVO_BASE_URL';

/** Settings of the sender of SMS: all of them, or none. */
export const plivoSettings = {
  ...group,
  required: Object.keys(group.keys).filter((key) => key !== OPTIONAL),
  problemsInProduction: ({ baseUrl, reportUrl }: PlivoSettings): string[] => [
    ...(baseUrl === undefined || isPublic(baseUrl)
      ? []
      : ['production refuses the sandbox: MUNIM_PLIVO_BASE_URL must be https on a public host']),
    ...(isPublic(reportUrl)
      ? []
      : ['MUNIM_PLIVO_REPORT_URL must be https on a public host: Plivo posts delivery reports to it']),
  ],
};
