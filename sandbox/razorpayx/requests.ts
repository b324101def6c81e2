/**
 * Reads and checks the requests that RazorpayX accepts (docs: api/x). Every function throws the ProviderError
 * that RazorpayX would answer.
 */
import { paiseFromJson } from '../../platform/money';
import type { Notes } from './entries';
import {
  idempotencyKeyMissing,
  invalidField,
  missingField,
  unexpectedFields,
  unreadableBody,
} from './errors';
import type { PayoutMode } from './fees';
import type { ContactDetails, FundAccountDetails } from './parties';

type Fields = Record<string, unknown>;

const IDEMPOTENCY_KEY = /^[A-Za-z0-9\-_ ]{4,36}$/;
const NARRATION = /^[A-Za-z0-9 ]{1,30}$/;
const NAME = /^[A-Za-z0-9 '’\-_/().]*[A-Za-z0-9.]$/; // must not end in a special character other than "."
const IFSC = /^[A-Z]{4}0[A-Z0-9]{6}$/;
const ACCOUNT_NUMBER = /^[A-Za-z0-9]{5,35}$/;
const VPA = /^[A-Za-z0-9.\-_]{1,97}@[A-Za-z0-9.-]{1,97}$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const PHONE = /^\+?[0-9]{8,15}$/;
const PURPOSES = new Set(['refund', 'cashback', 'payout', 'salary', 'utility bill', 'vendor bill']);
const CONTACT_TYPES = new Set(['customer', 'vendor', 'employee', 'self']);
const BILLING_LABEL = 'Munim Sandbox'; // the text on the bank statement of a payout without a narration
const MIN_AMOUNT_PAISE = 100n;

/** Limits by mode: IMPS up to ₹5 lakh, UPI up to ₹1 lakh, RTGS above ₹2 lakh (docs: x/payouts). */
const MODE_LIMITS: Readonly<
  Record<PayoutMode, { minPaise: bigint; maxPaise: bigint | null; account: 'bank_account' | 'vpa' }>
> = {
  IMPS: { minPaise: MIN_AMOUNT_PAISE, maxPaise: 50_000_000n, account: 'bank_account' },
  NEFT: { minPaise: MIN_AMOUNT_PAISE, maxPaise: null, account: 'bank_account' },
  RTGS: { minPaise: 20_000_001n, maxPaise: null, account: 'bank_account' },
  UPI: { minPaise: MIN_AMOUNT_PAISE, maxPaise: 10_000_000n, account: 'vpa' },
};

const PAYOUT_FIELDS = new Set([
  'account_number',
  'fund_account_id',
  'amount',
  'currency',
  'mode',
  'purpose',
  'queue_if_low_balance',
  'reference_id',
  'narration',
  'notes',
]);
const CONTACT_FIELDS = new Set(['name', 'email', 'contact', 'type', 'reference_id', 'notes']);
const FUND_ACCOUNT_FIELDS = new Set(['contact_id', 'account_type', 'bank_account', 'vpa']);
const BANK_ACCOUNT_FIELDS = new Set(['name', 'ifsc', 'account_number']);
const VPA_FIELDS = new Set(['address']);

export interface PayoutRequest {
  accountNumber: string;
  fundAccountId: string;
  amountPaise: bigint;
  mode: PayoutMode;
  purpose: string;
  queueIfLowBalance: boolean;
  referenceId: string | null;
  narration: string;
  notes: Notes;
}

/** The `X-Payout-Idempotency` header: 4 to 36 letters, digits, `-`, `_` and blanks. */
export function readIdempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined || header === '') throw idempotencyKeyMissing();
  if (typeof header !== 'string' || !IDEMPOTENCY_KEY.test(header))
    throw invalidField(
      'X-Payout-Idempotency',
      'The idempotency key must be 4 to 36 letters, digits, hyphens, underscores or spaces.',
    );
  return header;
}

export function readJsonObject(raw: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch {
    throw unreadableBody();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadableBody();
  return value as Fields;
}

export function readPayout(body: Fields): PayoutRequest {
  refuseOthers(body, PAYOUT_FIELDS);
  const accountNumber = requiredText(body, 'account_number', 'account_number', 40);
  const fundAccountId = requiredText(body, 'fund_account_id', 'fund_account_id', 40);
  const amountPaise = readAmount(body.amount);
  if (requiredText(body, 'currency', 'currency', 3) !== 'INR')
    throw invalidField('currency', 'The selected currency is invalid.');
  const mode = requiredText(body, 'mode', 'mode', 10);
  if (!isMode(mode)) throw invalidField('mode', 'The selected mode is invalid.');
  const { minPaise, maxPaise } = MODE_LIMITS[mode];
  if (amountPaise < minPaise || (maxPaise !== null && amountPaise > maxPaise))
    throw invalidField('amount', `The amount is outside the limits of ${mode}.`);
  const purpose = requiredText(body, 'purpose', 'purpose', 30);
  if (!PURPOSES.has(purpose)) throw invalidField('purpose', `Invalid purpose: ${purpose}`);
  const queue = body.queue_if_low_balance ?? false;
  if (typeof queue !== 'boolean')
    throw invalidField('queue_if_low_balance', 'The queue if low balance field must be true or false.');
  const narration = optionalText(body, 'narration', 30) ?? BILLING_LABEL;
  if (!NARRATION.test(narration)) throw invalidField('narration', 'The narration format is invalid.');
  return {
    accountNumber,
    fundAccountId,
    amountPaise,
    mode,
    purpose,
    queueIfLowBalance: queue,
    referenceId: optionalText(body, 'reference_id', 40),
    narration,
    notes: readNotes(body.notes),
  };
}

/** Each mode pays to one type of fund account only. */
export function checkModeSuits(mode: PayoutMode, accountType: 'bank_account' | 'vpa'): void {
  if (MODE_LIMITS[mode].account !== accountType)
    throw invalidField(
      'mode',
      `The mode ${mode} is not supported for a fund account of type ${accountType}.`,
    );
}

export function readContact(body: Fields): ContactDetails {
  refuseOthers(body, CONTACT_FIELDS);
  const name = requiredText(body, 'name', 'name', 50);
  if (name.length < 3 || !NAME.test(name)) throw invalidField('name', 'The name field is invalid.');
  const email = optionalText(body, 'email', 255);
  if (email !== null && !EMAIL.test(email))
    throw invalidField('email', 'The email must be a valid email address.');
  const contact = optionalText(body, 'contact', 16);
  if (contact !== null && !PHONE.test(contact))
    throw invalidField('contact', 'The contact format is invalid.');
  const type = optionalText(body, 'type', 40);
  if (type !== null && !CONTACT_TYPES.has(type)) throw invalidField('type', `Invalid type: ${type}`);
  return {
    name,
    email,
    contact,
    type,
    reference_id: optionalText(body, 'reference_id', 40),
    notes: readNotes(body.notes),
  };
}

/** Reads a fund account and the id of its contact, which the caller looks up. */
export function readFundAccount(body: Fields): { contactId: string; account: FundAccountDetails['account'] } {
  refuseOthers(body, FUND_ACCOUNT_FIELDS);
  const contactId = requiredText(body, 'contact_id', 'contact_id', 40);
  const type = requiredText(body, 'account_type', 'account_type', 20);
  if (type === 'bank_account') {
    if ('vpa' in body) throw unexpectedFields(['vpa']);
    return { contactId, account: readBankAccount(requiredObject(body, 'bank_account', BANK_ACCOUNT_FIELDS)) };
  }
  if (type !== 'vpa') throw invalidField('account_type', 'The selected account type is invalid.');
  if ('bank_account' in body) throw unexpectedFields(['bank_account']);
  const address = requiredText(requiredObject(body, 'vpa', VPA_FIELDS), 'address', 'vpa.address', 100);
  if (!VPA.test(address))
    throw invalidField('vpa.address', 'Invalid VPA. Please enter a valid Virtual Payment Address');
  return { contactId, account: { type, address } };
}

/** Reads `{active}`. */
export function readActivity(body: Fields): boolean {
  refuseOthers(body, new Set(['active']));
  const { active } = body;
  if (active === undefined || active === null) throw missingField('active');
  if (typeof active !== 'boolean') throw invalidField('active', 'The active field must be true or false.');
  return active;
}

function readBankAccount(fields: Fields): FundAccountDetails['account'] {
  const name = requiredText(fields, 'name', 'bank_account.name', 120);
  if (name.length < 3 || !NAME.test(name))
    throw invalidField('bank_account.name', 'The name field is invalid.');
  const ifsc = requiredText(fields, 'ifsc', 'bank_account.ifsc', 100);
  if (ifsc.length !== 11) throw invalidField('bank_account.ifsc', 'The IFSC must be 11 characters.');
  if (!IFSC.test(ifsc)) throw invalidField('bank_account.ifsc', 'Invalid IFSC Code in Bank Account');
  const accountNumber = requiredText(fields, 'account_number', 'bank_account.account_number', 100);
  if (!ACCOUNT_NUMBER.test(accountNumber))
    throw invalidField('bank_account.account_number', 'The account number format is invalid.');
  return { type: 'bank_account', name, ifsc, account_number: accountNumber };
}

export function readAmount(value: unknown): bigint {
  if (value === undefined || value === null) throw missingField('amount');
  if (!Number.isSafeInteger(value)) throw invalidField('amount', 'The amount must be an integer.');
  const amountPaise = paiseFromJson((value as number) + 0); // + 0 turns -0 into 0
  if (amountPaise < MIN_AMOUNT_PAISE) throw invalidField('amount', 'The amount must be at least INR 1.00');
  return amountPaise;
}

/**
 * Up to 15 keys with texts of up to 256 characters. No notes are an empty list, as in RazorpayX's own
 * answers.
 */
export function readNotes(value: unknown): Notes {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidField('notes', 'The notes must be an array.');
  const pairs = Object.entries(value);
  if (pairs.length > 15) throw invalidField('notes', 'The notes may not have more than 15 key-value pairs.');
  if (pairs.some(([key, text]) => key.length > 256 || typeof text !== 'string' || text.length > 256))
    throw invalidField('notes', 'The notes must be texts of 256 characters at most.');
  return pairs.length === 0 ? [] : (value as Record<string, string>);
}

export function refuseOthers(body: Fields, known: ReadonlySet<string>): void {
  const others = Object.keys(body).filter((key) => !known.has(key));
  if (others.length > 0) throw unexpectedFields(others.map((key) => key.slice(0, 60)).slice(0, 10));
}

function requiredObject(body: Fields, field: string, known: ReadonlySet<string>): Fields {
  const value = body[field];
  if (value === undefined || value === null) throw missingField(field);
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidField(field, `The ${spoken(field)} must be an array.`);
  refuseOthers(value as Fields, known);
  return value as Fields;
}

function requiredText(body: Fields, key: string, field: string, maxLength: number): string {
  const value = body[key];
  if (value === undefined || value === null || value === '') throw missingField(field);
  return checkedText(value, field, maxLength);
}

export function optionalText(body: Fields, field: string, maxLength: number): string | null {
  const value = body[field];
  return value === undefined || value === null || value === '' ? null : checkedText(value, field, maxLength);
}

function checkedText(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string') throw invalidField(field, `The ${spoken(field)} must be a string.`);
  if (value.length > maxLength)
    throw invalidField(field, `The ${spoken(field)} may not be greater than ${maxLength} characters.`);
  return value;
}

export const isMode = (text: string): text is PayoutMode => Object.hasOwn(MODE_LIMITS, text);

const spoken = (field: string): string => field.replaceAll(/[._]/g, ' ');
