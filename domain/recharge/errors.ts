import { defineErrors } from '../errors/errors';

export const RECHARGE_ERRORS = defineErrors({
  RECHARGE_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of recharges', false],
  RECHARGE_PLAN_UNKNOWN: ['invalid', 'The operator has no plan of this amount', false],
  RECHARGE_NOT_POSSIBLE: ['invalid', 'The operator refuses this recharge', false],
  RECHARGE_LOOKUP_REFUSED: ['invalid', 'The provider has no answer for this number', false],
  RECHARGE_OPERATOR_CLOSED: ['conflict', 'Recharges of this operator are not accepted now', false],
  RECHARGE_DUPLICATE_SUSPECTED: [
    'conflict',
    'The same number was recharged with the same amount moments ago',
    false,
  ],
  RECHARGE_NOT_FOUND: ['not_found', 'There is no such recharge', false],
});
