/** The recharge service's errors: `{success: false, error: {code, message, failureReason}, trace_id}`. */
import { traceId } from '../ids';
import { SetuError } from '../setu-error';

function make(status: number, code: string, failureReason: string, message: string): SetuError {
  return new SetuError(status, {
    success: false,
    error: { code, message, failureReason },
    trace_id: traceId().toLowerCase(),
  });
}

export const invalidTransaction = (ref: string): SetuError =>
  make(422, 'ERR003', 'invalid-txn-ref-id', `Invalid Transaction Reference ID : ${ref}`);
/**
 * The contract's status for a duplicate is 500: a client that looks only at the status cannot tell it from an
 * unknown outcome.
 */
export const duplicatePaymentRef = (ref: string): SetuError =>
  make(500, 'ERR005', 'duplicate-payment-ref-id', `Duplicate Payment Reference ID : ${ref}`);
export const invalidParams = (message: string): SetuError => make(400, 'ERR007', 'invalid-params', message);
/** The status differs between paths. */
export const invalidInstance = (status: number, id: string): SetuError =>
  make(status, 'ERR009', 'invalid-instance-id', `Invalid Product Instance ID: ${id}`);
export const missingParams = (names: readonly string[]): SetuError =>
  make(
    400,
    'ERR011',
    'input-params-missing',
    `Missing required parameters: [${names.map((name) => `'${name}'`).join(', ')}]`,
  );
export const invalidInput = (message: string): SetuError =>
  make(422, 'ERR011', 'input-params-invalid', message);
export const balanceUnavailable = (): SetuError =>
  make(422, 'ERR012', 'balance-api-unavailable-in-uat', 'Balance API is not available in UAT environment');
export const internalServerError = (status: number = 500, retryAfterS?: number): SetuError =>
  Object.assign(make(status, 'ERR100', 'internal-server-error', 'Internal Server Error'), { retryAfterS });
/** The outcome is unknown. */
export const upstreamError = (): SetuError =>
  make(500, 'ERR999', 'upstream-connectivity-error', 'Upstream API Connectivity Error');
export const nothingHere = (): SetuError =>
  make(404, 'ERR007', 'invalid-params', 'There is nothing at this path');

/** The account service has its own format. */
export const notAuthenticated = (): SetuError =>
  new SetuError(401, {
    status: 401,
    type: '',
    message: 'You are not authenticated to perform the requested action.',
    trace_id: traceId().toLowerCase(),
  });
