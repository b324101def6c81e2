import Joi from 'joi';
import { CIRCLES, OPERATORS, type CircleName, type OperatorName } from '../../domain/recharge/recharge';
import { REFERENCE } from './payouts';

/** Ten digits as India's numbering plan gives them to mobile phones (domain rule: no +91 and no leading 0, so that one number has one form). */
export const MOBILE = /^[6-9]\d{9}$/;

const mobile = Joi.string().max(10).pattern(MOBILE).required();
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
  amount: Joi.number().integer().min(1).max(1_000_000_000_000).required(),
  currency: Joi.string().valid('INR').required(),
  reference: Joi.string().max(40).pattern(REFERENCE).required(),
  force: Joi.boolean(),
}).required();
