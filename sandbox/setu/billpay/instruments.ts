/**
 * What BillPay demands of a payment although its OpenAPI file does not list it: who pays, with what, and in which
 * of its channels. The source is Setu's guide "Remitter & Account Info" and its page "Objects".
 */
import { createFieldReader, type Fields } from '../request-fields';
import { invalidMode, validationError } from './errors';

interface Form {
  least: number;
  pattern: RegExp;
}
const MOST = 50;
const REMARKS: Form = { least: 1, pattern: /^[ -~]+$/ };
const CARD: Form = { least: 3, pattern: /^\d{12,19}\|[A-Za-z0-9]+$/ };
const ACCOUNT: Form = { least: 3, pattern: /^[A-Z]{4}0[A-Z0-9]{6}\|[A-Za-z0-9]+$/ };
const AADHAAR: Form = { least: 3, pattern: /^\d{12}\|\d{1,9}$/ };

/** IMPS and NEFT ended in July 2025; the file still has both. */
const FORMS = {
  'Internet Banking': ACCOUNT,
  'Debit Card': CARD,
  'Credit Card': CARD,
  'Prepaid Card': CARD,
  Cash: REMARKS,
  UPI: { least: 3, pattern: /^[\w.-]+@[A-Za-z][A-Za-z0-9.-]*$/ },
  Wallet: { least: 12, pattern: /^[A-Za-z0-9 ]+\|\d{6,22}$/ },
  AEPS: AADHAAR,
  'Account Transfer': ACCOUNT,
  'Bharat QR': ACCOUNT,
  USSD: REMARKS,
  'BHIM Aadhaar Pay': AADHAAR,
} as const satisfies Readonly<Record<string, Form>>;
type Mode = keyof typeof FORMS;
export const MODES = Object.keys(FORMS) as Mode[];

const CARDS = ['Credit Card', 'Debit Card', 'Prepaid Card'] as const;
const PORTAL: readonly Mode[] = ['Internet Banking', ...CARDS, 'UPI', 'Wallet'];
const AGENT: readonly Mode[] = ['Cash', ...CARDS, 'UPI', 'Wallet', 'AEPS', 'Bharat QR'];
/** "Initiating Channel & Eligible Payment modes". Channels and modes that it does not have are not restricted. */
const MODES_OF_CHANNEL: Readonly<Record<string, readonly Mode[]>> = {
  INT: PORTAL,
  INTB: PORTAL,
  MOB: [...PORTAL, 'AEPS', 'Bharat QR', 'USSD'],
  MOBB: [...PORTAL, 'Bharat QR', 'USSD'],
  ATM: ['Internet Banking', ...CARDS],
  BNKBRNCH: [...AGENT, 'Account Transfer'],
  KIOSK: ['Cash', ...CARDS, 'Wallet'],
  AGT: AGENT,
  BSC: [...AGENT, 'Account Transfer'],
};
const UNLISTED: Mode = 'BHIM Aadhaar Pay';

const read = createFieldReader(validationError);

export function checkModeOfChannel(mode: string, channel: string): void {
  const modes = MODES_OF_CHANNEL[channel];
  if (modes !== undefined && mode !== UNLISTED && !(modes as readonly string[]).includes(mode))
    throw invalidMode();
}

/** Throws the error of a missing account, or of one in another form than the mode's. */
export function readAccountInfo(details: Fields, mode: string): string {
  const { least, pattern } = FORMS[mode as Mode];
  const info = read.text(details, 'accountInfo', least, MOST);
  if (!pattern.test(info)) throw validationError(`accountInfo is not in the form of the mode ${mode}`);
  return info;
}

/** The person who pays is checked and not stored. A fetch may leave the name out, a payment may not. */
export function readRemitter(body: Fields, isNameRequired: boolean): void {
  const remitter = isNameRequired ? read.object(body, 'remitter') : read.optionalObject(body, 'remitter');
  if (remitter === undefined) return;
  if (isNameRequired) read.text(remitter, 'name', 1, 50);
  for (const field of ['name', 'email', 'pan', 'aadhaar']) read.optionalText(remitter, field, 1, 50);
}
