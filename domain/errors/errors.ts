/**
 * One error type for what the domain refuses. `code` is stable and public (`AREA_REASON`); `kind` decides the
 * HTTP status; a job leaves what failed to its row. The detail is written for the caller: it says what to do
 * and never holds a secret, a personal value or SQL.
 */
export const ERROR_KINDS = [
  'malformed',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'invalid',
  'busy',
  'rate_limited',
  'too_large',
  'headers_too_large',
  'too_slow',
  'unsupported_media',
  'method_not_allowed',
  'unavailable',
  'internal',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/**
 * `pointer` is a JSON pointer into the body (`#/beneficiary/ifsc`) or names a parameter (`?limit`); `code` is
 * one of FIELD_CODES or an error code.
 */
export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

/** A code with what is told of it: `retryable` says that the same request may be sent again unchanged. */
export interface ErrorDefinition<Code extends string = string> {
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly title: string;
  readonly retryable: boolean;
}

/**
 * Each capability declares its codes in its own `errors.ts`; `domain/error-codes.ts` joins them for the API
 * and the docs.
 */
export function defineErrors<const Table extends Record<string, readonly [ErrorKind, string, boolean]>>(
  table: Table,
): { readonly [Code in keyof Table & string]: ErrorDefinition<Code> } {
  const definitions = Object.entries(table).map(([code, [kind, title, retryable]]) => [
    code,
    { code, kind, title, retryable },
  ]);
  return Object.fromEntries(definitions) as { [Code in keyof Table & string]: ErrorDefinition<Code> };
}

/** The codes that belong to no single capability. */
export const COMMON_ERRORS = defineErrors({
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
  IDEMPOTENCY_IN_PROGRESS: [
    'busy',
    'The first request with this Idempotency-Key is still being accepted',
    true,
  ],
  AUTH_REQUIRED: ['unauthenticated', 'An API key or an access token is required', false],
  AUTH_KEY_INVALID: ['unauthenticated', 'The API key is not valid', false],
  AUTH_TOKEN_INVALID: ['unauthenticated', 'The access token is not valid or has ended', false],
  AUTH_ADDRESS_NOT_ALLOWED: ['forbidden', 'The API key may not be used from this address', false],
  AUTH_SCOPE_MISSING: ['forbidden', 'The API key or access token lacks the scope for this', false],
  AUTH_ROLE_MISSING: ['forbidden', 'The role of the user does not allow this', false],
  AUTH_LOGIN_FAILED: ['unauthenticated', 'The e-mail address or the password is wrong', false],
  AUTH_RATE_LIMITED: ['rate_limited', 'Too many attempts', true],
  RATE_LIMITED: ['rate_limited', 'Too many requests', true],
  TRANSACTION_NOT_FOUND: ['not_found', 'There is no such transaction', false],
  TRANSACTION_REFERENCE_TAKEN: ['conflict', 'The reference was used for another transaction', false],
  TRANSACTION_MOVE_REFUSED: [
    'conflict',
    'The transaction cannot make this move from its present state',
    false,
  ],
  TRANSACTION_EXPIRED: ['conflict', 'The transaction waited too long and was never sent', false],
  TRANSACTION_NOT_SENT: [
    'conflict',
    'The transaction was certainly never sent, and cannot be sent again',
    false,
  ],
  USER_DISABLED: ['conflict', 'The user was disabled before the transaction was sent', false],
  POLICY_NOT_FOUND: ['unavailable', 'A rule that this service needs is not in force', true],
  PRICE_NOT_FOUND: ['unavailable', 'There is no price in force for this service', true],
  LIMIT_EXCEEDED: ['conflict', 'The limit for the period is used up', false],
  WALLET_NOT_FOUND: ['not_found', 'There is no such wallet', false],
  LEDGER_INSUFFICIENT_FUNDS: ['conflict', 'The account holds too little money', false],
  WALLET_FROZEN: ['conflict', 'The wallet is frozen: nothing may be taken from it', false],
  LEDGER_JOURNAL_MISMATCH: ['internal', 'The journal was posted before with other content', false],
  LEDGER_ACCOUNT_UNKNOWN: ['internal', 'The journal names an account that does not exist', false],
  LEDGER_JOURNAL_INVALID: ['internal', 'The journal is not well formed', false],
  PROVIDER_UNKNOWN: ['not_found', 'There is no such provider', false],
  PROVIDER_REJECTED: ['conflict', 'The provider refused the transaction', false],
  PROVIDER_UNAVAILABLE: ['unavailable', 'The provider cannot be reached now', true],
  CALLBACK_SIGNATURE_INVALID: ['unauthenticated', 'The signature of the callback is wrong', false],
  CALLBACK_ADDRESS_NOT_ALLOWED: [
    'forbidden',
    'Callbacks of this provider are not taken from this address',
    false,
  ],
  CALLBACK_MALFORMED: ['malformed', 'The callback is not in the form of the provider contract', false],
  LIST_TOO_SLOW: ['unavailable', 'The list could not be read in time', true],
  SERVICE_UNAVAILABLE: ['unavailable', 'The service cannot take the request now', true],
  INTERNAL_ERROR: ['internal', 'Something went wrong on our side', true],
});
export type CommonErrorCode = keyof typeof COMMON_ERRORS;
/** A common code by its name, a capability's own as the value that its `errors.ts` exports. */
export type Refusal = CommonErrorCode | ErrorDefinition;

export interface DomainErrorOptions {
  detail?: string;
  errors?: FieldProblem[];
  retryAfterS?: number;
  /** The policies of RateLimit-Policy whose quota is used up. */
  violatedPolicies?: readonly string[];
  cause?: unknown;
}

export class DomainError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: string;
  readonly errors: FieldProblem[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly violatedPolicies: readonly string[] | undefined;

  constructor(error: Refusal, options: DomainErrorOptions = {}) {
    const { code, kind, title, retryable } = typeof error === 'string' ? COMMON_ERRORS[error] : error;
    super(`${code}: ${options.detail ?? title}`, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.kind = kind;
    this.title = title;
    this.retryable = retryable;
    this.detail = options.detail ?? title;
    this.errors = options.errors;
    this.retryAfterS = options.retryAfterS;
    this.violatedPolicies = options.violatedPolicies;
  }
}

/** `retryAfterS` of a wait in ms: whole seconds, and at least one. */
export function retrySeconds(waitMs = 0): number {
  return Math.max(1, Math.ceil(waitMs / 1_000));
}

/** The refusal of one field: its code stands both in the problem and at the field. */
export function fieldError(error: ErrorDefinition, pointer: string, detail: string): DomainError {
  return new DomainError(error, { detail, errors: [{ pointer, code: error.code, detail }] });
}

/** HTTP status of each kind; exhaustive by type. */
export const HTTP_STATUS: Record<ErrorKind, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  busy: 409,
  too_slow: 408,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
};
