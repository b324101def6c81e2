import { defineErrors } from '../errors/errors';

export const PAYOUT_ERRORS = defineErrors({
  PAYOUT_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this mode', false],
  PAYOUT_MODE_UNSUITABLE: ['invalid', 'The mode does not suit the beneficiary', false],
  PAYOUT_DUPLICATE_SUSPECTED: [
    'conflict',
    'The same amount was paid to the same beneficiary moments ago',
    false,
  ],
});
