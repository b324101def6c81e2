import { absentAs, isFields, isPaise, no, paise, yes, type Fields, type Reading } from '../reading';

/**
 * Setu's answers about payments and recharges, read as if they were hostile: each field that we use is
 * checked for type, form and range, everything else is left alone (they add fields at will). Numbers must be
 * safe integers: a larger one has lost paise in JSON.parse.
 */

/** `success: false` with its error; `reason` is the recharge service's word for the code. */
export interface ErrorBody {
  code: string;
  reason: string | undefined;
  message: string | undefined;
}
export interface FailureReason {
  type: string | undefined;
  code: string | undefined;
  message: string | undefined;
}

export interface Payment {
  refId: string;
  status: string;
  /** The reference of the network (B-Connect). */
  transactionId: string | undefined;
  /** The biller's approval. */
  billerRefId: string | undefined;
  paymentRefId: string | undefined;
  amountPaise: bigint | undefined;
  failure: FailureReason;
}

export interface ListedPayment {
  refId: string;
  status: string;
  paymentRefId: string | undefined;
  amountPaise: bigint | undefined;
}

export interface Recharge {
  status: string;
  transactionRefId: string | undefined;
  operatorRefId: string | undefined;
  amountPaise: bigint | undefined;
  failure: FailureReason;
}

export interface Complaint {
  refId: string;
  disputeId: string | undefined;
  status: string;
  assignedTo: string | undefined;
  ticketTat: string | undefined;
  remarks: string | undefined;
}
/** A line of the disputes list. The contract calls no field of it required: what names it has to be there. */
export interface ListedDispute extends Complaint {
  paymentRefId: string;
  disposition: string | undefined;
  raisedAtMs: number;
}
export interface NumberDetails {
  operator: string;
  circle: string;
}
export interface PlanFields {
  amountPaise: bigint;
  name: string | undefined;
  description: string | undefined;
  validity: string | undefined;
}
export interface Validation {
  status: string;
  code: string | undefined;
  /** Their texts about what is wrong, joined. */
  text: string;
}

export const isAbsent = absentAs('NA', 'None');
const REF = /^[A-Za-z0-9_-]{6,64}$/;
const STATUS = /^[A-Za-z][A-Za-z0-9_ -]{0,39}$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/;

/** A reference that Setu made. */
export function isRef(value: unknown): value is string {
  return typeof value === 'string' && REF.test(value);
}

/** The `data` of a success; both products wrap it in the same way. */
export function readData(json: unknown): Reading<Fields> {
  if (!isFields(json) || json.success !== true) return no('success');
  return isFields(json.data) ? yes(json.data) : no('data');
}

/** The error of a refusal, or undefined when the body is not Setu's. */
export function readError(json: unknown): ErrorBody | undefined {
  if (!isFields(json) || json.success !== false || !isFields(json.error)) return undefined;
  const code = word(json.error.code);
  return code === undefined
    ? undefined
    : { code, reason: word(json.error.failureReason), message: text(json.error.message, 1_000) };
}

/** `{refId}`: what every request of a pair is answered with. */
export function readRefId(json: unknown): Reading<string> {
  const data = readData(json);
  if (!data.ok) return data;
  return isRef(data.value.refId) ? yes(data.value.refId) : no('data.refId');
}

/**
 * A 409 of payment/request: `undefined` when it does not speak of a duplicate, a missing reference when the
 * body names none, or two that differ.
 */
export function readDuplicate(json: unknown): { refId: string | undefined } | undefined {
  const data = isFields(json) && isFields(json.data) ? json.data : undefined;
  if (!isFields(data?.duplicate) || data.duplicate.code !== 'duplicate-ref-id') return undefined;
  const refs = [data.duplicate.refId, data.refId].filter(isRef);
  return { refId: new Set(refs).size === 1 ? refs[0] : undefined };
}

export function readPayment(json: unknown): Reading<Payment> {
  const read = readData(json);
  if (!read.ok) return read;
  const { refId, status, transactionId, billerRefId, paymentDetails, failureReason } = read.value;
  if (!isRef(refId)) return no('data.refId');
  if (!isStatus(status)) return no('data.status');
  const details = isFields(paymentDetails) ? paymentDetails : {};
  if (!isAbsent(details.amount) && !isPaise(details.amount)) return no('data.paymentDetails.amount');
  if (!isAbsent(details.paymentRefId) && typeof details.paymentRefId !== 'string')
    return no('data.paymentDetails.paymentRefId');
  return yes({
    refId,
    status,
    transactionId: reference(transactionId),
    billerRefId: reference(billerRefId),
    paymentRefId: isAbsent(details.paymentRefId) ? undefined : (details.paymentRefId as string),
    amountPaise: paise(details.amount),
    failure: readFailure(failureReason),
  });
}

/** A page of the transactions list. One line that cannot be read spoils it: it might be ours. */
export function readTransactions(json: unknown): Reading<ListedPayment[]> {
  const read = readData(json);
  if (!read.ok) return read;
  const list = read.value.transactions ?? []; // not required
  if (!Array.isArray(list)) return no('data.transactions');
  const items: ListedPayment[] = [];
  for (const item of list as unknown[]) {
    if (!isFields(item) || !isRef(item.refId)) return no('data.transactions.refId');
    if (!isStatus(item.status)) return no('data.transactions.status');
    if (!isAbsent(item.amount) && !isPaise(item.amount)) return no('data.transactions.amount');
    items.push({
      refId: item.refId,
      status: item.status,
      paymentRefId: typeof item.paymentRefId === 'string' ? item.paymentRefId : undefined,
      amountPaise: paise(item.amount),
    });
  }
  return yes(items);
}

/** The same with the id after which the next page begins. */
export function readTransactionsPage(
  json: unknown,
): Reading<{ payments: ListedPayment[]; after: string | undefined }> {
  const payments = readTransactions(json);
  if (!payments.ok) return payments;
  const read = readData(json);
  if (!read.ok) return read;
  const { nextPage } = read.value;
  const after = cursorOf(nextPage);
  // A page that cannot be asked for is not the end of the list.
  return after === undefined && !isAbsent(nextPage)
    ? no('data.nextPage')
    : yes({ payments: payments.value, after });
}

export function readRecharge(json: unknown): Reading<Recharge> {
  const read = readData(json);
  if (!read.ok) return read;
  const { status, transactionRefId, operatorRefId, amount, error } = read.value;
  if (!isStatus(status)) return no('data.status');
  if (!isAbsent(transactionRefId) && !isRef(transactionRefId)) return no('data.transactionRefId');
  if (!isAbsent(amount) && !isPaise(amount)) return no('data.amount');
  return yes({
    status,
    transactionRefId: isRef(transactionRefId) ? transactionRefId : undefined,
    operatorRefId: reference(operatorRefId),
    amountPaise: paise(amount),
    failure: readFailure(error),
  });
}

export function readComplaint(json: unknown): Reading<Complaint> {
  const read = readData(json);
  if (!read.ok) return read;
  const { refId, status, disputeId, assignedTo, ticketTAT, remarks } = read.value;
  if (!isRef(refId)) return no('data.refId');
  if (!isStatus(status)) return no('data.status');
  return yes({
    refId,
    status,
    disputeId: reference(disputeId),
    assignedTo: text(assignedTo, 100),
    ticketTat: date(ticketTAT),
    remarks: text(remarks, 500),
  });
}

/** `nextPage` is an address without a host; what counts is its query. */
export function cursorOf(nextPage: unknown): string | undefined {
  if (typeof nextPage !== 'string' || nextPage.length > 2_000 || !nextPage.includes('?')) return undefined;
  const after = new URLSearchParams(nextPage.slice(nextPage.indexOf('?'))).get('after');
  return after === null || after === '' || after.length > 200 ? undefined : after;
}

/**
 * A page of the disputes list, and the id after which the next begins. One line that cannot be read spoils
 * it: it might be ours.
 */
export function readDisputes(
  json: unknown,
): Reading<{ disputes: ListedDispute[]; after: string | undefined }> {
  const read = readData(json);
  if (!read.ok) return read;
  const { disputes: list, nextPage } = read.value;
  if (!Array.isArray(list)) return no('data.disputes');
  const disputes: ListedDispute[] = [];
  for (const item of list as unknown[]) {
    if (!isFields(item) || !isRef(item.refId)) return no('data.disputes.refId');
    if (!isStatus(item.complaintStatus)) return no('data.disputes.complaintStatus');
    if (typeof item.paymentRefID !== 'string') return no('data.disputes.paymentRefID');
    disputes.push({
      refId: item.refId,
      status: item.complaintStatus,
      disputeId: reference(item.complaintId),
      assignedTo: text(item.assigned, 100),
      ticketTat: date(item.ticketTAT),
      remarks: text(item.remarks, 500),
      paymentRefId: item.paymentRefID,
      disposition: word(item.disposition),
      raisedAtMs: typeof item.createdAt === 'string' ? Date.parse(item.createdAt) || 0 : 0,
    });
  }
  const after = cursorOf(nextPage);
  // A page that cannot be asked for is not the end of the list.
  return after === undefined && !isAbsent(nextPage) ? no('data.nextPage') : yes({ disputes, after });
}

export function readNumberDetails(json: unknown): Reading<NumberDetails> {
  const read = readData(json);
  if (!read.ok) return read;
  const operator = text(read.value.current_operator, 40);
  const circle = text(read.value.current_location, 60);
  if (operator === undefined) return no('data.current_operator');
  return circle === undefined ? no('data.current_location') : yes({ operator, circle });
}

/** Plans without a usable price are left out: they could not be bought. */
export function readPlans(json: unknown): Reading<PlanFields[]> {
  if (!isFields(json) || json.success !== true) return no('success');
  if (!Array.isArray(json.data)) return no('data');
  return yes(
    (json.data as unknown[]).slice(0, 1_000).flatMap((item): PlanFields[] => {
      if (!isFields(item) || !isPaise(item.amount) || item.amount < 1) return [];
      return [
        {
          amountPaise: BigInt(item.amount),
          name: text(item.plan_name, 200),
          description: text(item.plan_description, 1_000),
          validity: text(item.validity, 60),
        },
      ];
    }),
  );
}

export function readValidation(json: unknown): Reading<Validation> {
  const read = readData(json);
  if (!read.ok) return read;
  if (!isStatus(read.value.status)) return no('data.status');
  const error = isFields(read.value.error) ? read.value.error : {};
  const texts = [text(error.message, 500), text(error.failureReason, 500)];
  return yes({
    status: read.value.status,
    code: word(error.code),
    text: texts.filter((part) => part !== undefined).join('; '),
  });
}

/**
 * Each part that is fit to be read; a text alone is the message (recharge/status has one where
 * recharge/request has an object).
 */
export function readFailure(value: unknown): FailureReason {
  if (typeof value === 'string') return { type: undefined, code: undefined, message: text(value, 1_000) };
  const { type, code, message } = isFields(value) ? value : {};
  return { type: word(type), code: word(code), message: text(message, 1_000) };
}

export function isStatus(value: unknown): value is string {
  return typeof value === 'string' && STATUS.test(value);
}

/** A text for people, without control characters; too long is cut. */
export function text(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || isAbsent(value)) return undefined;
  const plain = value
    .slice(0, maxLength * 2)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, maxLength);
  return plain === '' ? undefined : plain;
}

export function date(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(value)
    ? value
    : undefined;
}

export function word(value: unknown): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? value : undefined;
}

/** A reference of the network, an operator or a biller: for people; an odd one must not hold up the money. */
function reference(value: unknown): string | undefined {
  return typeof value === 'string' && !isAbsent(value) && /^[A-Za-z0-9/_-]{1,64}$/.test(value)
    ? value
    : undefined;
}
