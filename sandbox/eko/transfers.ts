/**
 * Domestic money transfer through Fino: each transfer needs an OTP; ₹5,000 at most, ₹25,000 per calendar
 * month.
 */
import { rupeesFromPaise } from '../../platform/decimal';
import { failed, invalidParam, NO_ANSWER, ok, type Data, type EkoRefusal, type Reply } from './answers';
import { shortRupees } from './amounts';
import {
  awaited,
  bookByScenario,
  declineAttempt,
  declined,
  requireNewReference,
  type Attempt,
  type Booked,
} from './attempts';
import { bankOfIfsc } from './banks';
import { transferCharges } from './fees';
import { CLIENT_REF, OTP } from './fields';
import { turnoverOf } from './money-state';
import { verdictOf } from './otps';
import { recipientId, recipientOf, type Sender } from './parties';
import type { RecipientEntry } from './entries';
import type { EkoDeps, EkoRequest } from './requests';
import { activeSenderOf, MONTHLY_LIMIT_PAISE, TRANSFER_LIMIT_PAISE, usedThisMonth } from './senders';
import { istMonth } from './times';

/** The documented reasons for a decline, and whether the answer contains the tid. */
const REASONS = {
  consumed: { text: 'OTP already Consumed', hasTid: true },
  wrong: { text: 'Wrong OTP', hasTid: false },
  expired: { text: 'OTP expired', hasTid: false },
  balance: { text: 'Insufficient balance', hasTid: false },
  limit: { text: 'Sender/beneficiary monthly limit exhausted', hasTid: false },
  account: { text: 'Invalid beneficiary account', hasTid: true },
} as const;

interface TransferRequest {
  sender: Sender;
  recipient: RecipientEntry;
  amountPaise: bigint;
}

function readTransfer(deps: EkoDeps, request: EkoRequest): TransferRequest {
  const sender = activeSenderOf(deps, request);
  const recipient = recipientOf(sender, request.fields.integer('recipient_id', 4_294_967_295));
  if (recipient === undefined)
    throw invalidParam('recipient_id', 'Recipient does not exist for this customer');
  const amountPaise = request.fields.amountPaise('amount');
  if (amountPaise > TRANSFER_LIMIT_PAISE) throw invalidParam('amount', 'Amount should be at most 5000');
  return { sender, recipient, amountPaise };
}

function exceededLimit(
  deps: EkoDeps,
  { sender, recipient, amountPaise }: TransferRequest,
): 'sender' | 'recipient' | null {
  if (usedThisMonth(deps, sender.mobile) + amountPaise > MONTHLY_LIMIT_PAISE) return 'sender';
  const received = deps.book.money.usedPaise(istMonth(deps.nowMs()), {
    account: `${recipient.ifsc}${recipient.account}`,
  });
  return received + amountPaise > deps.ekoSettings.recipientLimitPaise ? 'recipient' : null;
}

/** The OTP is for one customer, one recipient and one amount. */
const subjectOf = ({ sender, recipient, amountPaise }: TransferRequest): string =>
  `${sender.mobile} ${recipient.n} ${amountPaise}`;

/** POST /customer/payment/dmt-fino/otp: 2133, or 36 or 945 when the transfer would exceed a monthly limit. */
export function sendTransferOtp(deps: EkoDeps, request: EkoRequest): Reply {
  const order = readTransfer(deps, request);
  const limit = exceededLimit(deps, order);
  if (limit === 'sender') throw failed(36, 'Sender/beneficiary monthly limit exhausted', {});
  if (limit === 'recipient') throw failed(945, 'Beneficiary monthly limit exhausted', {});
  return ok(2133, 'Send OTP', {
    otp_ref_id: deps.book.sendOtp('transfer', order.sender.mobile, subjectOf(order)).ref,
  });
}

/**
 * POST /customer/payment/dmt-fino: 325 done, 55 declined with a reason, or awaited without a
 * response_type_id.
 */
export async function transfer(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const { fields, userCode } = request;
  const { book } = deps;
  const ref = fields.text('client_ref_id', CLIENT_REF);
  const otp = fields.text('otp', OTP);
  const otpRef = fields.text('otp_ref_id', /^\S{1,100}$/);
  const order = readTransfer(deps, request);
  await requireNewReference(deps, ref);
  const { sender, recipient, amountPaise } = order;
  const attempt: Attempt = {
    service: 'dmt',
    user: userCode,
    ref,
    amountPaise,
    charges: transferCharges(amountPaise),
    mobile: sender.mobile,
    name: sender.name,
    target: recipient.account,
    payee: recipient.name,
    ifsc: recipient.ifsc,
    bank: bankOfIfsc(recipient.ifsc),
    recipient: recipientId(recipient.n),
  };
  const challenge = book.otps.find(otpRef);
  const verdict = verdictOf(
    book.otps,
    challenge,
    { purpose: 'transfer', subject: subjectOf(order), otp, nowMs: deps.nowMs() },
    deps.ekoSettings,
  );
  if (verdict === 'used') throw declineBooked(deps, attempt, 'consumed');
  if (verdict !== 'good' || challenge === undefined)
    throw declineBooked(deps, attempt, verdict === 'expired' ? 'expired' : 'wrong');
  if (exceededLimit(deps, order) !== null) throw declineBooked(deps, attempt, 'limit');
  if (book.money.balancePaise < turnoverOf({ service: 'dmt', amountPaise, ...attempt.charges }))
    throw declineBooked(deps, attempt, 'balance');
  const booked = bookByScenario(deps, { ...attempt, otp: challenge.n }, recipient.account);
  if (booked.plan.answer === 'never') return NO_ANSWER;
  if (booked.status === '1') throw declinedTransfer(deps, attempt, booked, 'account');
  if (booked.status === '2') return awaited(booked, attempt.amountPaise);
  return ok(325, 'Transaction successful', successData(deps, attempt, booked));
}

function declineBooked(deps: EkoDeps, attempt: Attempt, reason: keyof typeof REASONS): EkoRefusal {
  return declinedTransfer(deps, attempt, declineAttempt(deps, attempt, REASONS[reason].text), reason);
}

function declinedTransfer(
  { book }: EkoDeps,
  { amountPaise, ref }: Attempt,
  { tid }: Booked,
  reason: keyof typeof REASONS,
): EkoRefusal {
  const { text, hasTid } = REASONS[reason];
  const money = {
    amount: rupeesFromPaise(amountPaise),
    tid,
    client_ref_id: ref,
    balance: shortRupees(book.money.balancePaise),
  };
  return declined(text, hasTid ? money : {});
}

function successData({ book }: EkoDeps, attempt: Attempt, booked: Booked): Data {
  const { amountPaise, charges } = attempt;
  return {
    tx_status: booked.status,
    txstatus_desc: 'Success',
    tid: booked.tid,
    amount: rupeesFromPaise(amountPaise),
    fee: shortRupees(charges.feePaise),
    collectable_amount: shortRupees(amountPaise + charges.feePaise),
    service_tax: shortRupees(charges.taxPaise),
    tds: shortRupees(charges.tdsPaise),
    commission: shortRupees(charges.commissionPaise),
    sender_name: attempt.name,
    recipient_name: attempt.payee,
    recipient_id: attempt.recipient,
    bank: attempt.bank,
    account: attempt.target,
    channel_desc: 'IMPS',
    bank_ref_num: booked.bankReference,
    balance: shortRupees(book.money.balancePaise),
    client_ref_id: attempt.ref,
    currency: 'INR',
    timestamp: booked.timestamp,
  };
}
