import Joi from 'joi';
import { page } from './fields';
import { beneficiary } from './payouts';

/** POST /v1/beneficiaries: as a payout spells it out. */
export const newBeneficiaryBody = beneficiary.required();

export interface BeneficiariesQuery {
  limit: number;
  cursor?: string;
  status: 'active' | 'archived' | 'all';
  kind?: 'bank' | 'vpa';
}
/** The query of GET /v1/beneficiaries. */
export const beneficiariesQuery = Joi.object<BeneficiariesQuery>({
  ...page,
  status: Joi.string().valid('active', 'archived', 'all').default('active'),
  kind: Joi.string().valid('bank', 'vpa'),
});
