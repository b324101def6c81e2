import Joi from 'joi';
import { isAadhaar } from '../../platform/verhoeff';
import { ACCOUNT_NUMBER, IFSC, NAME, REFERENCE } from './payouts';

/** Bodies of /v1/dmt. Amounts are integer paise. Aadhaar numbers, biometrics and one-time passwords are checked in form and passed on. */
const MOBILE = /^[6-9]\d{9}$/;
const PINCODE = /^[1-9]\d{5}$/;
const PLACE_NAME = /^[A-Za-z][A-Za-z0-9 .'&()/-]{1,59}$/;
const ADDRESS_LINE = /^[A-Za-z0-9][A-Za-z0-9 .,'&()/#-]{2,119}$/;
export const OTP = /^\d{4,8}$/;
const DATE = /^(?:19|20)\d{2}-\d{2}-\d{2}$/;
/** The RD service's XML: printable, and as long as a document with biometrics gets. */
const PID = /^<[\t\n\r\u0020-\u007e]{1,39999}$/;
export const OUTSIDE_ID = /^[a-z]{3}_[0-9a-z]{26}$/;
/** More parts than a month's limit has at the limit of one transfer. */
const MOST_PARTS = 10;

const amount = Joi.number().integer().min(1).max(1_000_000_000_000).required();
const otp = Joi.string().max(8).pattern(OTP).required();
const id = Joi.string().max(30).pattern(OUTSIDE_ID);

const bornOn = Joi.string()
  .max(10)
  .pattern(DATE)
  .custom((text: string, helpers) => {
    const day = new Date(`${text}T00:00:00Z`);
    return Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text) || day.getTime() > Date.now()
      ? helpers.error('any.invalid')
      : text;
  });
const aadhaar = Joi.string()
  .max(12)
  .custom((text: string, helpers) => (isAadhaar(text) ? text : helpers.error('any.invalid')));

/** POST /v1/dmt/senders */
export const senderBody = Joi.object<{ mobile: string }>({
  mobile: Joi.string().max(10).pattern(MOBILE).required(),
}).required();

export interface EnrolmentBody {
  name: string;
  born_on: string;
  address: { line: string; city: string; state: string; pincode: string; district: string };
}
/** POST /v1/dmt/senders/{id}/enrolment */
export const enrolmentBody = Joi.object<EnrolmentBody>({
  name: Joi.string().max(120).pattern(NAME).required(),
  born_on: bornOn.required(),
  address: Joi.object({
    line: Joi.string().max(120).pattern(ADDRESS_LINE).required(),
    city: Joi.string().max(60).pattern(PLACE_NAME).required(),
    state: Joi.string().max(60).pattern(PLACE_NAME).required(),
    pincode: Joi.string().max(6).pattern(PINCODE).required(),
    district: Joi.string().max(60).pattern(PLACE_NAME).required(),
  }).required(),
}).required();

/** POST /v1/dmt/senders/{id}/ekyc */
export const ekycBody = Joi.object<{ aadhaar: string; pid: string }>({
  aadhaar: aadhaar.required(),
  pid: Joi.string().max(40_000).pattern(PID).required(),
}).required();

/** POST /v1/dmt/senders/{id}/ekyc/verification */
export const ekycVerificationBody = Joi.object<{ otp: string }>({ otp }).required();

export interface RecipientBody {
  name: string;
  mobile: string;
  ifsc: string;
  account_number: string;
}
/** POST /v1/dmt/senders/{id}/recipients */
export const recipientBody = Joi.object<RecipientBody>({
  name: Joi.string().max(120).pattern(NAME).required(),
  mobile: Joi.string().max(10).pattern(MOBILE).required(),
  ifsc: Joi.string().max(11).pattern(IFSC).required(),
  account_number: Joi.string().max(18).pattern(ACCOUNT_NUMBER).required(),
}).required();

/** POST /v1/dmt/senders/{id}/transfer-otps */
export const transferOtpsBody = Joi.object<{ recipient: string; amount: number }>({
  recipient: id.required(),
  amount,
}).required();

export interface TransferBody {
  sender: string;
  recipient: string;
  reference: string;
  currency: 'INR';
  parts: { amount: number; otp_reference: string; otp: string }[];
}
/** POST /v1/dmt/transfers */
export const transferBody = Joi.object<TransferBody>({
  sender: id.required(),
  recipient: id.required(),
  reference: Joi.string().max(40).pattern(REFERENCE).required(),
  currency: Joi.string().valid('INR').required(),
  parts: Joi.array()
    .items(Joi.object({ amount, otp_reference: id.required(), otp }))
    .min(1)
    .max(MOST_PARTS)
    .required(),
}).required();
