import type { PreparedRequest } from '../../domain/provider/calls';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../domain/payouts/port';
import { rupeesFromPaise } from '../../platform/decimal';
import { MAX_AMOUNT_PAISE } from '../../platform/money';
import { withoutAccents } from '../names';
import { preparedRequest, refuseUnless } from '../requests';
import { isBeneficiaryId } from './schemas';

/**
 * Ours → theirs: the exact bodies that we send. Pure; the order of the keys is part of the contract with
 * ourselves (a repeat is byte-identical).
 */

const TRANSFER_ID = /^[A-Za-z0-9_]{1,40}$/;
const ACCOUNT_NUMBER = /^[A-Za-z0-9]{4,25}$/;
const IFSC = /^[A-Z]{4}0[A-Z0-9]{6}$/;
const VPA = /^(?=.{3,100}$)[A-Za-z0-9._-]+@[A-Za-z0-9.]+$/; // no hyphen behind the @
const NAME_MAX = 100;
const REMARKS_MAX = 70;
const MIN_PAISE = 100n;
const MODES = { IMPS: 'imps', NEFT: 'neft', RTGS: 'rtgs', UPI: 'upi' } as const;

/**
 * `POST /transfers`. Throws DomainError PROVIDER_REJECTED for what Cashfree's contract cannot express, so that
 * nothing is sent. `fundsourceId` is the source that pays, where it is not the account's default.
 */
export function transferRequest(
  { ourReference, amountPaise, currency, mode, narration, refs }: PayoutInstruction,
  fundsourceId: string | undefined,
): PreparedRequest {
  refuseUnless(TRANSFER_ID.test(ourReference), 'the reference');
  refuseUnless(amountPaise >= MIN_PAISE && amountPaise <= MAX_AMOUNT_PAISE, 'the amount');
  refuseUnless(currency === 'INR', 'the currency');
  refuseUnless(isBeneficiaryId(refs.beneficiary), 'the beneficiary');
  const remarks = cleanRemarks(narration);
  const rest = JSON.stringify({
    transfer_id: ourReference,
    transfer_currency: currency,
    transfer_mode: MODES[mode],
    beneficiary_details: { beneficiary_id: refs.beneficiary },
    ...(remarks === '' ? {} : { transfer_remarks: remarks }),
    ...(fundsourceId === undefined ? {} : { fundsource_id: fundsourceId }),
  });
  // A number in rupees, written by text: a float between would be a guess.
  return preparedRequest(`{"transfer_amount":${rupeesFromPaise(amountPaise)},${rest.slice(1)}`);
}

/** Our id of a beneficiary in the letters that Cashfree takes: a hyphen is allowed on some pages only. */
export function beneficiaryIdOf({ id }: BeneficiaryDetails): string {
  return id.replaceAll('-', '');
}

/** `POST /beneficiary`, of details that it can take (`unusableField`). */
export function beneficiaryRequest(details: BeneficiaryDetails): string {
  const { account } = details;
  return JSON.stringify({
    beneficiary_id: beneficiaryIdOf(details),
    beneficiary_name: cleanName(details.name),
    beneficiary_instrument_details:
      account.kind === 'vpa'
        ? { vpa: account.address }
        : { bank_account_number: account.accountNumber, bank_ifsc: account.ifsc },
  });
}

/** The field that cannot be registered; undefined when there is none. Checked before anything is sent. */
export function unusableField({
  name,
  account,
}: BeneficiaryDetails): 'name' | 'account_number' | 'ifsc' | 'vpa' | undefined {
  if (cleanName(name) === undefined) return 'name';
  if (account.kind === 'vpa') return VPA.test(account.address) ? undefined : 'vpa';
  if (!ACCOUNT_NUMBER.test(account.accountNumber)) return 'account_number';
  return IFSC.test(account.ifsc) ? undefined : 'ifsc';
}

/**
 * Letters and spaces, 100 at most. Accents go, other signs become spaces. A name without one Latin letter is
 * undefined: we do not invent names.
 */
export function cleanName(name: string): string | undefined {
  const plain = withoutAccents(name)
    .replaceAll(/[^A-Za-z]+/g, ' ')
    .trim();
  const cut = plain.slice(0, NAME_MAX).trimEnd();
  return cut === '' ? undefined : cut;
}

/** At most 70 letters, digits and spaces; the rest becomes spaces. Empty means: leave it out. */
export function cleanRemarks(narration: string | null): string {
  return withoutAccents(narration ?? '')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .slice(0, REMARKS_MAX)
    .trimEnd();
}
