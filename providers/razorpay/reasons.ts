import type { ReasonTable } from '../../domain/provider/reasons';

/** The `field`, `reason` or `code` of a refused order in our words. That of one that nobody paid is ours already. */
export const RAZORPAY_REASONS: ReasonTable = {
  amount: 'DETAILS_REFUSED',
  input_validation_failed: 'DETAILS_REFUSED',
  BAD_REQUEST_ERROR: 'DETAILS_REFUSED',
};
