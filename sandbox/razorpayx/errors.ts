/**
 * Errors as RazorpayX words and shapes them (docs: errors/x). Where the docs give the exact text it is theirs; the rest follows their pattern.
 * Nothing was created when one of these answers a create call.
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

function make(
  status: number,
  code: ErrorCode,
  description: string,
  at: { source: string; step: string | null; reason: string; field?: string },
  retryAfterS?: number,
): ProviderError {
  const { source, step, reason, field } = at;
  return new ProviderError(
    status,
    {
      error: {
        code,
        description,
        source,
        step,
        reason,
        metadata: {},
        ...(field === undefined ? {} : { field }),
      },
    },
    retryAfterS,
  );
}

/** A field that breaks its rule: 400. */
export const invalidField = (field: string, description: string): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', description, {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
    field,
  });

/** `The account number field is required.` */
export const missingField = (field: string): ProviderError =>
  invalidField(field, `The ${words(field)} field is required.`);

export const unexpectedFields = (fields: readonly string[]): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', `${fields.join(', ')} is/are not required and should not be sent`, {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
  });

export const unreadableBody = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The request body could not be parsed as a JSON object.', {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
  });

export const bodyTooLarge = (): ProviderError =>
  make(413, 'BAD_REQUEST_ERROR', 'The request body is too large.', {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
  });

export const idempotencyKeyMissing = (): ProviderError =>
  make(
    400,
    'BAD_REQUEST_ERROR',
    'Idempotency key is missing. Include idempotency header and key in the request.',
    { source: 'business', step: null, reason: 'null', field: 'X-Payout-Idempotency' },
  );

export const idempotencyKeyReused = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'Different request body sent for the same Idempotency Header.', {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
    field: 'X-Payout-Idempotency',
  });

export const idDoesNotExist = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The id provided does not exist', {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
  });

export const notEnoughBalance = (): ProviderError =>
  make(
    400,
    'BAD_REQUEST_ERROR',
    'Your account does not have enough balance to carry out the payout operation.',
    { source: 'business', step: null, reason: 'insufficient_funds' },
  );

export const notCancellable = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'Only payouts in the queued state can be cancelled.', {
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
  });

export const authenticationFailed = (): ProviderError =>
  make(401, 'BAD_REQUEST_ERROR', 'Authentication failed', { source: 'NA', step: 'NA', reason: 'NA' });

/** An unknown path or method is a bad request with this provider, not a 404. */
export const urlNotFound = (): ProviderError =>
  make(400, 'BAD_REQUEST_ERROR', 'The requested URL was not found on the server.', {
    source: 'NA',
    step: 'NA',
    reason: 'NA',
  });

export const tooManyRequests = (retryAfterS?: number): ProviderError =>
  make(
    429,
    'BAD_REQUEST_ERROR',
    'Request failed. Please try after sometime.',
    { source: 'business', step: null, reason: 'rate_limit_exceeded' },
    retryAfterS,
  );

/** 500 and 503: the caller cannot know whether anything was done. */
export const serverError = (status: 500 | 503 = 500, retryAfterS?: number): ProviderError =>
  make(
    status,
    'SERVER_ERROR',
    'We are facing some trouble completing your request at the moment. Please try again shortly.',
    { source: 'internal', step: null, reason: 'server_error' },
    retryAfterS,
  );

const words = (field: string): string => field.replaceAll(/[._]/g, ' ');
