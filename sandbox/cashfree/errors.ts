/**
 * Cashfree's errors: type, code and message. Codes and messages are those of its OpenAPI file; where that has
 * none, they follow the same pattern. A create call that is answered with one of these has created nothing.
 */
export class CashfreeError extends Error {
  constructor(
    readonly status: number,
    readonly body: { type: string; code: string; message: string },
    readonly retryAfterS?: number,
  ) {
    super(body.code);
    this.name = 'CashfreeError';
  }
}

const invalid = (status: number, code: string, message: string): CashfreeError =>
  new CashfreeError(status, { type: 'invalid_request_error', code, message });

export const badRequest = (code: string, message: string): CashfreeError => invalid(400, code, message);

/** The file documents no answer to wrong keys; this is the one of the payment gateway. */
export const authenticationFailed = (): CashfreeError =>
  new CashfreeError(401, {
    type: 'authentication_error',
    code: 'request_failed',
    message: 'authentication Failed',
  });
export const notEnabled = (): CashfreeError => invalid(403, 'apis_not_enabled', 'APIs not enabled.');
export const beneficiaryNotFound = (): CashfreeError =>
  invalid(404, 'beneficiary_not_found', 'Beneficiary does not exist');
export const transferIdNotFound = (): CashfreeError =>
  invalid(404, 'transfer_id_not_found', 'transfer_id does not exist');
export const cfTransferIdNotFound = (): CashfreeError =>
  invalid(404, 'cf_transfer_id_not_found', 'cf_transfer_id does not exist');
/** Documented of V1 and of batches; the file of V2 leaves it out. */
export const transferIdExists = (): CashfreeError =>
  invalid(409, 'transfer_id_already_exists', 'Transfer Id already exists');
export const beneficiaryIdExists = (): CashfreeError =>
  invalid(409, 'beneficiary_id_already_exists', 'Beneficiary already exists with the given beneficiary_id');
export const beneficiaryExists = (): CashfreeError =>
  invalid(
    409,
    'beneficiary_already_exists',
    'Beneficiary already exists with the given beneficiary_bank_account_number and beneficiary_ifsc',
  );
export const nothingHere = (): CashfreeError =>
  invalid(404, 'resource_not_found', 'there is nothing at this path');
export const tooManyRequests = (retryAfterS?: number): CashfreeError =>
  new CashfreeError(
    429,
    { type: 'rate_limit_error', code: 'too_many_requests', message: 'Too many requests' },
    retryAfterS,
  );
/** 500 or 503: the caller cannot know whether the request had an effect. */
export const serverError = (status: 500 | 503 = 500, retryAfterS?: number): CashfreeError =>
  new CashfreeError(
    status,
    { type: 'api_error', code: 'internal_server_error', message: "Error at cashfree's server" },
    retryAfterS,
  );
