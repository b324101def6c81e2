import Joi from 'joi';
import { PAYOUT_MODES } from '../../domain/payouts/payout';

/** The body of POST /v1/payouts. Rules of fields: IFSC and account numbers as banks write them, narration as RazorpayX takes it. Amounts are integer paise. */
export interface PayoutBody {
  amount: number;
  currency: 'INR';
  beneficiary: { name: string; account_number?: string; ifsc?: string; vpa?: string };
  mode?: (typeof PAYOUT_MODES)[number];
  reference: string;
  narration?: string;
}

export const NAME = /^[A-Za-z0-9][A-Za-z0-9 .'&()_/-]{2,119}$/;
export const ACCOUNT_NUMBER = /^\d{9,18}$/;
export const IFSC = /^[A-Za-z]{4}0[A-Za-z0-9]{6}$/;
export const VPA = /^[A-Za-z0-9._-]{2,100}@[A-Za-z][A-Za-z0-9]{1,63}$/;
export const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/;
export const NARRATION = /^[A-Za-z0-9 ]{1,30}$/;

const beneficiary = Joi.object({
  name: Joi.string().max(120).pattern(NAME).required(),
  account_number: Joi.string().max(18).pattern(ACCOUNT_NUMBER),
  ifsc: Joi.string().max(11).pattern(IFSC),
  vpa: Joi.string().max(165).pattern(VPA),
})
  .xor('account_number', 'vpa')
  .and('account_number', 'ifsc');

export const payoutBody = Joi.object<PayoutBody>({
  amount: Joi.number().integer().min(1).max(1_000_000_000_000).required(),
  currency: Joi.string().valid('INR').required(),
  beneficiary: beneficiary.required(),
  mode: Joi.string().valid(...PAYOUT_MODES),
  reference: Joi.string().max(40).pattern(REFERENCE).required(),
  narration: Joi.string().max(30).pattern(NARRATION),
}).required();
