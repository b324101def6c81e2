/**
 * Lookups that move no money: banks, verification of names and VPAs, an OTP to any mobile number.
 */
import { createHash } from 'node:crypto';
import { EkoRefusal, failed, ok, type Reply } from './answers';
import { allBanks, bankOfCode } from './banks';
import { IFSC, MOBILE, NAME, OTP } from './fields';
import { verdictOf } from './otps';
import type { EkoDeps, EkoRequest } from './requests';
import { unverified } from './validations';

const NO_ACCOUNT = '1111';

/** The sample of this answer is empty; its shape is the sandbox's ekoSettings. */
export const banks = (): Reply =>
  ok(0, 'Success', { bank_list: allBanks().map(({ code, id, name }) => ({ bank_id: id, code, name })) });

const userOf = ({ book }: EkoDeps, { userCode }: EkoRequest): string =>
  userCode ?? book.parties.agents.keys().next().value ?? '';

/** GET /tools/reference/bank/{bank_code}: 466, or 467. */
export function bankDetails(deps: EkoDeps, request: EkoRequest): Reply {
  const bank = bankOfCode(request.fields.text('bank_code', /^\w{1,11}$/));
  if (bank === undefined) throw failed(467, 'Please provide valid bank details');
  return ok(466, 'Bank Detials Found', {
    isverificationavailable: '1',
    code: bank.code,
    ifsc_status: 4,
    user_code: userOf(deps, request),
    bank_id: bank.id,
    name: bank.name,
    available_channels: 0,
  });
}

/** GET /tools/reference/banks/ifsc/{ifsc}: 414, or 467. */
export function ifscDetails(deps: EkoDeps, request: EkoRequest): Reply {
  const ifsc = request.fields.text('ifsc', IFSC);
  const bank = bankOfCode(ifsc.slice(0, 4));
  if (bank === undefined) throw failed(467, 'Please provide valid bank details');
  return ok(
    414,
    'Success ! Found bank Details for given Ifsc',
    {
      bank: bank.name.toUpperCase(),
      isverificationavailable: '1',
      ifsc_status: 3,
      user_code: userOf(deps, request),
      bank_id: bank.id,
      available_channels: 0,
      ifsc,
      branch: 'MAIN',
    },
    -1,
  );
}

/** POST /customer/payment/upi/validate-vpa: valid unless the part before the @ ends in 1111. */
export function validateVpa(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const vpa = fields.text('customer_vpa', /^[A-Za-z0-9._-]{2,256}@[A-Za-z0-9]{2,64}$/);
  const mobile = fields.text('recipient_mobile', MOBILE);
  const name = fields.text('name', NAME);
  fields.checkPlace('latlong');
  const transaction = String(
    3_560_000_000 + (createHash('sha256').update(vpa).digest().readUInt32LE() % 1_000_000),
  );
  if (vpa.split('@')[0]!.endsWith(NO_ACCOUNT))
    throw new EkoRefusal({
      status: 1,
      response_status_id: 1,
      message: 'VPA is invalid or does not exist',
      response_type_id: 1388,
      data: { vpa, valid: false, recipient_name: null, mobile_number: null, transaction_id: transaction },
    });
  return ok(1388, 'VPA validation successful', {
    vpa,
    valid: true,
    recipient_name: name,
    mobile_number: mobile,
    transaction_id: transaction,
  });
}

/**
 * POST /tools/kyc/name-match: 1 for the same words, less the fewer they share; an initial matches its word.
 */
export function matchNames(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  if (!fields.has('name_1') || !fields.has('name_2'))
    throw unverified('name_1 and name_2 are required fields.', {});
  const [first, second] = [fields.text('name_1', NAME), fields.text('name_2', NAME)];
  const [a, b] = [wordsOf(first), wordsOf(second)];
  const common = a.filter((word) =>
    b.some((other) => other === word || (Math.min(word.length, other.length) === 1 && other[0] === word[0])),
  ).length;
  const score = Math.round((common / Math.max(a.length, b.length)) * 100) / 100;
  return ok(1388, 'Name match successful', {
    name_1: first,
    name_2: second,
    score,
    reason: score > 0.33 ? 'Names match' : 'Names do not match',
  });
}

const wordsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[\s.]+/)
    .filter((word) => word !== '');

/** POST /tools/kyc/mobile/otp: 1623. */
export function sendMobileOtp({ book, ekoSettings, nowMs }: EkoDeps, { fields }: EkoRequest): Reply {
  const mobile = fields.text('mobile', MOBILE);
  fields.text('csp_id', MOBILE);
  const { n } = book.sendOtp('mobile', mobile, mobile);
  return ok(1623, 'OTP has been sent', {
    client_ref_id: fields.optional('client_ref_id', /^[A-Za-z0-9_-]{1,20}$/) ?? '',
    initiator_id: book.initiator,
    otp_expiry_timestamp: new Date(nowMs() + ekoSettings.otpTtlMs).toUTCString(),
    tid: String(2_886_000_000 + n),
  });
}

/** PUT /tools/kyc/mobile/otp/verify: 1632; its status says whether the OTP was right. */
export function verifyMobileOtp({ book, ekoSettings, nowMs }: EkoDeps, { fields }: EkoRequest): Reply {
  const mobile = fields.text('mobile', MOBILE);
  const otp = fields.text('otp', OTP);
  const challenge = book.otps.latest('mobile', mobile);
  if (
    challenge === undefined ||
    verdictOf(
      book.otps,
      challenge,
      { purpose: 'mobile', subject: mobile, otp, nowMs: nowMs() },
      ekoSettings,
    ) !== 'good'
  ) {
    throw new EkoRefusal({
      status: 1,
      response_status_id: 1,
      response_type_id: 1632,
      message: 'OTP verification failed.',
      data: {},
    });
  }
  book.useOtp(challenge.n);
  return ok(1632, 'OTP verification successful.', {
    client_ref_id: fields.optional('client_ref_id', /^[A-Za-z0-9_-]{1,20}$/) ?? '',
    otp_verification_token: createHash('sha256').update(`${mobile} ${challenge.n}`).digest('base64url'),
    initiator_id: book.initiator,
    mobile,
    tid: String(2_886_000_000 + challenge.n),
  });
}
