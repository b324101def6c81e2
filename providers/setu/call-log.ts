import { maskedBody, maskJson } from '../mask';

/**
 * The fields of a call that may be read in the API log: the names of the contract whose values are words of
 * the provider, references, amounts and dates. A name that is not here is hidden: tokens and secrets, names
 * of people, addresses, and the provider's texts, which may repeat any of them.
 */
const OPEN = new Set([
  'success',
  'traceId',
  'trace_id',
  'code',
  'type',
  'status',
  'refId',
  'paymentRefId',
  'transactionId',
  'transactionRefId',
  'operatorRefId',
  'billerRefId',
  'billerId',
  'ValidationRefNo',
  'disputeId',
  'id',
  'channel',
  'mode',
  'amount',
  'minAmount',
  'maxAmount',
  'amountMultiple',
  'custConvFee',
  'COUcustConvFee',
  'currency',
  'timestamp',
  'lastPaidDate',
  'billDate',
  'dueDate',
  'billPeriod',
  'exactness',
  'billerResponseType',
  'billerSelectionType',
  'disputeType',
  'disposition',
  'complaintId',
  'complaintStatus',
  'paymentRefID',
  'ticketType',
  'ticketTAT',
  'expiresIn',
  'grant_type',
  'current_operator',
  'current_location',
  'previous_operator',
  'previous_location',
  'ported',
  'provider',
  'service_type',
  'is_postpaid',
  'is_special',
  'validity',
  'talktime',
  'total',
  'count',
]);
/** Fields that keep their last four characters when they have eight or more. */
const LAST_FOUR = new Set(['value', 'mobile', 'mobile_number', 'billNumber', 'terminalId', 'accountInfo']);

/** A JSON value as it may be kept. */
export function masked(value: unknown): unknown {
  return maskJson(value, { open: OPEN, lastFour: LAST_FOUR });
}

/** The same of a body; what is no JSON is not kept. */
export const maskedText = (raw: Buffer): unknown => maskedBody(raw, masked);

/** A list of billers or plans is public and long: only its size is kept. */
export function maskedAnswer(json: unknown): unknown {
  const data = typeof json === 'object' && json !== null ? (json as { data?: unknown }).data : undefined;
  const list = Array.isArray(data)
    ? data
    : Object.values(typeof data === 'object' && data !== null ? data : {}).find(
        (value): value is unknown[] => Array.isArray(value) && value.length > 10,
      );
  return masked(list === undefined ? json : { ...(json as object), data: { count: list.length } });
}
