import type { PreparedRequest } from '../../domain/provider/calls';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../domain/payouts/port';
import { paiseToJson } from '../../platform/money';
import { withoutAccents } from '../names';
import { preparedRequest, refuseUnless } from '../requests';
import { isIdOf } from '../razorpay-forms';

/**
 * Ours → theirs: the exact bodies that we send. Pure; the order of the keys is part of the contract with
 * ourselves (a repeat is byte-identical).
 */

const IDEMPOTENCY_KEY = /^[A-Za-z0-9_ -]{4,36}$/;
const REFERENCE = /^[\x20-\x7e]{1,40}$/;
const ACCOUNT_NUMBER = /^[A-Za-z0-9]{5,35}$/;
const IFSC = /^[A-Z]{4}0[A-Z0-9]{6}$/;
const VPA = /^(?=.{3,100}$)[A-Za-z0-9._-]{2,}@[A-Za-z][A-Za-z0-9.-]{1,63}$/;
const CONTACT_NAME_MAX = 50;
const ACCOUNT_NAME_MAX = 120;
const MIN_PAISE = 100n;

/**
 * `POST /payouts`. Throws DomainError PROVIDER_REJECTED for what Razorpay's contract cannot express, so that
 * nothing is sent. `accountNumber` is the account of ours that pays.
 */
export function payoutRequest(instruction: PayoutInstruction, accountNumber: string): PreparedRequest {
  const fundAccount = instruction.refs.fund_account;
  refuseUnless(IDEMPOTENCY_KEY.test(instruction.idempotencyKey), 'the idempotency key');
  refuseUnless(REFERENCE.test(instruction.ourReference), 'the reference');
  refuseUnless(instruction.amountPaise >= MIN_PAISE, 'the amount');
  refuseUnless(instruction.currency === 'INR', 'the currency');
  refuseUnless(isIdOf('fa', fundAccount), 'the fund account');
  const narration = cleanNarration(instruction.narration);
  const body = JSON.stringify({
    account_number: accountNumber,
    fund_account_id: fundAccount,
    amount: paiseToJson(instruction.amountPaise),
    currency: instruction.currency,
    mode: instruction.mode,
    purpose: 'payout',
    queue_if_low_balance: true, // README: a float that runs dry is our matter, not the customer's failure
    reference_id: instruction.ourReference,
    ...(narration === '' ? {} : { narration }),
  });
  return preparedRequest(body);
}

/**
 * `POST /contacts`. Type `customer`: the person or firm is our customer's payee, not somebody who bills or
 * works for us. The reference makes it unique to our beneficiary, and a repeat returns the contact that
 * exists. Undefined when the name has nothing that Razorpay can write.
 */
export function contactRequest(details: BeneficiaryDetails): string | undefined {
  const name = cleanName(details.name, CONTACT_NAME_MAX);
  return name === undefined
    ? undefined
    : JSON.stringify({ name, type: 'customer', reference_id: details.id });
}

/**
 * `POST /fund_accounts` for a contact. A repeat with the same details returns the fund account that exists.
 */
export function fundAccountRequest(details: BeneficiaryDetails, contactId: string): string | undefined {
  const { account } = details;
  if (account.kind === 'vpa') {
    return VPA.test(account.address)
      ? JSON.stringify({ contact_id: contactId, account_type: 'vpa', vpa: { address: account.address } })
      : undefined;
  }
  const name = cleanName(details.name, ACCOUNT_NAME_MAX);
  if (name === undefined || !ACCOUNT_NUMBER.test(account.accountNumber) || !IFSC.test(account.ifsc))
    return undefined;
  return JSON.stringify({
    contact_id: contactId,
    account_type: 'bank_account',
    bank_account: { name, ifsc: account.ifsc, account_number: account.accountNumber },
  });
}

/** `PATCH /contacts/{id}` or `PATCH /fund_accounts/{id}`: switches it on again. */
export const ACTIVATION = JSON.stringify({ active: true });

/**
 * The fields that cannot be registered; undefined when there are none. Checked before anything is sent.
 */
export function unusableField(
  details: BeneficiaryDetails,
): 'name' | 'account_number' | 'ifsc' | 'vpa' | undefined {
  const { account } = details;
  if (cleanName(details.name, CONTACT_NAME_MAX) === undefined) return 'name';
  if (account.kind === 'vpa') return VPA.test(account.address) ? undefined : 'vpa';
  if (!ACCOUNT_NUMBER.test(account.accountNumber)) return 'account_number';
  return IFSC.test(account.ifsc) ? undefined : 'ifsc';
}

/**
 * Names: 3 to `max` of a-z A-Z 0-9 space ’ - _ / ( ) and `.`, not ending in a special character other than
 * `.`. Accents go, other signs become spaces. A name shorter than three (there are people called "Om") is
 * filled with dots, which the rule allows at the end. A name without one Latin letter or digit is undefined:
 * we do not invent names.
 */
export function cleanName(name: string, max: number): string | undefined {
  const plain = withoutAccents(name).replaceAll(/['`‘´]/g, '’');
  const allowed = plain
    .replaceAll(/[^A-Za-z0-9 ’\-_/().]/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
  const cut = allowed.slice(0, max).replace(/[^A-Za-z0-9.]+$/, '');
  return /[A-Za-z0-9]/.test(cut) ? cut.padEnd(3, '.') : undefined;
}

/**
 * At most 30 of a-z A-Z 0-9 and space; the rest becomes spaces. Empty means: leave it out (Razorpay then
 * prints our billing label).
 */
export function cleanNarration(narration: string | null): string {
  return (narration ?? '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .slice(0, 30)
    .trimEnd();
}
