/** Senders and their recipients. */
import {
  EkoRefusal,
  failed,
  invalidParam,
  missingParam,
  ok,
  tooManyRequests,
  unknownCustomer,
  type Reply,
} from './answers';
import { bankOfIfsc } from './banks';
import { ACCOUNT, IFSC, MOBILE, NAME, OTP } from './fields';
import { kycRequestId, verdictOf } from './otps';
import { MAX_RECIPIENTS, MAX_SENDERS, recipientId, type Sender } from './parties';
import type { EkoDeps, EkoRequest } from './requests';
import { istMonth } from './times';

/** The limits of a sender with full KYC: per calendar month in India, and per transfer. */
export const MONTHLY_LIMIT_PAISE = 2_500_000n;
export const TRANSFER_LIMIT_PAISE = 500_000n;

const PENDING = 'Customer KYC Pending';

export function usedThisMonth({ book, nowMs }: EkoDeps, mobile: string): bigint {
  return book.money.usedPaise(istMonth(nowMs()), { sender: mobile });
}

function senderOf({ book }: EkoDeps, { fields }: EkoRequest): Sender {
  const sender = book.parties.senders.get(fields.text('customer_id', MOBILE));
  if (sender === undefined) throw unknownCustomer();
  return sender;
}

/** A sender with completed eKYC. Others get the answer of the profile, since no sample shows this case. */
export function activeSenderOf(deps: EkoDeps, request: EkoRequest): Sender {
  const sender = senderOf(deps, request);
  if (sender.state !== 'active') throw failed(2134, PENDING, { otp_ref_id: '' });
  return sender;
}

/** GET …/sender/{customer_id}: 308 not enrolled, 2134 eKYC pending, 2129 its OTP pending, 309 active. */
export function getSender(deps: EkoDeps, { fields, userCode }: EkoRequest): Reply {
  const sender = deps.book.parties.senders.get(fields.text('customer_id', MOBILE));
  if (sender === undefined) throw failed(308, 'Failure!Customer Not Enrolled', { ekyc_enabled: '' });
  if (sender.state === 'active') return profileOf(deps, sender);
  return sender.state === 'kyc_pending'
    ? ok(2134, PENDING, { otp_ref_id: '' })
    : kycOtpSent(deps, sender, userCode);
}

function profileOf(deps: EkoDeps, sender: Sender): Reply {
  const usedRupees = Number(usedThisMonth(deps, sender.mobile) / 100n);
  const limitRupees = Number(MONTHLY_LIMIT_PAISE / 100n);
  const remaining = limitRupees - usedRupees;
  return ok(
    309,
    'Success!',
    {
      is_registered: 0,
      next_allowed_limit: remaining,
      kyc_state: 0,
      customer_profile: {
        total_monthly_limit: `${limitRupees}.0`,
        mobile: sender.mobile,
        balance: '0.00',
        next_allowed_limit: `${remaining}.0`,
        name: sender.name,
        kyc_state: 1,
        chart: [{ data_type_id: 10, data: { unavailable: 0, used: usedRupees, remaining }, label: '' }],
      },
    },
    -1,
  );
}

/** POST …/sender/{customer_id}: 2134 enrolled, 300 already enrolled with eKYC pending, 309 already active. */
export function enrolSender(deps: EkoDeps, { fields }: EkoRequest): Reply {
  const mobile = fields.text('customer_id', MOBILE);
  const name = fields.text('name', NAME);
  fields.text('dob', /^\d{4}-\d{2}-\d{2}$/);
  readAddress(fields.text('residence_address', /^\{.*\}$/s));
  const known = deps.book.parties.senders.get(mobile);
  if (known?.state === 'active') return profileOf(deps, known);
  if (known !== undefined)
    return ok(300, 'Wallet opened successfully.', {
      customer_id_type: 'mobile_number',
      state_desc: 'Non-Kyc',
      state: '2',
      customer_id: mobile,
    });
  if (deps.book.parties.senders.size >= MAX_SENDERS) throw tooManyRequests();
  deps.book.party({ t: 'sender', mobile, name, state: 'kyc_pending' });
  return ok(2134, PENDING, { otp_ref_id: '' });
}

/** The address is JSON within JSON. It is checked and dropped. */
function readAddress(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParam('residence_address');
  }
  for (const part of ['line', 'city', 'state', 'pincode'])
    if (typeof value !== 'object' || value === null || !(part in value))
      throw invalidParam('residence_address');
}

/**
 * PUT …/otp: biometric eKYC. A good capture sends an OTP. A bad one is answered 2135, and so is an active
 * sender.
 */
export function startSenderKyc(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields, userCode } = request;
  const sender = senderOf(deps, request);
  fields.checkAadhaar('aadhar');
  if (!fields.has('piddata')) throw missingParam('piddata');
  if (sender.state === 'active')
    throw failed(2135, PENDING, {
      description: 'Sorry! Since you already have an existing relationship with the bank',
    });
  if (fields.checkBiometrics('piddata', {}) === 'bad')
    throw failed(2135, PENDING, { description: 'K-100 EKYC Verification failed' });
  const challenge = deps.book.sendOtp('sender_kyc', sender.mobile, sender.mobile);
  deps.book.party({
    t: 'sender',
    mobile: sender.mobile,
    name: sender.name,
    state: 'otp_pending',
    kyc: challenge.n,
  });
  return kycOtpSent(deps, { ...sender, kyc: challenge.n }, userCode);
}

function kycOtpSent({ book }: EkoDeps, { mobile, kyc }: Sender, userCode: string | null): Reply {
  return ok(2129, 'Validate the OTP', {
    user_code: userCode ?? firstAgent(book.parties.agents),
    intent_id: '',
    kyc_request_id: kycRequestId(kyc ?? 0),
    otp_ref_id: book.otps.latest('sender_kyc', mobile)?.ref ?? '',
  });
}

const firstAgent = (agents: ReadonlyMap<string, unknown>): string => agents.keys().next().value ?? '';

/**
 * PUT …/otp/verify: 2132 done; 2131 with 302 for a wrong OTP, 303 for an expired one, 1 for an active sender.
 */
export function verifySenderKyc(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields, userCode } = request;
  const { book } = deps;
  const sender = senderOf(deps, request);
  const otp = fields.text('otp', OTP);
  const ref = fields.text('otp_ref_id', /^\S{1,100}$/);
  const kyc = fields.text('kyc_request_id', /^\S{1,40}$/);
  if (sender.state === 'active')
    throw failed(2131, 'Validate OTP Failed', { description: 'Customer Already registred' });
  const challenge = book.otps.find(ref);
  const verdict = verdictOf(
    book.otps,
    challenge,
    { purpose: 'sender_kyc', subject: sender.mobile, otp, nowMs: deps.nowMs() },
    deps.ekoSettings,
  );
  if (verdict === 'expired') throw failed(2131, 'Validate OTP Failed', { description: 'OTP expired' }, 303);
  if (challenge === undefined || verdict !== 'good' || kyc !== kycRequestId(challenge.n))
    throw failed(2131, 'Validate OTP Failed', { description: 'Wrong OTP' }, 302);
  book.party({ t: 'sender', mobile: sender.mobile, name: sender.name, state: 'active', otp: challenge.n });
  return ok(2132, 'Customer Registration Completed', {
    user_code: userCode ?? firstAgent(book.parties.agents),
  });
}

/** GET …/recipients: 22 when there are none, else 23. */
export function listRecipients(deps: EkoDeps, request: EkoRequest): Reply {
  const { recipients } = activeSenderOf(deps, request);
  if (recipients.length === 0)
    return { status: 0, response_status_id: -1, message: 'No recepients found', response_type_id: 22 };
  return ok(23, 'Success', {
    pan_required: 2,
    recipient_list: recipients.map((r) => ({
      recipient_id: recipientId(r.n),
      beneficiary_id: recipientId(r.n),
      bank_recipient_id: recipientId(r.n),
      recipient_name: r.name,
      recipient_mobile: r.mobile,
      bank: bankOfIfsc(r.ifsc),
      ifsc: r.ifsc,
      account: r.account,
      account_type: 'Bank Account',
      ifsc_status: 1,
      is_verified: 0,
      is_otp_required: '0',
      pipes: { 3: { pipe: 3, status: 1 } },
    })),
    remaining_limit_before_pan_required: 50_000,
  });
}

/** POST …/recipient: 43 added, 342 the sender already has this account. */
export function addRecipient(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields } = request;
  const { book } = deps;
  const sender = activeSenderOf(deps, request);
  const details = {
    sender: sender.mobile,
    name: fields.text('recipient_name', NAME),
    mobile: fields.text('recipient_mobile', MOBILE),
    account: fields.text('account', ACCOUNT),
    ifsc: fields.text('ifsc', IFSC),
  };
  const isKnown = sender.recipients.some((r) => r.account === details.account && r.ifsc === details.ifsc);
  if (isKnown)
    throw new EkoRefusal({
      status: 342,
      response_status_id: 1,
      message: 'Recipient already registered',
      response_type_id: -1,
      data: {},
    });
  if (book.parties.recipientCount >= MAX_RECIPIENTS) throw tooManyRequests();
  const n = book.addRecipient(details);
  return ok(43, 'Success!Please transact using Recipientid', {
    recipient_id: recipientId(n),
    customer_id: sender.mobile,
    recipient_mobile: details.mobile,
    initiator_id: book.initiator,
    pipes: {},
    otp_ref_id: '',
  });
}
