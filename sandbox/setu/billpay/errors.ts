/**
 * BillPay's errors: `{success: false, traceId, error: {code, message}}`. A request answered with one has
 * booked nothing.
 */
import { traceId } from '../ids';
import { SetuError } from '../setu-error';

function make(status: number, code: string, message: string): SetuError {
  return new SetuError(status, { success: false, traceId: traceId(), error: { code, message } });
}

export const validationError = (message: string): SetuError => make(400, 'validation-error', message);
export const invalidCredentials = (): SetuError => make(400, 'invalid-credentials', 'Invalid Credentials.');
export const notAuthorised = (): SetuError =>
  make(401, 'unauthorised', 'The token is missing, unknown or expired.');
export const invalidPartner = (): SetuError =>
  make(400, 'invalid-params', 'X-PARTNER-ID is missing or wrong.');
export const invalidBiller = (): SetuError => make(400, 'invalid-biller-id', 'Invalid biller Id.');
export const invalidBillerType = (): SetuError =>
  make(400, 'invalid-biller-type', 'Biller is not allowed to make the request.');
export const invalidCustomerParam = (name: string): SetuError =>
  make(400, 'invalid-customer-param', `Customer param is not valid: ${name}`);
export const invalidCategory = (): SetuError =>
  make(400, 'invalid-category-param', 'CategoryName param is not valid.');
export const invalidLimit = (max: number): SetuError =>
  make(400, 'invalid-limit', `Limit value is not valid - should be between 1 & ${max}.`);
export const invalidAgent = (field: string): SetuError =>
  make(400, 'invalid-agent', `Agent is not valid: ${field}`);
export const invalidRefId = (): SetuError => make(400, 'invalid-ref-id', 'Invalid reference ID.');
export const invalidAmount = (): SetuError =>
  make(400, 'invalid-amount', 'Amount is invalid for this payment. Exactness does not match.');
export const invalidFee = (): SetuError =>
  make(400, 'invalid-params', 'custConvFee does not match the interchange fee of the biller.');
export const invalidChannel = (): SetuError =>
  make(400, 'invalid-payment-channel', 'Invalid channel for payment.');
export const invalidMode = (): SetuError =>
  make(400, 'invalid-payment-mode', 'Invalid payment mode for payment.');
export const directPayNotAllowed = (): SetuError =>
  make(
    400,
    'direct-pay-not-allowed',
    'This biller does not support pay without doing fetch/validation first.',
  );
export const fetchInProgress = (): SetuError =>
  make(400, 'fetch-in-progress', 'Fetch request is still in progress.');
export const invalidPaymentRequest = (
  message = 'Payment request is invalid. Fetch API call not found.',
): SetuError => make(400, 'invalid-payment-request', message);
export const transactionNotFound = (): SetuError => make(400, 'txn-not-found', 'Txn reference Id not found.');
export const coolingOff = (): SetuError =>
  make(400, 'validation-error', 'The cooling period of 24 hours from the transaction is not over.');
export const nothingHere = (): SetuError => make(404, 'not-found', 'There is nothing at this path.');
export const internalError = (status: number = 500, retryAfterS?: number): SetuError =>
  Object.assign(
    make(
      status,
      status === 429 ? 'too-many-requests' : 'internal-error',
      status === 429 ? 'Too many requests.' : 'Internal error.',
    ),
    { retryAfterS },
  );
