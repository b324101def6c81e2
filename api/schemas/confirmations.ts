import Joi from 'joi';
import { billNumber, biller, fetch, parameters } from './bbps';
import { amount, currency, mobile, publicId } from './fields';
import { beneficiary, beneficiaryId, type PayoutBody } from './payouts';
import { user } from './wallets';

export const pin = Joi.string()
  .max(6)
  .pattern(/^[0-9]{6}$/, 'six digits')
  .example('482915');

/** PUT /v1/pin */
export const pinBody = Joi.object<{ pin: string; present_pin?: string }>({
  pin: pin.required(),
  present_pin: pin.description('The one that it replaces; left out for the first, or for a dead one'),
}).required();

export interface ConfirmationBody extends Pick<PayoutBody, 'amount' | 'currency'> {
  /** Of a payout. */
  beneficiary?: PayoutBody['beneficiary'];
  /** Of a payout to one that the caller keeps. */
  beneficiary_id?: string;
  /** A file of payouts that is released. */
  payout_file?: string;
  /** Of a transfer between wallets. */
  to_user?: string;
  /** Of a money transfer. */
  recipient?: string;
  bill?: BillBody;
  /** Of a recharge. */
  mobile?: string;
  pin: string;
}
/** A bill of a fetch; or biller and parameters, where there is none. */
export interface BillBody {
  fetch?: string;
  bill_number?: string;
  biller?: string;
  parameters?: { name: string; value: string }[];
}

const bill = Joi.object<BillBody>({ fetch, bill_number: billNumber, biller, parameters })
  .xor('fetch', 'biller')
  .and('biller', 'parameters');

/** POST /v1/confirmations: the amount and the payee of the order as they will stand there. */
export const confirmationBody = Joi.object<ConfirmationBody>({
  amount,
  currency,
  beneficiary: beneficiary.description('Of a payout'),
  beneficiary_id: beneficiaryId.description('Of a payout to one that you keep'),
  payout_file: publicId
    .example('pof_01k3h8j2v4e6g8j0m2p4r6t8vx')
    .description('A file of payouts that is released, with its ready_amount'),
  to_user: user.description('Of a transfer between wallets'),
  recipient: publicId.description('Of a money transfer'),
  bill: bill.description('The bill of a payment: its fetch and bill_number, or biller and parameters'),
  mobile: mobile.optional().description('Of a recharge'),
  pin: pin.required(),
})
  .xor('beneficiary', 'beneficiary_id', 'payout_file', 'to_user', 'recipient', 'bill', 'mobile')
  .required();

/** POST /v1/confirmations/{id}/code */
export const codeBody = Joi.object<{ code: string }>({
  code: Joi.string()
    .max(6)
    .pattern(/^[0-9]{6}$/, 'six digits')
    .example('907316')
    .required(),
}).required();
