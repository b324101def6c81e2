import Joi from 'joi';
import { LONGEST_PASSWORD } from '../../domain/sign-in/password-rules';
import { characters, publicId, text } from './fields';

/** Bodies of sign-in. A password is taken as it is: no character is refused, cut or changed. */
const LOGIN = /^[ -~]+$/;
const CODE = /^[0-9]{6}$/;
const DEVICE_TOKEN = /^md_[A-Za-z0-9_-]{43}$/;
const DEVICE_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .,'()/+:_-]*$/u;

const login = (): Joi.StringSchema =>
  Joi.string()
    .max(254)
    .pattern(LOGIN, 'a mobile number of India, or an e-mail address')
    .description('A mobile number, with or without +91, or an e-mail address')
    .example('9876543210');
const password = (): Joi.StringSchema =>
  characters(1, LONGEST_PASSWORD)
    .meta({ schema: { minLength: 1, maxLength: LONGEST_PASSWORD, format: 'password' } })
    .description('Taken as it is')
    .example('a door in the rain');
const code = Joi.string().max(6).pattern(CODE, 'six digits').example('012345').required();
const id = publicId
  .example('sic_01jxvqexvqexvt0xvqexvqexvq')
  .description('The `id` of the answer that had the code sent')
  .required();
const deviceToken = Joi.string()
  .max(46)
  .pattern(DEVICE_TOKEN, 'the token of a device, as it was given')
  .description('What the device was given at its first sign-in')
  .example(`md_${'A'.repeat(43)}`);
const device = Joi.object<DeviceBody>({
  name: text(
    [1, 80],
    DEVICE_NAME,
    "letters, digits, spaces and . , ' ( ) / + : _ -, with a letter or digit first",
  )
    .example('Chrome on Android')
    .required(),
  token: deviceToken,
});

export interface DeviceBody {
  name: string;
  token?: string;
}
export const signInBody = Joi.object<{ login: string; password: string; device: DeviceBody }>({
  login: login().required(),
  password: password().required(),
  device: device.required(),
}).required();
export const signInCodeBody = Joi.object<{ id: string; code: string; device: DeviceBody }>({
  id,
  code,
  device: device.required(),
}).required();
export const passwordCodeBody = Joi.object<{ login: string; device_token?: string }>({
  login: login().required(),
  device_token: deviceToken,
}).required();
export const passwordResetBody = Joi.object<{ id: string; code: string; password: string }>({
  id,
  code,
  password: password().required(),
}).required();
export const passwordBody = Joi.object<{ current_password: string; password: string }>({
  current_password: password().required(),
  password: password().required(),
}).required();
export const contactBody = Joi.object<{ contact: string; password: string }>({
  contact: login().required(),
  password: password().required(),
}).required();
export const contactCodeBody = Joi.object<{ id: string; code: string }>({ id, code }).required();
