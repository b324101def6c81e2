import Joi from 'joi';
import { SETTLEMENT_REFERENCE } from '../../domain/ids/ids';
import { isAadhaar } from '../../domain/india/aadhaar';
import { INSTEAD, personalNumberIn } from '../../domain/india/personal-numbers';
import { placeInIndia } from '../../domain/india/position';
import { OTHER_DIGITS, PRINTABLE_ASCII, UNPRINTABLE } from '../../platform/printable';

/**
 * Rules of fields that more than one body has. Every schema builds on these, so that a field is refused in
 * one way.
 */

/** The caller's own name for a transaction. */
export const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/;
/**
 * The name of a person or firm as it is written in Latin letters, accents included. It is kept like this;
 * each provider is sent what it can print of it.
 */
export const NAME =
  /^[\p{Script=Latin}0-9][\p{Script=Latin}\u0300-\u036f0-9 .,'\u2018\u2019`\u00b4&@+()_/-]{0,119}$/u;
export const NAME_RULE =
  "Latin letters, with their accents, digits, spaces and . , ' ’ & @ + ( ) _ / -, with a letter or digit first";
/** The handle may have dots: an account is also paid as `<account number>@<IFSC>.ifsc.npci`. */
const VPA = /^[A-Za-z0-9._-]{2,100}@[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*$/;
/** As a bank numbers its accounts; virtual accounts have letters. */
export const ACCOUNT_NUMBER = /^[A-Za-z0-9]{5,35}$/;
/** An account that money is sent to in cash over the counter. */
export const COUNTER_ACCOUNT_NUMBER = /^\d{9,18}$/;
export const IFSC = /^[A-Za-z]{4}0[A-Za-z0-9]{6}$/;
/**
 * Ten digits as India's numbering plan gives them to mobile phones; no +91 and no leading 0, so that a number
 * has one form.
 */
export const MOBILE = /^[6-9]\d{9}$/;
export const PINCODE = /^[1-9]\d{5}$/;
/** `<latitude>,<longitude>` with four decimals or more, which is some ten metres. */
export const GEOCODE = /^(-?\d{1,2}\.\d{4,10}),(-?\d{1,3}\.\d{4,10})$/;
const OTP = /^\d{4,8}$/;
/** An id of ours as it is shown outside. */
const PUBLIC_ID = /^[a-z]{3}_[0-9a-z]{26}$/;
const PAGE_LIMIT = /^(?:[1-9]\d?|100)$/;
const CURSOR = /^[A-Za-z0-9_-]+$/;

/** The error of a text with a number that we must not keep; validate.ts says it. */
export const HOLDS_PERSONAL_NUMBER = 'any.personal';

/** A custom rule is broken: `rule` says what the value must be. */
export function breaks(helpers: Joi.CustomHelpers, rule: string): Joi.ErrorReport {
  return helpers.error('any.invalid', { rule });
}

const AN_AADHAAR = 'an Aadhaar number: twelve digits, the last of which checks the others';

/**
 * A text of so many characters. Joi's own `min` and `max` count UTF-16 units, of which some characters have two:
 * the database and JSON Schema count characters.
 */
export function characters(least: number, most: number): Joi.StringSchema {
  return Joi.string()
    .custom((text: string, helpers) => {
      const length = lengthOf(text);
      if (length > most) return helpers.error('string.max', { limit: most });
      return length < least ? helpers.error('string.min', { limit: least }) : text;
    })
    .meta({ schema: { minLength: least, maxLength: most } });
}

const lengthOf = (text: string): number => {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let length = 0;
  for (const _character of text) length += 1;
  return length;
};

/** The last rule of a text that is kept: see `text`. */
export function keptText(value: string, helpers: Joi.CustomHelpers): string | Joi.ErrorReport {
  const isAscii = PRINTABLE_ASCII.test(value);
  if (!isAscii && UNPRINTABLE.test(value))
    return breaks(helpers, 'without control characters and halves of characters');
  if (!isAscii && OTHER_DIGITS.test(value))
    return breaks(helpers, 'without digits of other scripts: 0 to 9 only');
  const held = personalNumberIn(value);
  if (held !== undefined) return helpers.error(HOLDS_PERSONAL_NUMBER, { instead: INSTEAD[held] });
  return isAscii ? value : value.normalize('NFC');
}

const NO_PERSONAL_NUMBER = 'Holds no Aadhaar number, PAN or card number: it is kept';

/**
 * A text that is kept, in this form. Every free text of a body is made of it: it holds no Aadhaar number, PAN or
 * card number, no character that cannot be stored or seen, and its accents are in one form (NFC). Numbers that
 * have a field of their own (accounts, telephones, consumer numbers) are no texts, and are sealed where they are
 * kept. `size`: the most characters, or the least and the most.
 */
export function text(
  size: number | readonly [least: number, most: number],
  form: RegExp,
  rule: string,
): Joi.StringSchema {
  const sized =
    typeof size === 'number' ? Joi.string().max(size).meta({ schema: {} }) : characters(size[0], size[1]);
  return sized.pattern(form, rule).custom(keptText).description(NO_PERSONAL_NUMBER);
}

/** In paise. These are the limits of the number; the limits of a service are policy rows. */
export const amount = Joi.number()
  .integer()
  .min(1)
  .max(1_000_000_000_000)
  .description('Whole paise, written in digits only')
  .example(150_000)
  .required();
export const currency = Joi.string().valid('INR').required();
const A_REFERENCE = 'Latin letters, digits and . _ / - only, with a letter or digit first';
/** Those of settlements are ours: a reference names one transaction, and a caller's would keep a settlement unpaid. */
const NEW_REFERENCE = new RegExp(`^(?!${SETTLEMENT_REFERENCE})${REFERENCE.source.slice(1)}`);
export const reference = text(
  40,
  NEW_REFERENCE,
  `${A_REFERENCE}, and not ${SETTLEMENT_REFERENCE} in front`,
).example('order-1042');
/** One that is looked for or shown, not kept: transactions of before may have any, and those of settlements have ours. */
export const searchedReference = Joi.string().max(40).pattern(REFERENCE, A_REFERENCE).example('order-1042');
export const name = text([1, 120], NAME, NAME_RULE).example('Test Beneficiary');
export const accountNumber = Joi.string()
  .max(35)
  .pattern(ACCOUNT_NUMBER, '5 to 35 Latin letters and digits')
  .example('000111220000');
export const counterAccountNumber = Joi.string()
  .max(18)
  .pattern(COUNTER_ACCOUNT_NUMBER, '9 to 18 digits')
  .example('000111220000');
export const ifsc = Joi.string()
  .max(11)
  .pattern(IFSC, 'an IFSC: four Latin letters, the digit 0, and six Latin letters or digits')
  .example('HDFC0000053');
/** A UPI address of so many characters at most. */
export const vpa = (max: number): Joi.StringSchema =>
  Joi.string()
    .max(max)
    .pattern(VPA, 'a UPI address: Latin letters, digits and . _ -, then @ and a handle such as okbank')
    .example('test.trader@okbank');
export const mobile = Joi.string()
  .max(10)
  .pattern(MOBILE, 'a mobile number of ten digits, the first 6 to 9, without +91 or 0 before it')
  .example('9876543210')
  .required();
export const pincode = Joi.string()
  .max(6)
  .pattern(PINCODE, 'a PIN code: six digits, the first not 0')
  .example('110001')
  .required();
export const otp = Joi.string().max(8).pattern(OTP, '4 to 8 digits').example('123456').required();

const DAY = /^2\d{3}-\d{2}-\d{2}$/;
const A_DAY = 'a day of the calendar, as 2026-11-29';
/** A day in India. */
export const day = Joi.string()
  .max(10)
  .pattern(DAY, A_DAY)
  .custom((text: string, helpers) => {
    const at = new Date(`${text}T00:00:00Z`);
    return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(text) ? breaks(helpers, A_DAY) : text;
  })
  .meta({ schema: { format: 'date' } })
  .example('2026-11-29');

export const publicId = Joi.string()
  .max(30)
  .pattern(PUBLIC_ID, 'an id as the API gives it: three letters, _ and 26 letters or digits')
  .example('otp_01jxvqexvqexvt0xvqexvqexvq');

/** Twelve digits with the right check digit. */
export const aadhaar = Joi.string()
  .max(12)
  .pattern(/^\d{12}$/, AN_AADHAAR)
  .custom((text: string, helpers) => (isAadhaar(text) ? text : breaks(helpers, AN_AADHAAR)))
  .meta({ schema: {} })
  .example('999941057058')
  .required();

export const geocode = Joi.string()
  .max(27)
  .pattern(GEOCODE, 'latitude and longitude with 4 to 10 decimals each and a comma between them')
  .custom((text: string, helpers) =>
    placeInIndia(text) === undefined
      ? breaks(helpers, 'the latitude and longitude of a place in India')
      : text,
  )
  .meta({ schema: {} })
  .example('28.6139,77.2090')
  .required();

/** The parameters of a list that is given page by page. */
export const page = {
  limit: Joi.string()
    .pattern(PAGE_LIMIT, 'a whole number from 1 to 100')
    .custom(Number)
    .default(20)
    .example('20')
    .meta({
      schema: {},
      parameter: { type: 'integer', format: 'int64', minimum: 1, maximum: 100, default: 20 },
    }),
  cursor: Joi.string()
    .max(400)
    .pattern(CURSOR, 'the cursor of a page that was given before')
    .example('eyJ2IjoxfQ'),
};

/** For examples: a number that UIDAI gives for tests, and the form of a capture. */
export const AADHAAR_EXAMPLE = '999941057058';
export const PID_EXAMPLE =
  '<PidData><Resp errCode="0"/><Skey ci="20280813">c2Vzc2lvbiBrZXk=</Skey><Data type="X">ZXhhbXBsZQ==</Data></PidData>';
