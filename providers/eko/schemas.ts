import type { BillerParameter, Category } from '../../domain/bbps/port';
import type { Recipient } from '../../domain/dmt/port';
import type { MiniStatementLine } from '../../domain/aeps/port';
import type { Plan } from '../../domain/recharge/port';
import {
  nearestPaiseFromRupeeNumber,
  nearestPaiseFromRupees,
  paiseFromRupeeNumber,
  paiseFromRupees,
} from '../../platform/decimal';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { absentAs, isFields, no, type Fields, type Reading } from '../reading';
import { billDate } from './dates';

/**
 * Eko's answers, read as if they were hostile. Numbers come as numbers and as texts, a missing value as
 * null, nothing, "", "null" or "NA", and any field may be anything. A field that decides about money and
 * breaks the contract makes the whole answer unreadable; one for people is left out. No codes here.
 */
/** The envelope of every answer. */
export interface Envelope {
  status: number;
  statusId: number | undefined;
  typeId: number | undefined;
  message: string | undefined;
  data: Fields;
  invalidParams: readonly string[];
  root: Fields;
}

/** The fields of a financial answer that decide. */
export interface Transaction {
  txStatus: string | undefined;
  tid: string | undefined;
  ourReference: string | undefined;
  amountPaise: Paise | undefined;
  utr: string | undefined;
  reason: string | undefined;
  /** Both or neither; a fraction of a paisa of TDS is rounded half up. */
  earned: Earned | undefined;
  /** The charge, tax included, and the tax inside it. */
  charged: Charged | undefined;
}
export interface Earned {
  commissionPaise: Paise;
  tdsPaise: Paise;
}
export interface Charged {
  chargePaise: Paise;
  chargeTaxPaise: Paise | undefined;
}

const isAbsent = absentAs('null', 'NA');
const TX_STATUS = /^\d{1,3}$/;
const TID = /^\d{1,20}$/;
const REFERENCE = /^[\x21-\x7e]{1,40}$/;
const UTR = /^(?=.*\d)[A-Za-z0-9/-]{6,40}$/;
/** The names that a biller's parameter may have; it becomes a field of the request. */
export const PARAMETER = /^[A-Za-z][A-Za-z0-9_ .-]{0,59}$/;
const MAX_PATTERN_LENGTH = 1_000;
export const OTP_REQUEST = /^[A-Za-z0-9_-]{1,60}$/;
const MASKED_AADHAAR = /^(?:[Xx*]{4}[ -]?){2}\d{4}$/;

/** Undefined when the body is not an envelope. */
export function readEnvelope(json: unknown): Envelope | undefined {
  if (!isFields(json)) return undefined;
  const status = wholeNumber(json.status);
  if (status === undefined) return undefined;
  return {
    status,
    statusId: wholeNumber(json.response_status_id),
    typeId: wholeNumber(json.response_type_id),
    message: text(json.message, 500),
    data: isFields(json.data) ? json.data : {},
    invalidParams: [json.invalid_params, json.invalid_parameters].flatMap((params) =>
      isFields(params) ? Object.keys(params) : [],
    ),
    root: json,
  };
}

/** `tx_status` stands in `data`, in some answers beside it too; two that differ are a contradiction. */
export function readTransaction({ data, root }: Envelope): Reading<Transaction> {
  const inside = scalar(data.tx_status);
  const beside = root === data ? undefined : scalar(root.tx_status);
  if (inside !== undefined && beside !== undefined && inside !== beside) return no('tx_status');
  return readTransactionFields({
    ...data,
    tx_status: isAbsent(data.tx_status) ? root.tx_status : data.tx_status,
  });
}

/** The same from fields that stand side by side (a callback). */
export function readTransactionFields(fields: Fields): Reading<Transaction> {
  const [txStatus, tid, ourReference] = [
    scalar(fields.tx_status),
    scalar(fields.tid),
    text(fields.client_ref_id, 100),
  ];
  if (!isAbsent(fields.tx_status) && (txStatus === undefined || !TX_STATUS.test(txStatus)))
    return no('tx_status');
  if (!isAbsent(fields.tid) && (tid === undefined || !TID.test(tid))) return no('tid');
  if (!isAbsent(fields.client_ref_id) && (ourReference === undefined || !REFERENCE.test(ourReference)))
    return no('client_ref_id');
  const amountPaise = isAbsent(fields.amount) ? undefined : rupees(fields.amount);
  if (!isAbsent(fields.amount) && amountPaise === undefined) return no('amount');
  return {
    ok: true,
    value: {
      txStatus,
      tid,
      ourReference,
      amountPaise,
      utr: matching(UTR, fields.bank_ref_num),
      reason: text(fields.reason, 500) ?? text(fields.comment, 500) ?? text(fields.txstatus_desc, 500),
      earned: earnedIn(fields.commission, fields.tds),
      charged: chargedIn(fields.fee, fields.service_tax, fields.gst),
    },
  };
}

/**
 * Commission and TDS decide about no customer's money, so that one that cannot be read is as good as none: the
 * agreed one counts, as where Eko states none.
 */
function earnedIn(commission: unknown, tds: unknown): Earned | undefined {
  const [commissionPaise, tdsPaise] = [share(commission), share(tds)];
  return commissionPaise === undefined || tdsPaise === undefined || tdsPaise > commissionPaise
    ? undefined
    : { commissionPaise, tdsPaise };
}

/** The tax inside a charge is `service_tax` in some answers and `gst` in others. */
function chargedIn(fee: unknown, serviceTax: unknown, gst: unknown): Charged | undefined {
  const chargePaise = isAbsent(fee) ? undefined : rupees(fee);
  if (chargePaise === undefined) return undefined;
  const taxPaise = rupees(isAbsent(serviceTax) ? gst : serviceTax);
  return {
    chargePaise,
    chargeTaxPaise: taxPaise !== undefined && taxPaise <= chargePaise ? taxPaise : undefined,
  };
}

export function readReason({ data, message }: Envelope): string | undefined {
  return (
    text(data.reason, 500) ??
    text(data.description, 500) ??
    text(data.comment, 500) ??
    text(data.message, 500) ??
    message
  );
}

export function readSender({ data }: Envelope): { name: string | null; remainingPaise: Paise | null } {
  const profile = isFields(data.customer_profile) ? data.customer_profile : {};
  return {
    name: text(profile.name, 200) ?? null,
    remainingPaise: rupees(profile.next_allowed_limit) ?? rupees(data.next_allowed_limit) ?? null,
  };
}

export function readOtpRef({ data }: Envelope): string | undefined {
  return opaque(data.otp_ref_id);
}

export function readTid({ data }: Envelope): string | undefined {
  return matching(TID, data.tid);
}

export function readEkyc(envelope: Envelope): { otpRef: string; kycRequestId: string } | undefined {
  const [otpRef, kycRequestId] = [readOtpRef(envelope), opaque(envelope.data.kyc_request_id)];
  return otpRef === undefined || kycRequestId === undefined ? undefined : { otpRef, kycRequestId };
}

export function readKycOtp(envelope: Envelope): { otpRef: string; referenceTid: string } | undefined {
  const [otpRef, referenceTid] = [readOtpRef(envelope), opaque(envelope.data.reference_tid)];
  return otpRef === undefined || referenceTid === undefined ? undefined : { otpRef, referenceTid };
}

export function readNewRecipient({ data }: Envelope): { ref: string } | undefined {
  const ref = matching(TID, data.recipient_id);
  return ref === undefined ? undefined : { ref };
}

/** A recipient that cannot be named or paid to is left out. */
export function readRecipients({ data }: Envelope): Recipient[] | undefined {
  if (!Array.isArray(data.recipient_list)) return undefined;
  return data.recipient_list.flatMap((item: unknown): Recipient[] => {
    if (!isFields(item)) return [];
    const [ref, accountNumber] = [
      matching(TID, item.recipient_id),
      matching(/^[A-Za-z0-9]{4,35}$/, item.account),
    ];
    if (ref === undefined || accountNumber === undefined) return [];
    return [
      {
        ref,
        accountNumber,
        name: text(item.recipient_name, 200) ?? '',
        bank: text(item.bank, 200) ?? '',
        ifsc: matching(/^[A-Z]{4}0[A-Z0-9]{6}$/, item.ifsc) ?? '',
        mobile: matching(/^\d{10}$/, item.recipient_mobile) ?? null,
        isVerified: wholeNumber(item.is_verified) === 1,
      },
    ];
  });
}

/** The refund of a transfer: its amount without the charge, which comes back too (`refunded_amount`). */
export function readRefund({
  data,
}: Envelope):
  | { tid: string; amountPaise: Paise | undefined; earned: Earned | undefined; charged: Charged | undefined }
  | undefined {
  const tid = matching(TID, data.tid);
  return tid === undefined
    ? undefined
    : {
        tid,
        amountPaise: rupees(data.amount),
        earned: earnedIn(data.commission_reverse, data.tds),
        charged: chargedIn(data.fee, data.service_tax, data.gst),
      };
}

export function readCategories(envelope: Envelope): Category[] | undefined {
  return listElements(envelope)?.flatMap((item): Category[] => {
    const [id, name] = [
      matching(/^\d{1,6}$/, item.operator_category_id),
      text(item.operator_category_name, 200),
    ];
    return id === undefined ||
      name === undefined ||
      (!isAbsent(item.status) && wholeNumber(item.status) !== 1)
      ? []
      : [{ id, name }];
  });
}

export interface ListedBiller {
  id: string;
  name: string;
  category: string;
  mustFetch: boolean;
}
export function readBillers(envelope: Envelope): ListedBiller[] | undefined {
  return listElements(envelope)?.flatMap((item): ListedBiller[] => {
    const [id, name, category] = [
      matching(/^\d{1,9}$/, item.operator_id),
      text(item.name, 300),
      matching(/^\d{1,6}$/, item.operator_category),
    ];
    return id === undefined || name === undefined || category === undefined
      ? []
      : [{ id, name, category, mustFetch: wholeNumber(item.billFetchResponse) !== 0 }];
  });
}

/** A parameter that cannot be read makes the biller unusable: a value it requires would not be sent. */
export function readParameters(
  envelope: Envelope,
): { parameters: BillerParameter[]; mustFetch: boolean } | undefined {
  const items = listElements(envelope);
  if (items === undefined) return undefined;
  const parameters: BillerParameter[] = [];
  for (const item of items) {
    const [name, type] = [matching(PARAMETER, item.param_name), text(item.param_type, 30)];
    if (
      name === undefined ||
      type === undefined ||
      (typeof item.regex === 'string' && item.regex.length > MAX_PATTERN_LENGTH)
    )
      return undefined;
    parameters.push({
      name,
      label: text(item.param_label, 200) ?? name,
      dataType: type === 'Numeric' ? 'NUMERIC' : 'ALPHANUMERIC',
      isOptional: false,
      pattern: patternOf(text(item.regex, MAX_PATTERN_LENGTH), type),
      minLength: null,
      maxLength: null,
    });
  }
  const attributes = envelope.root.param_attributes as Fields;
  return { parameters, mustFetch: wholeNumber(attributes.fetchBill) !== 0 };
}

export interface ReadBill {
  amountPaise: Paise;
  dueDate: string | null;
  billDate: string | null;
  customerName: string | null;
}
export function readBill({ data }: Envelope): ReadBill | undefined {
  const amountPaise = rupees(data.amount);
  return amountPaise === undefined || amountPaise === 0n
    ? undefined
    : {
        amountPaise,
        dueDate: billDate(data.billDueDate),
        billDate: billDate(data.billdate),
        customerName: text(data.utilitycustomername, 200) ?? null,
      };
}

/** Operator and circle of a mobile number, in their codes. */
export function readDetected({ root }: Envelope): { operatorCode: string; circleCode: string } | undefined {
  const value = (name: string): string | undefined =>
    matching(/^\d{1,9}$/, namedParams(root).find((p) => p.name === name)?.value);
  const [operatorCode, circleCode] = [value('phone_operator_code'), value('circle_area')];
  return operatorCode === undefined || circleCode === undefined ? undefined : { operatorCode, circleCode };
}

export function readPlans({ root }: Envelope): Plan[] | undefined {
  const list = namedParams(root).find((p) => p.name === 'req_list')?.value;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((item: unknown): Plan[] => {
    const amountPaise = isFields(item) ? rupees(item.amount) : undefined;
    if (amountPaise === undefined || amountPaise === 0n) return [];
    const { validity, plan_description: description } = item as Fields;
    return [
      { amountPaise, validity: text(validity, 100) ?? null, description: text(description, 1_000) ?? '' },
    ];
  });
}

/**
 * The customer's own balance, and the Aadhaar number as far as a receipt may show it: one that is not masked
 * is left out.
 */
export function readCustomer({ data }: Envelope): {
  balancePaise: Paise | undefined;
  maskedAadhaar: string | undefined;
  reference: string | null;
} {
  return {
    balancePaise: signedRupees(data.customer_balance),
    maskedAadhaar: matching(MASKED_AADHAAR, data.aadhar),
    reference: matching(UTR, data.bank_ref_num) ?? matching(TID, data.tid) ?? null,
  };
}

/** The reference of the one-time password that was sent for a withdrawal. */
export function readWithdrawalOtp({ data }: Envelope): string | undefined {
  return matching(OTP_REQUEST, data.fp_transaction_id);
}

/**
 * A line without a date, a direction or an amount makes the statement unreadable: a gap would be a wrong
 * statement.
 */
export function readMiniStatement({ data }: Envelope): MiniStatementLine[] | undefined {
  if (!Array.isArray(data.mini_statement_list)) return undefined;
  const lines: MiniStatementLine[] = [];
  for (const item of data.mini_statement_list as unknown[]) {
    if (!isFields(item)) return undefined;
    const [date, amountPaise, kind] = [
      text(item.date, 20),
      rupees(item.amount),
      text(item.txnType, 10)?.toLowerCase(),
    ];
    if (date === undefined || amountPaise === undefined || (kind !== 'dr' && kind !== 'cr')) return undefined;
    lines.push({
      date,
      amountPaise,
      direction: kind === 'dr' ? 'debit' : 'credit',
      narration: text(item.narration, 200) ?? '',
    });
  }
  return lines;
}

/** The commission of an answer that states no TDS beside it. */
export function readCommission({ data }: Envelope): Paise | undefined {
  return share(data.commission);
}

function listElements({ root }: Envelope): Fields[] | undefined {
  const list = isFields(root.param_attributes) ? root.param_attributes.list_elements : undefined;
  return Array.isArray(list) && list.every((item: unknown): item is Fields => isFields(item))
    ? list
    : undefined;
}

function namedParams(root: Fields): Fields[] {
  return Array.isArray(root.dependent_params)
    ? root.dependent_params.filter((item: unknown): item is Fields => isFields(item))
    : [];
}

/** A list is given as `1|3`, which would match within `13`; anchored, it has to match the whole value. */
function patternOf(regex: string | undefined, type: string): string | null {
  if (regex === undefined) return null;
  return type === 'List' && !regex.startsWith('^') ? `^(?:${regex})$` : regex;
}

function text(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || isAbsent(value) || /\p{Cc}/u.test(value)) return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed.slice(0, maxLength);
}

/** A text, or a whole number as a text. A larger number has lost digits already. */
function scalar(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  return text(value, 100);
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  const found = scalar(value);
  return found !== undefined && pattern.test(found) ? found : undefined;
}

/** A reference of theirs that is sent back as it came. */
function opaque(value: unknown): string | undefined {
  const found = typeof value === 'number' ? scalar(value) : text(value, 301);
  return found !== undefined && /^[\x21-\x7e]{1,300}$/.test(found) ? found : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** Rupees, as text or number; undefined when it is not an amount, is negative or is larger than any. */
function rupees(value: unknown): Paise | undefined {
  const paise = signedRupees(value);
  return paise === undefined || paise < 0n ? undefined : paise;
}

/** A share that Eko writes with more decimals than money has, to the nearest paisa. */
function share(value: unknown): Paise | undefined {
  const paise = signedRupees(value, {
    ofText: nearestPaiseFromRupees,
    ofNumber: nearestPaiseFromRupeeNumber,
  });
  return paise === undefined || paise < 0n ? undefined : paise;
}

const EXACTLY = { ofText: paiseFromRupees, ofNumber: paiseFromRupeeNumber };

function signedRupees(value: unknown, { ofText, ofNumber } = EXACTLY): Paise | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  try {
    const paise = typeof value === 'string' ? ofText(value) : ofNumber(value);
    return paise > MAX_AMOUNT_PAISE || paise < -MAX_AMOUNT_PAISE ? undefined : paise;
  } catch {
    return undefined;
  }
}
