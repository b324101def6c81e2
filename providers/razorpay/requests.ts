import type { CollectionInstruction } from '../../domain/collection/port';
import type { PreparedRequest } from '../../domain/provider/calls';
import { MAX_AMOUNT_PAISE, paiseToJson } from '../../platform/money';
import { preparedRequest, refuseUnless } from '../requests';

const RECEIPT = /^[\x21-\x7e]{1,40}$/;
const MIN_PAISE = 100n; // "The amount must be at least INR 1.00"

/**
 * `POST /orders`. Pure; a repeat is byte-identical. What is not said is left at Razorpay's default: no partial
 * payment, and nothing of the payer. Throws DomainError PROVIDER_REJECTED for what the contract cannot express,
 * so that nothing is sent.
 */
export function orderRequest({
  ourReference,
  amountPaise,
  currency,
}: CollectionInstruction): PreparedRequest {
  refuseUnless(RECEIPT.test(ourReference), 'the reference');
  refuseUnless(amountPaise >= MIN_PAISE && amountPaise <= MAX_AMOUNT_PAISE, 'the amount');
  refuseUnless(currency === 'INR', 'the currency');
  return preparedRequest(
    JSON.stringify({ amount: paiseToJson(amountPaise), currency, receipt: ourReference }),
  );
}
