import type { ReasonTable } from '../../domain/provider/reasons';

/** Codes of refused requests of both products, and of failed payments where their meaning is documented. */
export const SETU_REASONS: ReasonTable = {
  'validation-error': 'DETAILS_REFUSED',
  'invalid-params': 'DETAILS_REFUSED',
  'invalid-biller-id': 'DETAILS_REFUSED',
  'invalid-biller-type': 'DETAILS_REFUSED',
  'invalid-customer-param': 'DETAILS_REFUSED',
  'invalid-payment-channel': 'DETAILS_REFUSED',
  'invalid-payment-mode': 'DETAILS_REFUSED',
  'invalid-agent': 'DETAILS_REFUSED',
  'invalid-ref-id': 'DETAILS_REFUSED',
  'invalid-payment-request': 'DETAILS_REFUSED',
  'input-params-missing': 'DETAILS_REFUSED',
  'input-params-invalid': 'DETAILS_REFUSED',
  ERR011: 'DETAILS_REFUSED',
  'invalid-amount': 'BILL_CHANGED',
  'direct-pay-not-allowed': 'BILL_CHANGED',
  'fetch-in-progress': 'BILL_CHANGED',
  'insufficient-funds': 'PROVIDER_FUNDS_SHORT',
};
