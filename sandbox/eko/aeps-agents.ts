/**
 * Activation and one-time eKYC, which an agent needs before the first withdrawal, and the daily KYC (by the
 * date in India). Aadhaar numbers, PID blocks, documents and addresses are checked for their format and
 * dropped.
 */
import {
  agentNotAllowed,
  failed,
  invalidParam,
  missingParam,
  ok,
  type EkoRefusal,
  type Envelope,
  type Reply,
} from './answers';
import { bankOfCode, fingerTypeOf } from './banks';
import type { AepsStage } from './entries';
import { ACCOUNT, IFSC, MOBILE, OTP, type Fields } from './fields';
import { verdictOf } from './otps';
import type { Agent } from './parties';
import type { EkoDeps, EkoRequest } from './requests';
import { istDate } from './times';
import { AEPS_SERVICE } from './users';

export const BAD_BIOMETRICS = 'Authentication Failed. Invalid Biometric data.';
export const NO_BANK_KYC = 'Please complete bank eKYC to process the transaction.';
/** No sample shows the answer to a missing daily KYC; this text is the sandbox's ekoSettings. */
export const NO_DAILY_KYC = 'Please complete daily KYC to process the transaction.';

const SHOP_TYPES = [
  { label: 'Courier services — air and ground and freight forwarders', value: 4215 },
  { label: 'Travel agencies and tour operators', value: 4722 },
  { label: 'Groceries and supermarkets', value: 5411 },
  { label: 'Electronics Shops', value: 5732 },
  { label: 'Fast food restaurants', value: 5814 },
];
const STATES = [
  { stateCode: 'HR', label: 'Haryana', value: 8 },
  { stateCode: 'KA', label: 'Karnataka', value: 12 },
  { stateCode: 'MP', label: 'Madhya Pradesh', value: 14 },
  { stateCode: 'MH', label: 'Maharashtra', value: 15 },
  { stateCode: 'SK', label: 'Sikkim', value: 23 },
  { stateCode: 'UP', label: 'Uttar Pradesh', value: 27 },
];

/** An answer whose list is in `param_attributes` instead of `data`. */
export const listAnswer = (
  typeId: number,
  message: string,
  elements: readonly object[],
  more: object = {},
): Envelope => ({
  response_status_id: 0,
  param_attributes: { ...more, list_elements: elements },
  response_type_id: typeId,
  message,
  status: 0,
});

export const shopTypes = (): Reply => listAnswer(2110, 'Success', SHOP_TYPES);
export const states = (): Reply => listAnswer(2127, 'Success', STATES);

/** PUT …/aeps-fingpay/activate (multipart): 1259, or 1297 for an agent who was never onboarded. */
export function activate({ book }: EkoDeps, { fields }: EkoRequest): Reply {
  const user = fields.text('agent', /^\d{4,15}$/);
  const agent = book.parties.agents.get(user);
  if (agent === undefined) throw failed(1297, 'This user does not exist', { initiator_id: '' });
  for (const name of ['modelname', 'devicenumber']) fields.text(name, /^[\w .:/-]{1,60}$/);
  fields.text('account', ACCOUNT);
  fields.text('ifsc', IFSC);
  const shopType = fields.text('shop_type', /^\d{4}$/);
  if (SHOP_TYPES.every(({ value }) => String(value) !== shopType)) throw invalidParam('shop_type');
  for (const name of ['office_address', 'address_as_per_proof'])
    if (!fields.has(name)) throw missingParam(name);
  if (!/^\d{12}$/.test(fields.optional('aadhar', /^\d{12}$|^[A-Za-z0-9+/=]{100,700}$/) ?? ''))
    fields.checkAadhaar('aadhar');
  for (const name of ['pan_card', 'aadhar_front', 'aadhar_back']) fields.integer(name, 8_388_608);
  fields.checkPlace('latlong');
  if (agent.aeps === null) book.party({ t: 'aeps_agent', user, stage: 'activated' });
  return ok(1259, 'AePS Registration Successful', {
    service_status_desc: 'Activated',
    balance: '',
    user_code: user,
    initiator_id: book.initiator,
    service_status: '1',
    service_code: AEPS_SERVICE,
    remarks: '',
  });
}

/** The agent of a request. Answers 346 unless the agent has AEPS. */
export function aepsAgentOf({ book }: EkoDeps, { userCode }: EkoRequest): Agent & { aeps: AepsStage } {
  const agent = book.parties.agents.get(userCode ?? '');
  if (agent === undefined || agent.aeps === null || agent.services.get(AEPS_SERVICE)?.on === false)
    throw agentNotAllowed();
  return agent as Agent & { aeps: AepsStage };
}

/** The reason why an agent may not make withdrawals now, or null. */
export function agentObstacle(agent: Agent, nowMs: number): string | null {
  if (agent.aeps !== 'kyc_done') return NO_BANK_KYC;
  return agent.daily === istDate(nowMs) ? null : NO_DAILY_KYC;
}

function checkPerson(fields: Fields): void {
  fields.text('customer_id', MOBILE);
  fields.checkAadhaar('aadhar');
  fields.checkPlace('latlong');
}

const kycFailed = (reason: string): EkoRefusal =>
  failed(461, 'Failed!Please try after some time', { last_used_okekey: '', reason });
const OTP_REFUSED = 'The details entered are incorrect or the OTP has expired. Kindly request a new OTP.';
const STEPS_SKIPPED = 'Merchant is Inactive or Invalid Details';

/** POST …/kyc/otp: 1600. The next two steps must repeat both references of the answer. */
export function sendAgentOtp(deps: EkoDeps, request: EkoRequest): Reply {
  const agent = aepsAgentOf(deps, request);
  checkPerson(request.fields);
  const challenge = deps.book.sendOtp('agent_kyc', request.fields.text('customer_id', MOBILE), agent.user);
  deps.book.party({ t: 'aeps_agent', user: agent.user, stage: 'otp_sent' });
  return ok(1600, 'OTP request has been sent', {
    reference_tid: referenceTid('EKYKF', challenge.n),
    otp_ref_id: challenge.ref,
  });
}

const referenceTid = (prefix: string, n: number): string => `${prefix}${String(n).padStart(10, '0')}I`;

/** PUT …/kyc/otp/verify: 1604, or 461 for an OTP that is wrong, expired, used or of another request. */
export function verifyAgentOtp(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields } = request;
  const { book } = deps;
  const agent = aepsAgentOf(deps, request);
  checkPerson(fields);
  const otp = fields.text('otp', OTP);
  const challenge = book.otps.find(fields.text('otp_ref_id', /^\S{1,100}$/));
  const reference = fields.text('reference_tid', /^\w{1,60}$/);
  const verdict = verdictOf(
    book.otps,
    challenge,
    { purpose: 'agent_kyc', subject: agent.user, otp, nowMs: deps.nowMs() },
    deps.ekoSettings,
  );
  if (challenge === undefined || verdict !== 'good' || reference !== referenceTid('EKYKF', challenge.n))
    throw kycFailed(OTP_REFUSED);
  book.party({ t: 'aeps_agent', user: agent.user, stage: 'otp_verified', otp: challenge.n });
  return ok(1604, 'Validation successful', {
    reference_tid: referenceTid('BEKYKF', challenge.n),
    otp_ref_id: challenge.ref,
  });
}

/** PUT …/kyc/biometric: 1605, or 461 when the OTP steps were skipped. */
export function verifyAgentBiometrics(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields } = request;
  const agent = aepsAgentOf(deps, request);
  checkPerson(fields);
  const fingerType = fingerTypeOf(fields.text('bank_code', /^[A-Z]{4}$/));
  const ref = fields.text('otp_ref_id', /^\S{1,100}$/);
  fields.text('reference_tid', /^\w{1,60}$/);
  if (agent.aeps !== 'otp_verified' || deps.book.otps.latest('agent_kyc', agent.user)?.ref !== ref)
    throw kycFailed(STEPS_SKIPPED);
  if (fields.checkBiometrics('piddata', { strict: { fingerType } }) === 'bad')
    throw kycFailed(BAD_BIOMETRICS);
  deps.book.party({ t: 'aeps_agent', user: agent.user, stage: 'kyc_done' });
  return ok(1605, 'Congratulations! eKYC successful', { user_code: agent.user });
}

/** PUT …/kyc/biometric/daily: 1713 and good for this date in India, or 1714. */
export function dailyKyc(deps: EkoDeps, request: EkoRequest): Reply {
  const { fields } = request;
  const agent = aepsAgentOf(deps, request);
  checkPerson(fields);
  const bank = fields.text('bank_code', /^[A-Z]{4}$/);
  const block = fields.checkBiometrics('piddata', { strict: { fingerType: fingerTypeOf(bank) } });
  const refused = (reason: string): EkoRefusal => failed(1714, 'KYC Fail', { reason, comment: '' });
  if (agent.aeps !== 'kyc_done') throw refused(NO_BANK_KYC);
  if (block === 'bad') throw refused(BAD_BIOMETRICS);
  if (bankOfCode(bank) === undefined) throw refused('');
  deps.book.party({ t: 'aeps_agent', user: agent.user, stage: 'kyc_done', daily: istDate(deps.nowMs()) });
  return ok(1713, 'KYC sucess', { user_code: agent.user });
}
