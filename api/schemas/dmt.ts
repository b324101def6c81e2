import Joi from 'joi';
import {
  aadhaar,
  amount,
  breaks,
  counterAccountNumber,
  currency,
  ifsc,
  mobile,
  name,
  otp,
  PID_EXAMPLE,
  pincode,
  publicId,
  reference,
} from './fields';

/**
 * Bodies of /v1/dmt. Amounts are integer paise. Aadhaar numbers, biometrics and one-time passwords are
 * checked in form and passed on.
 */
const PLACE_NAME = /^[A-Za-z][A-Za-z0-9 .'&()/-]{1,59}$/;
const A_PLACE = "2 characters or more: Latin letters, digits, spaces and . ' & ( ) / -, with a letter first";
const ADDRESS_LINE = /^[A-Za-z0-9][A-Za-z0-9 .,'&()/#-]{2,119}$/;
const DATE = /^(?:19|20)\d{2}-\d{2}-\d{2}$/;
/** The RD service's XML: printable, and as long as a document with biometrics gets. */
const PID = /^<[\t\n\r\u0020-\u007e]{1,39999}$/;
/** As many as a month's limit has at the limit of one transfer, and as many passwords as may be tried at once. */
const MAX_PARTS = 5;

const A_DAY = 'a day of the past, as 1990-02-28';
const bornOn = Joi.string()
  .max(10)
  .pattern(DATE, A_DAY)
  .custom((text: string, helpers) => {
    const day = new Date(`${text}T00:00:00Z`);
    return Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text) || day.getTime() > Date.now()
      ? breaks(helpers, A_DAY)
      : text;
  })
  .meta({ schema: {} })
  .example('1990-02-28');

/** POST /v1/dmt/senders */
export const senderBody = Joi.object<{ mobile: string }>({
  mobile,
}).required();

export interface EnrolmentBody {
  name: string;
  born_on: string;
  address: { line: string; city: string; state: string; pincode: string; district: string };
}
/** POST /v1/dmt/senders/{id}/enrolment */
export const enrolmentBody = Joi.object<EnrolmentBody>({
  name: name.required(),
  born_on: bornOn.required(),
  address: Joi.object({
    line: Joi.string()
      .max(120)
      .pattern(
        ADDRESS_LINE,
        "3 characters or more: Latin letters, digits, spaces and . , ' & ( ) / # -, with a letter or digit first",
      )
      .example('12 Station Road')
      .required(),
    city: Joi.string().max(60).pattern(PLACE_NAME, A_PLACE).example('Delhi').required(),
    state: Joi.string().max(60).pattern(PLACE_NAME, A_PLACE).example('Delhi').required(),
    pincode,
    district: Joi.string().max(60).pattern(PLACE_NAME, A_PLACE).example('New Delhi').required(),
  }).required(),
}).required();

/** POST /v1/dmt/senders/{id}/ekyc */
export const ekycBody = Joi.object<{ aadhaar: string; pid: string }>({
  aadhaar,
  pid: Joi.string()
    .max(40_000)
    .pattern(PID, 'the PID document of the RD service')
    .example(PID_EXAMPLE)
    .required(),
}).required();

/** POST /v1/dmt/senders/{id}/ekyc/verification */
export const ekycVerificationBody = Joi.object<{ otp: string }>({ otp }).required();

/** POST /v1/dmt/senders/{id}/phone-otp takes none. */
export const phoneOtpBody = Joi.object<Record<string, never>>({}).required();
/** POST /v1/dmt/senders/{id}/phone-otp/verification */
export const phoneVerificationBody = Joi.object<{ otp: string }>({ otp }).required();

export interface RecipientBody {
  name: string;
  mobile: string;
  ifsc: string;
  account_number: string;
}
/** POST /v1/dmt/senders/{id}/recipients */
export const recipientBody = Joi.object<RecipientBody>({
  name: name.required(),
  mobile,
  ifsc: ifsc.required(),
  account_number: counterAccountNumber.required(),
}).required();

/** POST /v1/dmt/senders/{id}/transfer-otps */
export const transferOtpsBody = Joi.object<{ recipient: string; amount: number }>({
  recipient: publicId.required(),
  amount,
}).required();

/** POST /v1/dmt/parts/{id}/otp takes none. */
export const newOtpBody = Joi.object<Record<string, never>>({}).required();
/** POST /v1/dmt/parts/{id}/otp/verification */
export const newOtpVerificationBody = Joi.object<{ otp_reference: string; otp: string }>({
  otp_reference: publicId.required(),
  otp,
}).required();

export interface TransferBody {
  sender: string;
  recipient: string;
  reference: string;
  currency: 'INR';
  parts: { amount: number; otp_reference: string; otp: string }[];
  force?: boolean;
}
/** POST /v1/dmt/transfers */
export const transferBody = Joi.object<TransferBody>({
  sender: publicId.required(),
  recipient: publicId.required(),
  reference: reference.required(),
  currency,
  parts: Joi.array()
    .items(Joi.object({ amount, otp_reference: publicId.required(), otp }))
    .min(1)
    .max(MAX_PARTS)
    .required(),
  force: Joi.boolean().description(
    'It is meant, also where the same was sent to the same recipient moments ago',
  ),
}).required();
