import { UUID } from '../../platform/ids';
import { PRINTABLE_ASCII } from '../../platform/printable';

/**
 * Aadhaar, PAN and card numbers in texts that are kept. They are recognised by their form, whatever their check
 * digit says: of an integrator's running numbers one in ten has a right check digit, so a rule that asked for it
 * would take nine orders and refuse the tenth. This one refuses the first, and says what to write instead
 * (docs/adr/0012-personal-numbers-by-form.md). Every pattern is bounded, so that no text can hold up the process.
 */
export type PersonalNumber = 'aadhaar' | 'pan' | 'card';

const DAY = '(?:0[1-9]|[12][0-9]|3[01])';
const MONTH = '(?:0[1-9]|1[0-2])';
const TIME = '(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]';
/** 2020 to 2049. What begins with a date, or is one with its time, numbers things: one Aadhaar in 250 does, too. */
const DATED = new RegExp(
  [
    `20[2-4][0-9]${MONTH}${DAY}[0-9]{4,11}`,
    `${DAY}${MONTH}20[2-4][0-9][0-9]{4,11}`,
    `[2-4][0-9]${MONTH}${DAY}${TIME}`,
    `${DAY}${MONTH}[2-4][0-9]${TIME}`,
  ]
    .map((form) => `^${form}$`)
    .join('|'),
);

/** UUIDs and other long ids of hex digits: any number of decimal ones in a row comes up in them by chance. */
const RANDOM_ID =
  /(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,255})(?![0-9a-z])/gi;
/** The number under which banks find a payment has twelve digits as well. */
const BANK_REFERENCE = /(?<![a-z])(?:rrn|utr)[ .:#/_-]{0,3}[0-9]{12}(?![0-9])/gi;

const SEPARATOR = '[ ._/-]{1,3}';
/** In one piece; or, as a word of its own, in three groups. */
const AADHAAR = new RegExp(
  `(?<![0-9])[2-9][0-9]{11}(?![0-9])` +
    `|(?<![0-9a-z])[2-9][0-9]{3}(${SEPARATOR})[0-9]{4}\\1[0-9]{4}(?![0-9a-z]|\\1[0-9])`,
  'gi',
);
const PAN = /(?<![0-9a-z])[a-z]{3}[pchabgjlfte][a-z][0-9]{4}[a-z](?![0-9a-z])/i;

/** 13 to 19 digits in one piece, or in the groups in which cards print them. */
const CARD_DIGITS = new RegExp(
  `(?<![0-9])(?:[0-9]{13,19}|[0-9]{4}(?:(${SEPARATOR})[0-9]{4}\\1[0-9]{4}\\1[0-9]{4}(?:\\1[0-9]{3})?` +
    `|(${SEPARATOR})[0-9]{6}\\2[0-9]{4,5}))(?![0-9])`,
  'g',
);
/** How the numbers of each kind of card begin, and how many digits they have (ISO/IEC 7812 and the schemes). */
const CARD_FORMS: readonly RegExp[] = [
  /^4[0-9]{12}(?:[0-9]{3}){0,2}$/, // Visa
  /^5[1-5][0-9]{14}$/, // Mastercard
  /^2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}$/, // Mastercard
  /^3[47][0-9]{13}$/, // American Express
  /^3[0689][0-9]{12}$/, // Diners Club
  /^35[0-9]{14,17}$/, // JCB, RuPay
  /^(?:5[06-8]|6[0-9])[0-9]{11,17}$/, // Maestro, RuPay, Discover, UnionPay
  /^8[12][0-9]{14}$/, // RuPay
];

const SHORTEST = 10;
/** What has fewer digits together is neither an Aadhaar nor a card: most texts, and most UUIDs, end here. */
const HAS_DIGITS = /[0-9](?:[ ._/-]{0,3}[0-9]){11}/;

/** What a text holds, if anything; of several, the first of these. */
export function personalNumberIn(text: string): PersonalNumber | undefined {
  if (text.length < SHORTEST || UUID.test(text)) return undefined; // most Idempotency-Keys are UUIDs
  const plain = PRINTABLE_ASCII.test(text) ? text : inAscii(text);
  if (PAN.test(plain)) return 'pan';
  if (!HAS_DIGITS.test(plain)) return undefined;
  const rest = plain.replaceAll(RANDOM_ID, 'id').replaceAll(BANK_REFERENCE, 'rrn');
  if (found(rest, CARD_DIGITS).some(isCard)) return 'card';
  return found(rest, AADHAAR).some((digits) => !DATED.test(digits)) ? 'aadhaar' : undefined;
}

/** Wide forms, long dashes and other blanks as the plain ones, so that they hide nothing. */
function inAscii(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Zs}/gu, ' ')
    .replaceAll(/\p{Pd}/gu, '-')
    .replaceAll(/\p{Cf}/gu, '');
}

const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([match]) => match.replaceAll(/[^0-9]/g, ''));

const isCard = (digits: string): boolean =>
  !DATED.test(digits) && CARD_FORMS.some((form) => form.test(digits));

/** What to do about it, for whoever sent the text. */
export const INSTEAD: Readonly<Record<PersonalNumber, string>> = {
  aadhaar:
    'holds twelve digits that may be an Aadhaar number, and this text is kept: ' +
    'put a 0 before them, or write RRN or UTR before a reference of a bank',
  pan: 'holds what may be a PAN, and this text is kept: leave it out',
  card: 'holds digits that may be a card number, and this text is kept: put a 0 before them',
};
