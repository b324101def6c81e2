import type { NewBeneficiary } from '../../domain/beneficiaries/beneficiaries';
import { PAYEE_ERRORS } from '../../domain/payees/errors';
import type { AskedPayout } from '../../domain/payouts/payout';
import { paiseFromJson } from '../../platform/money';
import { idOf } from '../registry/parameters';
import type { BeneficiaryBody, PayoutBody } from './payouts';

/** What a checked body asks for. Throws DomainError BENEFICIARY_NOT_FOUND for a text that is no id. */
export function askedPayout(body: PayoutBody): AskedPayout {
  return {
    amountPaise: paiseFromJson(body.amount),
    currency: body.currency,
    mode: body.mode,
    reference: body.reference,
    narration: body.narration,
    beneficiary: askedBeneficiary(body),
    force: body.force,
  };
}

/** Throws DomainError BENEFICIARY_NOT_FOUND for a text that is no id. */
export function askedBeneficiary({
  beneficiary,
  beneficiary_id: id,
}: Pick<PayoutBody, 'beneficiary' | 'beneficiary_id'>): NewBeneficiary | { id: string } {
  return id === undefined
    ? spelledOut(beneficiary!)
    : { id: idOf('beneficiary', id, PAYEE_ERRORS.BENEFICIARY_NOT_FOUND) };
}

/** IFSCs are kept in capitals. */
export function spelledOut({
  name,
  account_number: accountNumber,
  ifsc,
  vpa,
}: BeneficiaryBody): NewBeneficiary {
  return {
    name,
    account:
      vpa === undefined
        ? { kind: 'bank', accountNumber: accountNumber!, ifsc: ifsc!.toUpperCase() }
        : { kind: 'vpa', address: vpa },
  };
}
