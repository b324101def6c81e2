/**
 * Eko's envelope `{status, response_status_id, response_type_id, message, data, invalid_params}` and its
 * errors. A business error is HTTP 200 with a status other than 0. Texts are those of the samples unless the
 * comment says otherwise. No answer repeats an invalid value.
 */
export type Data = Record<string, unknown>;

export interface Envelope {
  status: number;
  response_status_id: number;
  response_type_id?: number;
  message?: string;
  data?: Data;
  invalid_params?: Record<string, string>;
  [other: string]: unknown;
}

/** Returned by a handler instead of an envelope when the request gets no answer. */
export const NO_ANSWER = Symbol('no answer');
export type Reply = Envelope | typeof NO_ANSWER;

/** An error answer, by default with HTTP 200. */
export class EkoRefusal extends Error {
  constructor(
    readonly body: Data,
    readonly httpStatus = 200,
    readonly retryAfterS?: number,
  ) {
    super(String(body.message));
    this.name = 'EkoRefusal';
  }
}

/** A success. `statusId` is -1 in some answers. */
export const ok = (typeId: number, message: string, data?: Data, statusId = 0): Envelope => ({
  status: 0,
  response_status_id: statusId,
  response_type_id: typeId,
  message,
  data,
});

/** A business error whose type equals its status. */
export const failed = (code: number, message: string, data?: Data, statusId = 1): EkoRefusal =>
  new EkoRefusal({
    status: code,
    response_status_id: statusId,
    response_type_id: code,
    message,
    data,
  });

const invalid = (status: number, field: string, message: string, why: string): EkoRefusal =>
  new EkoRefusal({
    status,
    response_status_id: 1,
    response_type_id: -1,
    message,
    invalid_params: { [field]: why },
  });

export const missingParam = (field: string): EkoRefusal =>
  invalid(
    97,
    field,
    'Please provide the value of the field',
    'Please provide the value of the field {2} {3}',
  );

const INVALID = 'Please provide a valid value of the field';
/** The sample of "Input Validation Errors" has the number 461; its texts are the sandbox's. */
export const invalidParam = (field: string, why = INVALID): EkoRefusal => invalid(461, field, INVALID, why);
/** 132 is documented for the name of a sender, and for nothing else. */
export const invalidName = (field: string): EkoRefusal =>
  invalid(132, field, INVALID, 'Sender name should only contain letters');

/**
 * A client_ref_id that was used before. The contract says that it is never accepted again but shows no
 * answer.
 */
export const duplicateReference = (): EkoRefusal =>
  invalidParam('client_ref_id', 'client_ref_id already exists');

export const unknownInitiator = (given: string): EkoRefusal =>
  new EkoRefusal({
    status: 319,
    response_status_id: 1,
    response_type_id: -1,
    message: 'Invalid Sender/Initiator',
    invalid_params: { initiator_id: 'Merchant does not exist in system.' },
    data: { csp_id: given },
  });

/** No sample shows an unknown user_code; the text is that for an unknown customer. */
export const unknownUser = (): EkoRefusal =>
  invalid(463, 'user_code', 'User not found', 'User does not exist in System');
export const unknownCustomer = (): EkoRefusal =>
  invalid(463, 'customer_id', 'customer_id does not exist in system', 'Customer does not exist in System');
export const agentNotAllowed = (): EkoRefusal =>
  new EkoRefusal({
    status: 346,
    response_status_id: 1,
    response_type_id: 346,
    message: 'Agent not allowed to this transaction',
  });

/** For bills, recharges and settlements. A transfer is declined with a reason instead. */
export const insufficientBalance = (): EkoRefusal => failed(347, 'Insufficient balance.', {});

export const noTransaction = (): EkoRefusal =>
  new EkoRefusal({
    status: 1,
    response_status_id: -1,
    message: 'No transaction found for the given reference.',
    data: {},
  });
export const alreadyRefunded = (): EkoRefusal =>
  new EkoRefusal({
    status: 1,
    response_status_id: -1,
    message: 'Transaction is already in refunded state.',
    data: {},
  });
export const notRefundable = (): EkoRefusal =>
  new EkoRefusal({
    status: 1,
    response_status_id: -1,
    message: 'Transaction is not in a refundable state.',
    data: {},
  });
export const refundOtpWrong = (): EkoRefusal =>
  new EkoRefusal({
    status: 1,
    response_status_id: 302,
    message: 'Wrong OTP. Please enter the correct OTP.',
    data: {},
  });
export const refundOtpExpired = (): EkoRefusal =>
  new EkoRefusal({
    status: 1,
    response_status_id: 303,
    message: 'OTP expired. Please generate a new OTP.',
    data: {},
  });

/** The one-time password of a withdrawal: Eko documents a text only, and no numbers of its own. */
export const otpNotSent = (message: string): EkoRefusal =>
  new EkoRefusal({ status: 1, response_status_id: 1, message });

export const wrongDeveloperKey = (): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Forbidden — incorrect developer_key or secret-key.' }, 403);
export const badSecretKey = (): EkoRefusal =>
  new EkoRefusal(
    {
      status: 1,
      response_status_id: -1,
      message: 'Unauthorized — invalid secret-key or secret-key-timestamp.',
      data: {},
    },
    403,
  );
export const urlNotFound = (): EkoRefusal => new EkoRefusal({ status: 1, message: 'Not Found' }, 404);
export const wrongMethod = (): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Method Not Allowed' }, 405);
export const wrongContentType = (): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Unsupported Media Type' }, 415);
export const unreadableBody = (): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Bad request — missing or malformed parameter' }, 400);
export const bodyTooLarge = (): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Request Entity Too Large' }, 413);
export const tooManyRequests = (retryAfterS?: number): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Too Many Requests' }, 429, retryAfterS);

/** 500 or 503: the caller cannot know whether the request had an effect. */
export const serverError = (status: 500 | 503 = 500, retryAfterS?: number): EkoRefusal =>
  new EkoRefusal({ status: 1, message: 'Internal Server Error' }, status, retryAfterS);
