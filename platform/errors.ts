/**
 * One error type for what the domain refuses. `code` is stable and public (`AREA_REASON`); `kind` decides the HTTP status; a job leaves what failed to its row.
 * The detail is written for the caller: it says what to do and never holds a secret, a personal value or SQL.
 */
export const ERROR_KINDS = [
  'malformed', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'invalid', 'busy', 'rate_limited', 'too_large', 'headers_too_large', 'too_slow', 'unsupported_media', 'method_not_allowed', 'unavailable', 'internal',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** `pointer` is a JSON pointer into the body (`#/beneficiary/ifsc`) or names a parameter (`?limit`); `code` is one of FIELD_CODES or an error code. */
export interface FieldProblem { pointer: string; code: string; detail: string }

/** Every stable code with its kind, title and whether the same request may be sent again unchanged. Documented in docs/errors.md (generated). */
export const ERROR_CODES = {
  REQUEST_MALFORMED: ['malformed', 'The bytes are not a valid HTTP request', false],
  REQUEST_BODY_UNPARSABLE: ['malformed', 'The body is not valid JSON', false],
  REQUEST_HEADER_INVALID: ['malformed', 'A request header does not have the required form', false],
  REQUEST_FIELD_UNKNOWN: ['malformed', 'The request names a field or parameter that does not exist', false],
  REQUEST_FIELD_INVALID: ['invalid', 'A value in the request breaks its rule', false],
  REQUEST_TOO_LARGE: ['too_large', 'The request body is too large', false],
  REQUEST_HEADERS_TOO_LARGE: ['headers_too_large', 'The request headers are too large', false],
  REQUEST_TIMEOUT: ['too_slow', 'The request did not arrive in time', true],
  REQUEST_MEDIA_TYPE_UNSUPPORTED: ['unsupported_media', 'The body must be application/json', false],
  REQUEST_METHOD_NOT_ALLOWED: ['method_not_allowed', 'The method is not allowed here', false],
  REQUEST_PATH_UNKNOWN: ['not_found', 'There is nothing at this path', false],
  IDEMPOTENCY_KEY_MISSING: ['malformed', 'The Idempotency-Key header is required', false],
  IDEMPOTENCY_KEY_REUSED: ['invalid', 'The Idempotency-Key was used with another request', false],
  IDEMPOTENCY_IN_PROGRESS: ['busy', 'The first request with this Idempotency-Key is still being accepted', true],
  AUTH_REQUIRED: ['unauthenticated', 'An API key is required', false],
  AUTH_KEY_INVALID: ['unauthenticated', 'The API key is not valid', false],
  AUTH_SCOPE_MISSING: ['forbidden', 'The API key lacks the scope for this', false],
  AUTH_LOGIN_FAILED: ['unauthenticated', 'The e-mail address or the password is wrong', false],
  AUTH_RATE_LIMITED: ['rate_limited', 'Too many attempts', true],
  RATE_LIMITED: ['rate_limited', 'Too many requests', true],
  TRANSACTION_NOT_FOUND: ['not_found', 'There is no such transaction', false],
  TRANSACTION_REFERENCE_TAKEN: ['conflict', 'The reference was used for another transaction', false],
  TRANSACTION_MOVE_REFUSED: ['conflict', 'The transaction cannot make this move from its present state', false],
  TRANSACTION_EXPIRED: ['conflict', 'The transaction waited too long and was never sent', false],
  TRANSACTION_NOT_SENT: ['conflict', 'The transaction was certainly never sent, and cannot be sent again', false],
  PAYOUT_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this mode', false],
  PAYOUT_MODE_UNSUITABLE: ['invalid', 'The mode does not suit the beneficiary', false],
  PAYOUT_IFSC_UNKNOWN: ['invalid', 'The IFSC belongs to no bank', false],
  AEPS_AGENT_NOT_FOUND: ['not_found', 'You are not an AEPS agent yet', false],
  AEPS_AGENT_NOT_ACTIVE: ['conflict', 'The AEPS agent is not active', false],
  AEPS_AGENT_ACTIVE: ['conflict', 'The AEPS agent is active already', false],
  AEPS_AGENT_CODE_TAKEN: ['conflict', 'The agent code belongs to another agent', false],
  AEPS_KYC_REQUIRED: ['conflict', 'The one-time verification of the agent is not done', false],
  AEPS_KYC_OTP_REQUIRED: ['conflict', 'The step before this one is missing, or too long ago', false],
  AEPS_KYC_REFUSED: ['conflict', 'The provider refused the verification', false],
  AEPS_DAILY_KYC_REQUIRED: ['conflict', 'The agent has not been verified today', false],
  AEPS_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this service', false],
  AEPS_POSITION_INVALID: ['invalid', 'The position of the terminal is not in form, or not in India', false],
  AEPS_CUSTOMER_LIMIT: ['conflict', 'The customer has reached a limit', false],
  AEPS_VELOCITY_REFUSED: ['conflict', 'The agent makes more transactions of this kind than is allowed', false],
  AEPS_AADHAAR_PAY_UNAVAILABLE: ['conflict', 'The provider offers no payments to merchants with Aadhaar', false],
  AEPS_ACKNOWLEDGED_OTHERWISE: ['conflict', 'The withdrawal was acknowledged before, with the other answer', false],
  PRICE_NOT_FOUND: ['unavailable', 'There is no price in force for this service', true],
  LIMIT_EXCEEDED: ['conflict', 'The limit for the period is used up', false],
  WALLET_NOT_FOUND: ['not_found', 'There is no such wallet', false],
  LEDGER_INSUFFICIENT_FUNDS: ['conflict', 'The account holds too little money', false],
  LEDGER_JOURNAL_MISMATCH: ['internal', 'The journal was posted before with other content', false],
  LEDGER_ACCOUNT_UNKNOWN: ['internal', 'The journal names an account that does not exist', false],
  LEDGER_JOURNAL_INVALID: ['internal', 'The journal is not well formed', false],
  PROVIDER_UNKNOWN: ['not_found', 'There is no such provider', false],
  PROVIDER_REJECTED: ['conflict', 'The provider refused the transaction', false],
  PROVIDER_UNAVAILABLE: ['unavailable', 'The provider cannot be reached now', true],
  CALLBACK_SIGNATURE_INVALID: ['unauthenticated', 'The signature of the callback is wrong', false],
  CALLBACK_MALFORMED: ['malformed', 'The callback is not in the form of the provider contract', false],
  SERVICE_UNAVAILABLE: ['unavailable', 'The service cannot take the request now', true],
  INTERNAL_ERROR: ['internal', 'Something went wrong on our side', true],
} as const satisfies Record<string, readonly [ErrorKind, string, boolean]>;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface DomainErrorOptions { detail?: string; errors?: FieldProblem[]; retryAfterS?: number; cause?: unknown }

export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly detail: string;
  readonly errors: FieldProblem[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, options: DomainErrorOptions = {}) {
    const [kind, title, retryable] = ERROR_CODES[code];
    super(`${code}: ${options.detail ?? title}`, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.kind = kind;
    this.retryable = retryable;
    this.detail = options.detail ?? title;
    this.errors = options.errors;
    this.retryAfterS = options.retryAfterS;
  }
}

/** The title of a code, as shown to callers. */
export function errorTitle(code: ErrorCode): string { return ERROR_CODES[code][1]; }

/** HTTP status of each kind; exhaustive by type. */
export const HTTP_STATUS: Record<ErrorKind, number> = {
  malformed: 400, unauthenticated: 401, forbidden: 403, not_found: 404, method_not_allowed: 405, conflict: 409, busy: 409, too_slow: 408, too_large: 413, unsupported_media: 415, invalid: 422, rate_limited: 429, headers_too_large: 431, internal: 500, unavailable: 503,
};
