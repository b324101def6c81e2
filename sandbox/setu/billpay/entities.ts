/** Rows as BillPay shows them. Money is paise. */
import { paiseToJson } from '../../../platform/money';
import type { Book } from '../book';
import type { DisputeStatus, Failure } from '../entries';
import type { Row } from '../tables';
import { istTimestamp } from '../times';
import { billsFor, type Bill, type PaymentOption } from './bills';
import { billerOf, plansOfBiller, type Biller, type FeeSlab } from './catalogue';
import { CHANNEL_LIMIT, channelsOf, limitOf, modesOf } from './limits';
import type { Plan } from './plans';

export const LISTED_AT = '2024-01-01T00:00:00.000+05:30';

export function billerEntity(biller: Biller) {
  const {
    id,
    name,
    category,
    coverage,
    fetchApiType,
    exactness,
    responseType,
    selectionType,
    slabs,
    planRequirement,
    status = 'ACTIVE',
  } = biller;
  return {
    id,
    name,
    categoryName: category,
    coverage,
    country: 'IND',
    status,
    fetchApiType,
    exactness,
    customerParams: biller.params.map((p) => ({
      paramName: p.name,
      dataType: p.dataType,
      minLength: p.minLength,
      maxLength: p.maxLength,
      optional: p.optional ?? false,
      visibility: true,
      regex: p.regex,
      values: p.choices?.join(',') ?? '',
    })),
    paymentModes: modesOf(biller).map((paymentMode) => ({
      paymentMode,
      ...limits(limitOf(biller, paymentMode)!),
      supportsPendingStatus: false,
    })),
    paymentChannels: channelsOf(biller).map((paymentChannel) => ({
      paymentChannel,
      ...limits(CHANNEL_LIMIT),
      supportsPendingStatus: false,
    })),
    responseType: responseType ?? 'SINGLE',
    selectionType,
    interchangeFee: slabs && [interchangeFee(slabs)],
    planRequirement,
    payWithoutFetchAllowed: fetchApiType === 'BILL_DIRECT',
    supportsPendingStatus: false,
    supportCallback: true,
    pseudoBiller: false,
    upmsEnabled: false,
    valAddFlag: false,
    createdAt: LISTED_AT,
    modifiedAt: LISTED_AT,
  };
}

const limits = ({ minPaise, maxPaise }: { minPaise: bigint; maxPaise: bigint }) => ({
  minLimit: paiseToJson(minPaise),
  maxLimit: paiseToJson(maxPaise),
});

function interchangeFee(slabs: readonly FeeSlab[]) {
  const all = slabs.map((s) => ({
    tranAmtRangeMin: paiseToJson(s.minPaise),
    tranAmtRangeMax: paiseToJson(s.maxPaise),
    effctvFrom: '2024-01-01',
    effctvTo: '',
    flatFee: paiseToJson(s.flatPaise),
    percentFee: s.percent,
  }));
  return {
    feeCode: 'CCF1',
    feeDesc: 'Customer_Convenience_Fee',
    feeDirection: 'C2B',
    interchangeFeeDetails: all[0]!,
    interchangeFeeDetailsV2: all,
  };
}

export const planEntity = (plan: Plan) => ({
  Id: plan.id,
  billerId: plan.billerId,
  amountInRupees: `${plan.amountPaise / 100n}.${String(plan.amountPaise % 100n).padStart(2, '0')}`,
  categoryType: plan.categoryType,
  categorySubType: { subType: plan.subType },
  description: plan.description,
  status: plan.status,
  effectiveFrom: '2024-01-01',
  effectiveTo: plan.status === 'ACTIVE' ? null : '2024-12-31',
});

function billEntity(bill: Bill) {
  return {
    amount: paiseToJson(bill.amountPaise),
    billNumber: bill.number,
    billDate: bill.billDate,
    dueDate: bill.dueDate,
    billPeriod: bill.period,
    customerName: bill.customerName,
    minAmount: orUndefined(bill.minPaise),
    maxAmount: orUndefined(bill.maxPaise),
    amountMultiple: orUndefined(bill.multiplePaise),
    paymentOptions: bill.options?.map(optionEntity),
  };
}

const orUndefined = (paise: bigint | undefined): number | undefined =>
  paise === undefined ? undefined : paiseToJson(paise);
const orNull = (paise: bigint | null | undefined): number | null =>
  paise === undefined || paise === null ? null : paiseToJson(paise);
const optionEntity = (o: PaymentOption) => ({
  name: o.name,
  amount: orNull(o.amountPaise),
  minAmount: orNull(o.minPaise),
  maxAmount: orNull(o.maxPaise),
  amountMultiple: orNull(o.multiplePaise),
});

/** The data of fetch/response, and of the BILL_FETCH callback. */
export function fetchData(book: Book, row: Row<'fetch'>) {
  const { biller: billerId, params } = row.details;
  const biller = billerOf(billerId)!;
  const base = { refId: row.refId, status: row.status };
  if (row.status === 'Processing') return base;
  if (row.status === 'Failure') return { ...base, failureReason: reason(row.failure) };
  const plans = plansOfBiller(biller).filter((p) => p.status === 'ACTIVE');
  return {
    ...base,
    bills: billsFor(biller, params, row.atMs).map(billEntity),
    exactness: biller.exactness,
    billerResponseType: biller.responseType ?? 'SINGLE',
    billerSelectionType: biller.selectionType ?? null,
    billerRefId: book.ids.billerRef('fetch', row.n),
    additionalInfo: [{ name: 'Billing Unit', value: 'Unit 1' }],
    ...(biller.planRequirement === 'MANDATORY'
      ? {
          billerPlanResponse: {
            planInfo: plans.map((p) => ({ type: 'CURATED', details: [{ name: 'Plan_ID', value: p.id }] })),
          },
        }
      : {}),
  };
}

/**
 * The data of payment/response. This answer cannot show a credit adjustment; only the list and the callback
 * do.
 */
export function paymentAnswer(book: Book, row: Row<'payment'>) {
  return paymentData(book, row.status === 'Credit_Adjustment' ? { ...row, status: 'Success' } : row);
}

/**
 * The data of the BILL_PAY callback. As in the contract, only a successful payment shows the convenience fee.
 */
export function paymentData(book: Book, row: Row<'payment'>) {
  const { payment, biller, bills } = row.details;
  const isDone = row.status === 'Success' || row.status === 'Credit_Adjustment';
  const { custConvFee, COUcustConvFee, ...rest } = payment;
  const fees = isDone && (custConvFee ?? 0) > 0 ? { custConvFee, COUcustConvFee } : {};
  const base = {
    refId: row.refId,
    status: row.status,
    billerId: biller,
    paymentDetails: { ...rest, ...fees },
  };
  if (row.status === 'Processing') return base;
  if (row.status === 'Failure') return { ...base, failureReason: reason(row.failure) };
  return {
    ...base,
    transactionId: book.ids.transaction(row.n, row.atMs),
    billerRefId: book.ids.billerRef('payment', row.n),
    additionalInfo: [{ name: 'Approval Number', value: book.ids.billerRef('payment', row.n).toUpperCase() }],
    lastPaidDate: istTimestamp(row.movedAtMs),
    bills: bills ?? undefined,
  };
}

function reason(failure: Failure | null) {
  const { type, code, message } = failure ?? {
    type: 'APP',
    code: 'internal-error',
    message: 'Internal error.',
  };
  return { type, code, message };
}

const REMARKS: Readonly<Record<DisputeStatus, { remarks: string; reason: string }>> = {
  ASSIGNED: { remarks: 'Dispute assigned to appropriate resolver for investigation', reason: 'SUCCESS' },
  RESOLVED: {
    remarks: 'Dispute successfully resolved through investigation in favour of customer',
    reason: 'Customer complaint validated',
  },
  REJECTED: {
    remarks: "Dispute rejected due to insufficient evidence or invalid claims at biller's end",
    reason: 'Invalid complaint type or missing documentation',
  },
  DEFAULT_RESOLVED: {
    remarks: 'Dispute automatically resolved due to timeout or default process in favour of customer',
    reason: 'Automatic resolution due to timeout',
  },
  PENDING_REFUND: {
    remarks: 'Refund approved and currently being processed',
    reason: 'Refund processing in progress',
  },
  REFUNDED: {
    remarks: 'Refund successfully processed and completed',
    reason: 'Refund initiated as per resolution',
  },
  FAILED: { remarks: 'Dispute could not be raised', reason: 'One ticket already in progress' },
};

const assignedTo = (status: DisputeStatus): string => (status === 'ASSIGNED' ? 'Sandbox BOU' : 'BBPCU');

/** The data of complaint/response, and of the BILL_DISPUTE callback. */
export function disputeData(book: Book, row: Row<'dispute'>) {
  const { disposition, ticket_tat: tat } = row.details;
  return {
    refId: row.refId,
    disputeId: book.ids.ticket(row.n, row.atMs),
    status: row.status,
    assignedTo: assignedTo(row.status),
    remarks: REMARKS[row.status].remarks,
    responseReason: REMARKS[row.status].reason,
    ticketType: ticketType(disposition),
    ticketTAT: tat,
    disposition: disposition ?? undefined,
  };
}

const ticketType = (disposition: string | null): 'DISPUTE' | 'COMPLAINT' =>
  disposition === null || disposition.startsWith('D3') ? 'COMPLAINT' : 'DISPUTE';

/** A row of the transactions list, where a failure is called `Error`. */
export function transactionEntity(book: Book, row: Row<'payment'>, expandBiller: boolean) {
  const { biller, customer_id: customerId, mobile, params, payment } = row.details;
  const isDone = row.status === 'Success' || row.status === 'Credit_Adjustment';
  return {
    refId: row.refId,
    status: row.status === 'Failure' ? ('Error' as const) : row.status,
    amount: payment.amount,
    billerId: biller,
    customerParams: params,
    mobile,
    paymentRefId: payment.paymentRefId,
    timestamp: payment.timestamp,
    custConvFee: payment.custConvFee ?? 0,
    customerId: customerId ?? undefined,
    transactionId: isDone ? book.ids.transaction(row.n, row.atMs) : undefined,
    refundStatus: row.status === 'Credit_Adjustment' ? 'Processed' : undefined,
    biller: expandBiller ? billerEntity(billerOf(biller)!) : undefined,
  };
}

/** A row of the disputes list. */
export function disputeEntity(
  book: Book,
  row: Row<'dispute'>,
  expand: { biller: boolean; transaction: boolean },
) {
  const payment = book.tables.payment.get(row.details.payment);
  const {
    refId,
    disputeId,
    status,
    assignedTo: assigned,
    remarks,
    responseReason,
    ticketType: type,
    ticketTAT,
    disposition,
  } = disputeData(book, row);
  const {
    biller,
    mobile,
    customer_id: customerId,
    payment: { paymentRefId },
  } = payment.details;
  return {
    refId,
    complaintId: disputeId,
    complaintStatus: status,
    assigned,
    remarks,
    responseReason,
    responseCode: '000',
    ticketType: type,
    ticketTAT,
    disposition,
    transactionId: book.ids.transaction(payment.n, payment.atMs),
    billerId: biller,
    mobile,
    paymentRefID: paymentRefId,
    createdAt: istTimestamp(row.atMs),
    lastModifiedAt: istTimestamp(row.movedAtMs),
    customerId: customerId ?? undefined,
    biller: expand.biller ? billerEntity(billerOf(biller)!) : undefined,
    transaction: expand.transaction ? transactionEntity(book, payment, false) : undefined,
  };
}
