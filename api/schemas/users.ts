import Joi from 'joi';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import type { ImportRowView } from '../../domain/users/imports';
import { STAGES, type Stage } from '../../domain/users/stages';
import { USER_TYPES, type UserType } from '../../domain/users/types';
import { mobile, NAME, NAME_RULE, page, pincode, publicId, text } from './fields';
import { reason } from './wallets';

const EMAIL = /^[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$/;
const STATE_CODE = /^(?:0[1-9]|[12][0-9]|3[0-8]|97)$/;
/** Letters, digits, punctuation and spaces of any script. */
const LINE = /^[\p{L}\p{M}\p{N}\p{P}\p{Zs}]+$/u;
const MOST_SERVICES = SERVICES.length;

const businessName = text([2, 80], NAME, NAME_RULE).example('Test Stores');
const language = Joi.string().valid('en', 'hi');
export const email = Joi.string()
  .max(254)
  .pattern(EMAIL, 'an e-mail address: Latin letters, digits and punctuation around one @')
  .example('shop@munim.example');
const services = Joi.array()
  .items(Joi.string().valid(...SERVICES))
  .max(MOST_SERVICES);

export interface AddressBody {
  line?: string;
  city: string;
  state_code: string;
  pin_code: string;
}
const address = Joi.object<AddressBody>({
  line: text([3, 120], LINE, 'letters, digits, punctuation and spaces on one line').example(
    '12, Test Street',
  ),
  city: text([2, 60], NAME, NAME_RULE).example('Pune').required(),
  state_code: Joi.string()
    .max(2)
    .pattern(STATE_CODE, 'the two digits of a state as GST numbers them: 01 to 38, or 97')
    .example('27')
    .required(),
  pin_code: pincode,
});

export interface UserBody {
  type: UserType;
  name: string;
  mobile: string;
  email?: string;
  language?: 'en' | 'hi';
  address?: AddressBody;
  services?: ServiceName[];
  parent?: string;
}
/** POST /v1/users */
export const userBody = Joi.object<UserBody>({
  type: Joi.string()
    .valid(...USER_TYPES)
    .required(),
  name: businessName.required(),
  mobile,
  email,
  language,
  address,
  services,
  parent: publicId.example('usr_01jxvqexvqexvt0xvqexvqexvq', { override: true }),
}).required();

/** PATCH /v1/users/{id} */
export const profileBody = Joi.object<Pick<UserBody, 'name' | 'language' | 'address'>>({
  name: businessName,
  language,
  address,
}).required();

/** POST /v1/users/{id}/stage */
export const stageBody = Joi.object<{ stage: Stage; reason: string }>({
  stage: Joi.string()
    .valid(...STAGES)
    .required(),
  reason: reason.required(),
}).required();

/** POST /v1/users/{id}/services */
export const servicesBody = Joi.object<{ services: ServiceName[] }>({
  services: services.min(1).required(),
}).required();

/** POST /v1/user-lookups */
export const lookUpBody = Joi.object<{ mobile: string }>({ mobile }).required();

/** GET /v1/users */
export const usersQuery = Joi.object<{
  limit: number;
  cursor?: string;
  type?: UserType;
  stage?: Stage;
  parent?: string;
}>({
  ...page,
  type: Joi.string().valid(...USER_TYPES),
  stage: Joi.string().valid(...STAGES),
  parent: publicId.example('usr_01jxvqexvqexvt0xvqexvqexvq', { override: true }),
});

/** GET /v1/user-imports/{id}/rows */
export const importRowsQuery = Joi.object<{
  limit: number;
  cursor?: string;
  state?: ImportRowView['state'];
}>({ ...page, state: Joi.string().valid('waiting', 'accepted', 'refused') });
