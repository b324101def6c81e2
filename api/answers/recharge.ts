import { CIRCLES, OPERATORS } from '../../domain/recharge/recharge';
import type { RechargeReceipt } from '../../domain/recharge/read';
import { answer, currency, hint, id, instant, is, list, paise, part, path, reference, words } from './fields';
import { status, why } from './transactions';
import Joi from 'joi';

/** Answers of recharges. */
export const operator = answer<{ object: 'recharge_operator'; operator: string; circle: string }>(
  'RechargeOperator',
  'Who serves a number, and where',
  { object: is('recharge_operator'), operator: is(...OPERATORS), circle: is(...CIRCLES) },
);

const plan = answer<{
  object: 'recharge_plan';
  amount: number;
  validity: string | null;
  description: string;
}>('RechargePlan', 'What an operator sells', {
  object: is('recharge_plan'),
  amount: paise(),
  validity: words(200).allow(null),
  description: words(2_000).allow(''),
});
export const planList = list(plan, 'RechargePlanList', 10_000);

export const recharge = answer<RechargeReceipt>('Recharge', 'The receipt for the customer', {
  id: id('transaction'),
  object: is('recharge'),
  status: status(),
  ...why,
  mobile: hint('98XXXXXX10'),
  operator: is(...OPERATORS),
  circle: is(...CIRCLES),
  amount: paise(),
  currency: currency(),
  fee: paise(),
  tax: paise(),
  charge: paise(),
  total: paise(),
  reference: reference(),
  operator_reference: words(100).allow(null).description("The operator's own, for its help desk"),
  expected_by: instant().allow(null),
  overdue: Joi.boolean(),
  created_at: instant(),
  finished_at: instant().allow(null),
  links: part<RechargeReceipt['links']>({
    transaction: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq'),
    events: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq/events'),
  }),
});
