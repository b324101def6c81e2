import Joi from 'joi';
import { PAYOUT_MODES } from '../../domain/payouts/payout';
import { accountNumber, amount, currency, ifsc, name, publicId, reference, text, vpa } from './fields';

/**
 * The body of POST /v1/payouts. Rules of fields: IFSC as banks write them, account numbers, VPAs and narration
 * as RazorpayX takes them. Amounts are integer paise.
 */
export interface PayoutBody {
  amount: number;
  currency: 'INR';
  /** Who is paid, spelled out; or the id of one that the caller keeps. */
  beneficiary?: BeneficiaryBody;
  beneficiary_id?: string;
  mode?: (typeof PAYOUT_MODES)[number];
  reference: string;
  narration?: string;
  force?: boolean;
}

export interface BeneficiaryBody {
  name: string;
  account_number?: string;
  ifsc?: string;
  vpa?: string;
}

const NARRATION = /^[A-Za-z0-9 ]{1,30}$/;

/** Who is paid. */
export const beneficiary = Joi.object<BeneficiaryBody>({
  name: name.required(),
  account_number: accountNumber,
  ifsc,
  vpa: vpa(100),
})
  .xor('account_number', 'vpa')
  .and('account_number', 'ifsc');

export const beneficiaryId = publicId.example('ben_01k3h8j2v4e6g8j0m2p4r6t8vx');

export const payoutBody = Joi.object<PayoutBody>({
  amount,
  currency,
  beneficiary,
  beneficiary_id: beneficiaryId.description('One that you keep, instead of `beneficiary`'),
  mode: Joi.string().valid(...PAYOUT_MODES),
  reference: reference.required(),
  narration: text(30, NARRATION, 'Latin letters, digits and spaces only').example('Order 1042'),
  force: Joi.boolean().description(
    'It is meant, also where the same was paid to the same beneficiary moments ago',
  ),
})
  .xor('beneficiary', 'beneficiary_id')
  .required();
