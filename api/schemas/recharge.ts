import Joi from 'joi';
import { CIRCLES, OPERATORS, type CircleName, type OperatorName } from '../../domain/recharge/recharge';
import { amount, currency, mobile, reference } from './fields';

const operator = Joi.string()
  .valid(...OPERATORS)
  .required();
const circle = Joi.string()
  .valid(...CIRCLES)
  .required();

/** The body of POST /v1/recharge/operators. */
export const operatorsBody = Joi.object<{ mobile: string }>({ mobile }).required();

/** The body of POST /v1/recharge/plans. */
export const plansBody = Joi.object<{ mobile: string; operator: OperatorName; circle: CircleName }>({
  mobile,
  operator,
  circle,
}).required();

export interface RechargeBody {
  mobile: string;
  operator: OperatorName;
  circle: CircleName;
  amount: number;
  currency: 'INR';
  reference: string;
  force?: boolean;
}
/** The body of POST /v1/recharges. The amount is integer paise. */
export const rechargeBody = Joi.object<RechargeBody>({
  mobile,
  operator,
  circle,
  amount,
  currency,
  reference: reference.required(),
  force: Joi.boolean(),
}).required();
