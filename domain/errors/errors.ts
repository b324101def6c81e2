/**
 * One error type for what the domain refuses. `code` is stable and public (`AREA_REASON`); `kind` decides the HTTP status; a job leaves what failed to its row.
 * The detail is written for the caller: it says what to do and never holds a secret, a personal value or SQL.
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

/** `pointer` is a JSON pointer into the body (`#/beneficiary/ifsc`) or names a parameter (`?limit`); `code` is one of FIELD_CODES or an error code. */
export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

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
  IDEMPOTENCY_IN_PROGRESS: [
    'busy',
    'The first request with this Idempotency-Key is still being accepted',
    true,
  ],
  AUTH_REQUIRED: ['unauthenticated', 'An API key is required', false],
  AUTH_KEY_INVALID: ['unauthenticated', 'The API key is not valid', false],
  AUTH_SCOPE_MISSING: ['forbidden', 'The API key lacks the scope for this', false],
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
  PAYOUT_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of this mode', false],
  PAYOUT_MODE_UNSUITABLE: ['invalid', 'The mode does not suit the beneficiary', false],
  PAYOUT_IFSC_UNKNOWN: ['invalid', 'The IFSC belongs to no bank', false],
  DMT_SENDER_NOT_FOUND: ['not_found', 'There is no such sender', false],
  DMT_RECIPIENT_NOT_FOUND: ['not_found', 'There is no such recipient', false],
  DMT_TRANSFER_NOT_FOUND: ['not_found', 'There is no such transfer', false],
  DMT_SENDER_NOT_ACTIVE: ['conflict', 'The sender may not send money yet', false],
  DMT_EKYC_NOT_STARTED: ['conflict', 'No eKYC of the sender waits for a one-time password', false],
  DMT_IFSC_UNKNOWN: ['invalid', 'The IFSC of the recipient belongs to no bank', false],
  DMT_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of a money transfer', false],
  DMT_OTP_REFERENCE_INVALID: ['invalid', 'The one-time password was not sent for this part', false],
  DMT_OTP_USED: ['conflict', 'The one-time password was used for another transfer', false],
  DMT_OTP_EXPIRED: ['conflict', 'The one-time password is too old, or was given up unused', false],
  DMT_REFUSED: ['conflict', 'The provider of money transfers refused the request', false],
  DMT_NOT_REFUNDABLE: ['conflict', 'The transaction does not wait for a refund', false],
  DMT_REFUND_OTP_MISSING: ['conflict', 'No one-time password was sent for this refund', false],
  DMT_REFUND_REFUSED: ['conflict', 'The provider refused the refund', false],
  DMT_ALREADY_REFUNDED: ['conflict', 'The transaction was refunded before', false],
  BBPS_CATEGORY_UNKNOWN: ['invalid', 'There is no such category of billers', false],
  BBPS_BILLER_NOT_FOUND: ['not_found', 'There is no such biller', false],
  BBPS_BILLER_UNKNOWN: ['invalid', 'The request names a biller that does not exist', false],
  BBPS_BILLER_UNAVAILABLE: ['busy', 'The biller takes no payments now', true],
  BBPS_PARAMETER_INVALID: ['invalid', 'A parameter is not what the biller asks for', false],
  BBPS_FETCH_NOT_FOUND: ['not_found', 'There is no such fetch', false],
  BBPS_FETCH_UNKNOWN: ['invalid', 'The request names a fetch that does not exist', false],
  BBPS_FETCH_NOT_SUPPORTED: ['invalid', 'The biller has no bills to fetch', false],
  BBPS_FETCH_REQUIRED: ['invalid', 'The biller is paid after its bill was fetched', false],
  BBPS_FETCH_UNFINISHED: ['busy', 'The bill is still being fetched', true],
  BBPS_FETCH_FAILED: ['conflict', 'The bill could not be fetched', false],
  BBPS_FETCH_EXPIRED: ['conflict', 'The bill was fetched too long ago', false],
  BBPS_FETCH_USED: ['conflict', 'The bill that was fetched has been paid', false],
  BBPS_BILL_UNKNOWN: ['invalid', 'The bill is not among those that were fetched', false],
  BBPS_AMOUNT_NOT_ALLOWED: ['invalid', 'The biller does not take this amount', false],
  BBPS_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of bill payment', false],
  BBPS_MODE_NOT_ALLOWED: ['invalid', 'The biller does not take this payment mode', false],
  BBPS_RECEIPT_NOT_READY: ['conflict', 'There is a receipt only for a payment that has succeeded', false],
  BBPS_COMPLAINT_NOT_FOUND: ['not_found', 'There is no such complaint', false],
  BBPS_COMPLAINT_NOT_POSSIBLE: ['conflict', 'No complaint can be raised about this payment', false],
  BBPS_COMPLAINT_TOO_EARLY: ['busy', 'It is too early for a complaint', true],
  BBPS_COMPLAINT_OPEN: ['conflict', 'A complaint of this kind is open already', false],
  RECHARGE_AMOUNT_OUT_OF_RANGE: ['invalid', 'The amount is outside the limits of recharges', false],
  RECHARGE_PLAN_UNKNOWN: ['invalid', 'The operator has no plan of this amount', false],
  RECHARGE_NOT_POSSIBLE: ['invalid', 'The operator refuses this recharge', false],
  RECHARGE_LOOKUP_REFUSED: ['invalid', 'The provider has no answer for this number', false],
  RECHARGE_OPERATOR_CLOSED: ['conflict', 'Recharges of this operator are not accepted now', false],
  RECHARGE_DUPLICATE_SUSPECTED: [
    'conflict',
    'The same number was recharged with the same amount moments ago',
    false,
  ],
  RECHARGE_NOT_FOUND: ['not_found', 'There is no such recharge', false],
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
  AEPS_VELOCITY_REFUSED: [
    'conflict',
    'The agent makes more transactions of this kind than is allowed',
    false,
  ],
  AEPS_AADHAAR_PAY_UNAVAILABLE: [
    'conflict',
    'The provider offers no payments to merchants with Aadhaar',
    false,
  ],
  AEPS_ACKNOWLEDGED_OTHERWISE: [
    'conflict',
    'The withdrawal was acknowledged before, with the other answer',
    false,
  ],
  POLICY_NOT_FOUND: ['unavailable', 'A rule that this service needs is not in force', true],
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

export interface DomainErrorOptions {
  detail?: string;
  errors?: FieldProblem[];
  retryAfterS?: number;
  cause?: unknown;
}

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
export function errorTitle(code: ErrorCode): string {
  return ERROR_CODES[code][1];
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
