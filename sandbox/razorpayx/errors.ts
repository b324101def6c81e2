/**
 * RazorpayX's errors (docs: errors/x). Texts are those of the docs; where the docs have none, they follow the
 * same pattern. A create call that is answered with one of these has created nothing.
 */
export type ErrorCode = 'BAD_REQUEST_ERROR' | 'GATEWAY_ERROR' | 'SERVER_ERROR';

export interface ErrorBody {
  error: {
    code: ErrorCode;
    description: string;
    source: string;
    step: string | null;
    reason: string;
    metadata: Record<string, never>;
    field?: string;
  };
}

export class ProviderError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    readonly retryAfterS?: number,
  ) {
    super(body.error.description);
    this.name = 'ProviderError';
  }
}

interface Where {
  source: string;
  step: string | null;
  reason: string;
  field?: string;
  retryAfterS?: number;
}

const INPUT = { source: 'business', step: null, reason: 'input_validation_failed' } as const;

function make(status: number, code: ErrorCode, description: string, where: Where): ProviderError {
  const { source, step, reason, field, retryAfterS } = where;
  const error = { code, description, source, step, reason, metadata: {} };
  return new ProviderError(status, { error: field === undefined ? error : { ...error, field } }, retryAfterS);
}

/** A field that violates a rule: 400. */
export const invalidField = (field: string, description: string): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', description, { ...INPUT, field });

/** `The account number field is required.` */
export const missingField = (field: string): ProviderError =>
  invalidField(field, `The ${words(field)} field is required.`);

export const unexpectedFields = (fields: readonly string[]): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', `${fields.join(', ')} is/are not required and should not be sent`, INPUT);

export const unreadableBody = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The request body could not be parsed as a JSON object.', INPUT);

export const bodyTooLarge = (): ProviderError =>
  make(413, 'BAD_REQUEST_ERROR', 'The request body is too large.', INPUT);

export const idempotencyKeyMissing = (): ProviderError =>
  make(
    400,
    'BAD_REQUEST_ERROR',
    'Idempotency key is missing. Include idempotency header and key in the request.',
    { source: 'business', step: null, reason: 'null', field: 'X-Payout-Idempotency' },
  );

export const idempotencyKeyReused = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'Different request body sent for the same Idempotency Header.', {
    ...INPUT,
    field: 'X-Payout-Idempotency',
  });

export const idDoesNotExist = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The id provided does not exist', INPUT);

/** The docs do not show it; reported by users with neither a reason nor a field. */
export const inactiveParty = (what: 'fund account' | 'contact'): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', `Payouts cannot be created on an inactive ${what}`, {
    source: 'NA',
    step: 'NA',
    reason: 'NA',
  });

export const notEnoughBalance = (): ProviderError =>
  make(
    400,
    'BAD_REQUEST_ERROR',
    'Your account does not have enough balance to carry out the payout operation.',
    { source: 'business', step: null, reason: 'insufficient_funds' },
  );

export const notCancellable = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'Only payouts in the queued state can be cancelled.', INPUT);

export const authenticationFailed = (): ProviderError =>
  make(401, 'BAD_REQUEST_ERROR', 'Authentication failed', { source: 'NA', step: 'NA', reason: 'NA' });

/** RazorpayX answers 400, not 404, to an unknown path or method. */
export const urlNotFound = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The requested URL was not found on the server.', {
    source: 'NA',
    step: 'NA',
    reason: 'NA',
  });

export const tooManyRequests = (retryAfterS?: number): ProviderError =>
  make(429, 'BAD_REQUEST_ERROR', 'Request failed. Please try after sometime.', {
    source: 'business',
    step: null,
    reason: 'rate_limit_exceeded',
    retryAfterS,
  });

/** 500 or 503: the caller cannot know whether the request had an effect. */
export const serverError = (status: 500 | 503 = 500, retryAfterS?: number): ProviderError =>
  make(
    status,
    'SERVER_ERROR',
    'We are facing some trouble completing your request at the moment. Please try again shortly.',
    { source: 'internal', step: null, reason: 'server_error', retryAfterS },
  );

const words = (field: string): string => field.replaceAll(/[._]/g, ' ');
