/**
 * The status of a transaction, and the refund of a transfer that is refund pending. With the OTP the customer
 * confirms to have received the cash.
 */
import { rupeesFromPaise } from '../../platform/decimal';
import { NONE } from '../book/lookup';
import {
  alreadyRefunded,
  noTransaction,
  notRefundable,
  ok,
  refundOtpExpired,
  refundOtpWrong,
  type Reply,
} from './answers';
import { shortRupees } from './amounts';
import { slotOfReference } from './attempts';
import { TX_STATUS_DESC } from './entries';
import { OTP } from './fields';
import { turnoverOf } from './money-state';
import { verdictOf } from './otps';
import type { EkoDeps, EkoRequest } from './requests';
import { bankReference, isoDateTime, istDateTime } from './times';
import { refundTidOf, slotOfTid, tidOf, type TransactionState } from './transactions';

const BY_REFERENCE = 'client_ref_id:';
const IMPS = 5;

/** The network's reference of a transaction that reached the bank; otherwise empty. */
export const referenceOf = (slot: number, { status, at }: Pick<TransactionState, 'status' | 'at'>): string =>
  status === '0' || status === '4' ? bankReference(slot, at) : '';

/** GET /tools/reference/transaction/{tid | client_ref_id:REF}: 1472. */
export async function inquire(deps: EkoDeps, { fields }: EkoRequest): Promise<Reply> {
  const reference = fields.text('reference', /^[A-Za-z0-9_:-]{1,60}$/);
  const { transactions } = deps.book;
  const slot = reference.startsWith(BY_REFERENCE)
    ? await slotOfReference(deps, reference.slice(BY_REFERENCE.length))
    : slotOfTid(reference, transactions.count);
  if (slot === NONE) throw noTransaction();
  const row = await transactions.row(slot);
  const state = transactions.state(slot);
  return ok(1472, 'Sucess! Enquiry success.', {
    bank_ref_num: referenceOf(slot, state),
    account: row.target,
    fee: shortRupees(state.feePaise),
    client_ref_id: row.ref ?? '',
    gst: shortRupees(state.taxPaise),
    sender_name: row.name,
    timestamp: istDateTime(state.at),
    ifsc: row.ifsc,
    beneficiary_account_type: 1,
    txstatus_desc: TX_STATUS_DESC[state.status],
    tx_status: state.status,
    tid: tidOf(slot),
    amount: shortRupees(state.amountPaise),
    payment_mode: IMPS,
    recipient_name: row.payee,
  });
}

/** The slot of a transfer whose refund is pending. */
function refundableSlot({ book }: EkoDeps, { fields }: EkoRequest): number {
  const slot = slotOfTid(fields.text('tid', /^\d{1,20}$/), book.transactions.count);
  if (slot === -1) throw noTransaction();
  const { status } = book.transactions.state(slot);
  if (status === '4') throw alreadyRefunded();
  if (status !== '3') throw notRefundable();
  return slot;
}

/** POST /customer/payment/refund/{tid}/otp: 2133, a success whose status is not 0. */
export async function sendRefundOtp(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const slot = refundableSlot(deps, request);
  const { mobile } = await deps.book.transactions.row(slot);
  const { ref } = deps.book.sendOtp('refund', mobile, String(slot));
  return {
    status: 2133,
    response_status_id: 1,
    response_type_id: 2133,
    message: 'Send OTP',
    data: { otp_ref_id: ref },
  };
}

/** POST /customer/payment/refund/{tid}: 74. The float gets its money back, less the commission. */
export async function refund(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const { fields } = request;
  const { book } = deps;
  const otp = fields.text('otp', OTP);
  const otpRef = fields.optional('otp_ref_id', /^\S{1,200}$/);
  const row = await book.transactions.row(refundableSlot(deps, request));
  const slot = refundableSlot(deps, request); // checked again: another request may have refunded it meanwhile
  const challenge = otpRef === null ? book.otps.latest('refund', String(slot)) : book.otps.find(otpRef);
  const verdict = verdictOf(
    book.otps,
    challenge,
    { purpose: 'refund', subject: String(slot), otp, nowMs: deps.nowMs() },
    deps.ekoSettings,
  );
  if (verdict === 'expired') throw refundOtpExpired();
  if (verdict !== 'good' || challenge === undefined) throw refundOtpWrong();
  const state = book.transactions.state(slot);
  book.move(slot, '4', { step: state.step, row, otp: challenge.n });
  return ok(74, 'Refund done', {
    refund_tid: refundTidOf(slot),
    amount: rupeesFromPaise(state.amountPaise),
    tds: shortRupees(state.tdsPaise),
    balance: shortRupees(book.money.balancePaise),
    fee: shortRupees(state.feePaise),
    currency: 'INR',
    commission_reverse: shortRupees(state.commissionPaise),
    tid: tidOf(slot),
    timestamp: isoDateTime(deps.nowMs()),
    refunded_amount: rupeesFromPaise(turnoverOf(state) + state.commissionPaise - state.tdsPaise),
  });
}
