import Joi from 'joi';
import { amount, currency } from './fields';
import { beneficiary, type PayoutBody } from './payouts';
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
  /** Of a transfer between wallets. */
  to_user?: string;
  pin: string;
}

/** POST /v1/confirmations: the amount and the payee of the order as they will stand there. */
export const confirmationBody = Joi.object<ConfirmationBody>({
  amount,
  currency,
  beneficiary: beneficiary.description('Of a payout'),
  to_user: user.description('Of a transfer between wallets'),
  pin: pin.required(),
})
  .xor('beneficiary', 'to_user')
  .required();

/** POST /v1/confirmations/{id}/code */
export const codeBody = Joi.object<{ code: string }>({
  code: Joi.string()
    .max(6)
    .pattern(/^[0-9]{6}$/, 'six digits')
    .example('907316')
    .required(),
}).required();
