import Joi from 'joi';
import { accountNumber, breaks, ifsc, name, text } from './fields';

/**
 * The bodies of /v1/kyc and /v1/consents. What a tier asks for, and which kinds of documents there are, are rules of
 * the domain: here is their form alone.
 */
const PAN = /^[A-Z]{5}[0-9]{4}[A-Z]$/;
const GSTIN = /^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][A-Z0-9]Z[A-Z0-9]$/;
const ADDRESS = /^[\p{L}\p{M}0-9][\p{L}\p{M}0-9 .,'’&()#/_-]{9,299}$/u;
const KIND = /^[a-z][a-z_]{1,39}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** No group repeats in it: in a text of millions of characters that needs more stack than there is. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const A_FILE = 'a JPEG, PNG or PDF file in base64, without line breaks';
const MANAGER = /^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$/;
const CONTENT_CHARS = { least: 64, most: 6_700_000 };

/** The smallest scan that is taken: a PDF of one line. */
export const DOCUMENT_EXAMPLE = Buffer.from(
  '%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n',
).toString('base64');

/** A document and its frame. */
export const DOCUMENT_BODY_BYTES = CONTENT_CHARS.most + 4_096;

export interface KycBody {
  tier: 'small' | 'full';
  holder: 'individual' | 'business';
  name: string;
  born_on?: string;
  address?: string;
  pan?: string;
  gstin?: string;
  aadhaar_last4?: string;
}

const A_DAY = 'a day of the calendar, as 1990-12-31';

/** PUT /v1/kyc. */
export const kycBody = Joi.object<KycBody>({
  tier: Joi.string().valid('small', 'full').required(),
  holder: Joi.string().valid('individual', 'business').required(),
  name: name.required(),
  born_on: Joi.string()
    .max(10)
    .pattern(DAY, A_DAY)
    .custom((day: string, helpers) => {
      const at = new Date(`${day}T00:00:00.000Z`);
      const isDay = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
      return isDay && day >= '1850-01-01' ? day : breaks(helpers, A_DAY);
    })
    .meta({ schema: {} })
    .example('1990-12-31'),
  address: text(
    [10, 300],
    ADDRESS,
    "letters, digits, spaces and . , ' & ( ) # / _ -, 10 of them or more",
  ).example('12 Station Road, Nashik 422001'),
  pan: Joi.string()
    .max(10)
    .pattern(PAN, 'a PAN: five capital letters, four digits and a capital letter')
    .example('ABCPE1234F'),
  gstin: Joi.string()
    .max(15)
    .pattern(GSTIN, 'a GSTIN: 15 digits and capital letters, the state first')
    .example('27AAPFU0939F1ZV'),
  aadhaar_last4: Joi.string()
    .max(4)
    .pattern(/^\d{4}$/, 'the last four digits, never the whole number')
    .example('7058'),
}).required();

export interface DocumentBody {
  kind: string;
  content: string;
}

/** POST /v1/kyc/documents. */
export const documentBody = Joi.object<DocumentBody>({
  kind: Joi.string().max(40).pattern(KIND, 'small letters and _, as pan_card').example('pan_card').required(),
  content: Joi.string()
    .min(CONTENT_CHARS.least)
    .max(CONTENT_CHARS.most)
    .pattern(BASE64, A_FILE)
    .custom((content: string, helpers) => (content.length % 4 === 0 ? content : breaks(helpers, A_FILE)))
    .meta({ schema: {}, beyond: 'Four characters for each three bytes, the last ones filled up with =' })
    .example(DOCUMENT_EXAMPLE)
    .required(),
}).required();

/** PUT /v1/kyc/bank-account. */
export const bankAccountBody = Joi.object<{ account_number: string; ifsc: string }>({
  account_number: accountNumber.required(),
  ifsc: ifsc.required(),
}).required();

export interface ConsentBody {
  purpose: string;
  version: number;
  language: 'en' | 'hi';
  manager?: { name: string; reference: string };
}

const purpose = Joi.string().max(40).pattern(KIND, 'small letters and _, as bank_account').example('kyc');

/** POST /v1/consents. */
export const consentBody = Joi.object<ConsentBody>({
  purpose: purpose.required(),
  version: Joi.number().integer().min(1).max(10_000).example(1).required(),
  language: Joi.string().valid('en', 'hi').required(),
  manager: Joi.object({
    name: text(60, MANAGER, 'Latin letters, digits and . _ -, 2 to 60 of them')
      .example('manager-1')
      .required(),
    reference: text(60, MANAGER, 'Latin letters, digits and . _ -, 2 to 60 of them')
      .example('consent-7')
      .required(),
  }),
}).required();

export const KYC_EXAMPLE: KycBody = {
  tier: 'small',
  holder: 'individual',
  name: 'Test Retailer',
  born_on: '1990-12-31',
  address: '12 Station Road, Nashik 422001',
  pan: 'ABCPE1234F',
  aadhaar_last4: '7058',
};
