import Joi from 'joi';
import {
  aadhaar,
  AADHAAR_EXAMPLE,
  accountNumber,
  amount,
  characters,
  currency,
  ifsc,
  mobile,
  otp,
  publicId,
  reference,
  text,
} from './fields';

/**
 * The bodies of /v1/aeps. An Aadhaar number is checked with its check digit; a PID block (the XML of the RD
 * service) for form and size only, since only UIDAI can open it. Amounts are integer paise.
 */
/** A code with letters, or an IIN. Longer numbers are somebody's: this field is kept. */
const BANK = /^(?:[A-Za-z][A-Za-z0-9]{1,11}|\d{3,6})$/;
const TERMINAL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$/;
const PID =
  /^(?:<\?xml[\t\n\r\x20-;=?-~]{0,100}\?>\s{0,10})?<PidData[\s>][\t\n\r\x20-\x7e]*<\/PidData>\s{0,10}$/;
const PID_CHARS = { least: 60, most: 32_000 };
const DOCUMENT_CHARS = { least: 100, most: 533_336 }; // 400,000 bytes
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BEGINNING = /^(?:\/9j\/|iVBORw0KGgo|JVBERi)/; // JPEG, PNG, PDF
const ADDRESS = /^[A-Za-z0-9][A-Za-z0-9 .,'&()#/_-]{4,199}$/;

/** The largest body of an activation: three documents and the rest. */
export const ACTIVATION_BYTES = 1_700_000;

export interface CustomerBody {
  mobile: string;
  bank: string;
}
export interface TerminalBody {
  id: string;
  latlong: string;
}
export interface BiometricsBody {
  aadhaar: string;
  pid: string;
}
export interface OrderBody extends BiometricsBody {
  amount: number;
  currency: 'INR';
  reference: string;
  customer: CustomerBody;
  terminal: TerminalBody;
}
export interface WithdrawalBody extends OrderBody {
  otp_request?: string;
}
export interface WithdrawalOtpBody {
  amount: number;
  currency: 'INR';
  customer: CustomerBody;
  terminal: TerminalBody;
  aadhaar: string;
}
export interface EnquiryBody extends BiometricsBody {
  customer: CustomerBody;
  terminal: TerminalBody;
}
export interface ApplicantBody {
  mobile: string;
  latlong: string;
  aadhaar: string;
}
export interface ActivationBody {
  user_code: string;
  device: { model: string; number: string };
  account_number: string;
  ifsc: string;
  shop_type: string;
  pan: string;
  aadhaar: string;
  office_address: string;
  proof_address: string;
  latlong: string;
  documents: { aadhaar_front: string; aadhaar_back: string; pan_card: string };
}

const pid = Joi.string()
  .min(PID_CHARS.least)
  .max(PID_CHARS.most)
  .pattern(PID, 'the PidData document of the RD service')
  .example(`<PidData><Resp errCode="0"/><Data type="X">${'MjAyNi0xMS0yOVQxMDow'.repeat(2)}</Data></PidData>`)
  .required();
const bank = text(
  12,
  BANK,
  'the code of a bank (2 to 12 Latin letters or digits, a letter first) or its IIN (3 to 6 digits)',
)
  .example('SBIN')
  .required();
const latlong = characters(1, 40)
  .pattern(/^[^\p{Cc}\p{Cs}]+$/u, 'a position, as 28.6139,77.2090')
  .example('28.6139,77.2090')
  .required(); // its form and place are the domain's to check
const customer = Joi.object({ mobile, bank }).required();
const terminal = Joi.object({
  id: text(40, TERMINAL_ID, 'Latin letters, digits and . _ -, 3 to 40 of them, with a letter or digit first')
    .example('terminal-7')
    .required(),
  latlong,
}).required();
const A_DOCUMENT = 'a JPEG, PNG or PDF file in base64, without line breaks';
const document = Joi.string()
  .min(DOCUMENT_CHARS.least)
  .max(DOCUMENT_CHARS.most)
  .pattern(BEGINNING, A_DOCUMENT)
  .pattern(BASE64, A_DOCUMENT)
  .example(`/9j/${'4AAQ'.repeat(24)}`)
  .required();
const address = Joi.string()
  .max(200)
  .pattern(
    ADDRESS,
    "5 characters or more: Latin letters, digits, spaces and . , ' & ( ) # / _ -, with a letter or digit first",
  )
  .example('12 Station Road, Delhi')
  .required();
const device = Joi.string()
  .max(40)
  .pattern(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/,
    'Latin letters, digits, spaces and . _ -, with a letter or digit first',
  )
  .example('MFS100')
  .required();

/** POST /v1/aeps/merchant-payments; a withdrawal adds to it. */
export const orderBody = Joi.object<OrderBody>({
  amount,
  currency,
  reference: reference.required(),
  customer,
  terminal,
  aadhaar,
  pid,
}).required();

/** POST /v1/aeps/withdrawals. `otp_request`: the one-time password that the finger was captured with. */
export const withdrawalBody = (orderBody as Joi.ObjectSchema<WithdrawalBody>)
  .keys({ otp_request: publicId })
  .required();

/** POST /v1/aeps/withdrawal-otps. */
export const withdrawalOtpBody = Joi.object<WithdrawalOtpBody>({
  amount,
  currency,
  customer,
  terminal,
  aadhaar,
}).required();

/** POST /v1/aeps/balance-enquiries, /v1/aeps/mini-statements. */
export const enquiryBody = Joi.object<EnquiryBody>({ customer, terminal, aadhaar, pid }).required();

/** POST /v1/aeps/withdrawals/{id}/acknowledgement. */
export const acknowledgementBody = Joi.object<{ cash_handed_out: boolean }>({
  cash_handed_out: Joi.boolean().required(),
}).required();

/** POST /v1/aeps/agent/kyc/otp; the other steps add to it. */
export const applicantBody = Joi.object<ApplicantBody>({ mobile, latlong, aadhaar }).required();
/** POST /v1/aeps/agent/kyc/verification. */
export const otpBody = Joi.object<ApplicantBody & { otp: string }>({
  mobile,
  latlong,
  aadhaar,
  otp,
}).required();
/** POST /v1/aeps/agent/kyc/biometric, /v1/aeps/agent/kyc/daily. */
export const biometricBody = Joi.object<ApplicantBody & { bank: string; pid: string }>({
  mobile,
  latlong,
  aadhaar,
  bank,
  pid,
}).required();

/** POST /v1/aeps/agent. */
export const activationBody = Joi.object<ActivationBody>({
  user_code: text(20, /^[A-Za-z0-9]{4,20}$/, '4 to 20 Latin letters or digits')
    .example('20810200')
    .required(),
  device: Joi.object({ model: device, number: device }).required(),
  account_number: accountNumber.required(),
  ifsc: ifsc.required(),
  shop_type: text(20, /^[A-Za-z0-9_-]{1,20}$/, 'Latin letters, digits, _ and - only')
    .example('grocery')
    .required(),
  pan: Joi.string()
    .max(10)
    .pattern(
      /^[A-Z]{3}[PCHABGJLFTE][A-Z]\d{4}[A-Z]$/,
      'a PAN: five capital letters, four digits and a capital letter',
    )
    .example('AAAPA0000A')
    .required(),
  aadhaar,
  office_address: address,
  proof_address: address,
  latlong,
  documents: Joi.object({ aadhaar_front: document, aadhaar_back: document, pan_card: document }).required(),
}).required();

/** For examples. */
export const CUSTOMER_EXAMPLE: CustomerBody = { mobile: '9000000002', bank: '607152' };
export const TERMINAL_EXAMPLE: TerminalBody = { id: 'till-7', latlong: '28.613900,77.209000' };
const DOCUMENT_EXAMPLE = `/9j/${'A'.repeat(96)}`;
export const ACTIVATION_EXAMPLE: ActivationBody = {
  user_code: '20810200',
  device: { model: 'MFS110', number: '1234567' },
  account_number: '000111220000',
  ifsc: 'HDFC0000053',
  shop_type: '4215',
  pan: 'ABCPE1234F',
  aadhaar: AADHAAR_EXAMPLE,
  office_address: '12, Test Street, Pune',
  proof_address: '12, Test Street, Pune',
  latlong: TERMINAL_EXAMPLE.latlong,
  documents: {
    aadhaar_front: DOCUMENT_EXAMPLE,
    aadhaar_back: DOCUMENT_EXAMPLE,
    pan_card: DOCUMENT_EXAMPLE,
  },
};
