/** Requests to Eko's AEPS endpoints that the answers of the official mock are compared with. */
import type { MockCase } from './eko-mock-cases';
import {
  AADHAAR_BLOCK,
  INITIATOR,
  LATLONG,
  newMobile,
  newReference,
  PID_BLOCK,
  signedHeaders,
  type EkoAnswer,
  type EkoSandbox,
  type Json,
} from './eko-sandbox';

const agentKyc = (t: EkoSandbox, step: string, fields: Json = {}) =>
  t.client.call(step === 'otp' ? 'POST' : 'PUT', `/user/collection/aeps-fingpay/kyc/${step}`, {
    aadhar: AADHAAR_BLOCK,
    customer_id: '9876500077',
    latlong: LATLONG,
    ...fields,
  });
const bare = async (t: EkoSandbox): Promise<string> => {
  const user = newMobile();
  await t.client.control('POST', '/agents', { user_code: user });
  return user;
};
const visit = (t: EkoSandbox, service: string, ending = '0000', fields: Json = {}) =>
  t.client.call('POST', `/customer/collection/aeps-fingpay/${service}/${newMobile(ending)}`, {
    bank_code: 'HDFC',
    aadhar: AADHAAR_BLOCK,
    piddata: PID_BLOCK,
    latlong: LATLONG,
    ...(service === 'cash-withdrawl' ? { amount: 5_000 } : {}),
    ...fields,
  });
const addAccount = (t: EkoSandbox, account: string) =>
  t.client.call('POST', '/user/payment/aeps/settlement/account', {
    bank_id: 2,
    ifsc: 'HDFC0000053',
    service_code: 39,
    account,
  });
async function upload(t: EkoSandbox, user: string): Promise<EkoAnswer> {
  const form = new FormData();
  const address = { line: 'x', city: 'x', state: 'x', pincode: '122002' };
  form.append(
    'form-data',
    JSON.stringify({
      initiator_id: INITIATOR,
      modelname: 'M',
      devicenumber: 'S',
      account: '38759149196',
      ifsc: 'SBIN0007515',
      shop_type: '4215',
      office_address: address,
      address_as_per_proof: address,
      aadhar: '234567890124',
      latlong: LATLONG,
    }),
  );
  for (const name of ['pan_card', 'aadhar_front', 'aadhar_back']) form.append(name, new Blob(['x']), 'x.png');
  const response = await fetch(
    `${t.sandbox.url}/ekoapi/v3/admin/network/agent/${user}/aeps-fingpay/activate`,
    { method: 'PUT', body: form, headers: signedHeaders(Date.now()) },
  );
  return { http: response.status, headers: {}, text: '', body: (await response.json()) as EkoAnswer['body'] };
}

export const AEPS: readonly MockCase[] = [
  { slug: 'activate-aeps-fingpay', ours: async (t) => upload(t, await bare(t)) },
  { slug: 'activate-aeps-fingpay', error: 0, ours: (t) => upload(t, '99999999') },
  {
    slug: 'aeps-fingpay-shop-types',
    ours: (t) => t.client.call('GET', '/user/collection/aeps-fingpay/get-Mcc-Category'),
  },
  {
    slug: 'aeps-fingpay-states',
    ours: (t) => t.client.call('GET', '/user/collection/aeps-fingpay/get-states'),
  },
  { slug: 'aeps-fingpay-send-otp-kyc', ours: (t) => agentKyc(t, 'otp') },
  {
    slug: 'aeps-fingpay-send-otp-kyc',
    error: 0,
    ours: async (t) => agentKyc(t, 'otp', { user_code: await bare(t) }),
  },
  { slug: 'aeps-fingpay-send-otp-kyc', error: 1, ours: (t) => agentKyc(t, 'otp', { aadhar: '123' }) },
  {
    slug: 'aeps-fingpay-verify-otp-kyc',
    ours: async (t) => {
      const { data } = (await agentKyc(t, 'otp')).body;
      return agentKyc(t, 'otp/verify', { ...data, otp: await t.client.otpOf(data.otp_ref_id) });
    },
  },
  {
    slug: 'aeps-fingpay-verify-otp-kyc',
    error: 0,
    ours: (t) => agentKyc(t, 'otp/verify', { otp: '123456', otp_ref_id: '1', reference_tid: 'X' }),
  },
  {
    slug: 'aeps-fingpay-biometric-ekyc',
    ours: async (t) => {
      const { data } = (await agentKyc(t, 'otp')).body;
      const verified = await agentKyc(t, 'otp/verify', {
        ...data,
        otp: await t.client.otpOf(data.otp_ref_id),
      });
      return agentKyc(t, 'biometric', { ...verified.body.data, piddata: PID_BLOCK, bank_code: 'HDFC' });
    },
  },
  {
    slug: 'aeps-fingpay-biometric-ekyc',
    error: 0,
    ours: (t) =>
      agentKyc(t, 'biometric', {
        otp_ref_id: '1',
        reference_tid: 'X',
        piddata: PID_BLOCK,
        bank_code: 'HDFC',
      }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    ours: (t) => agentKyc(t, 'biometric/daily', { piddata: PID_BLOCK, bank_code: 'HDFC' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 0,
    ours: (t) => agentKyc(t, 'biometric/daily', { piddata: PID_BLOCK, bank_code: 'XXXX' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 1,
    ours: (t) =>
      agentKyc(t, 'biometric/daily', {
        piddata: PID_BLOCK.replace("type='X'", "type='P'"),
        bank_code: 'HDFC',
      }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 2,
    ours: async (t) => {
      const user = await bare(t);
      await upload(t, user);
      return agentKyc(t, 'biometric/daily', { user_code: user, piddata: PID_BLOCK, bank_code: 'HDFC' });
    },
  },
  { slug: 'aeps-fingpay-cash-withdrawal', ours: (t) => visit(t, 'cash-withdrawl') },
  { slug: 'aeps-fingpay-cash-withdrawal', error: 0, ours: (t) => visit(t, 'cash-withdrawl', '1111') },
  {
    slug: 'aeps-fingpay-cash-withdrawal',
    error: 1,
    ours: (t) => visit(t, 'cash-withdrawl', '0000', { bank_code: 'XXXX' }),
  },
  {
    slug: 'aeps-fingpay-cash-withdrawal',
    error: 2,
    ours: (t) => visit(t, 'cash-withdrawl', '0000', { amount: 6_000 }),
  },
  {
    slug: 'aeps-fingpay-cash-withdrawal-otp',
    ours: (t) => visit(t, 'cash-withdrawal/otp', '0000', { amount: 6_000 }),
  },
  {
    slug: 'aeps-fingpay-cash-withdrawal-otp',
    error: 0,
    ours: (t) => visit(t, 'cash-withdrawal/otp', '0000', { amount: 6_000, bank_code: 'XXXX' }),
  },
  { slug: 'aeps-fingpay-cash-withdrawal', error: 3, ours: (t) => visit(t, 'cash-withdrawl', '2222') },
  { slug: 'aeps-fingpay-balance-enquiry', ours: (t) => visit(t, 'balance-enquiry') },
  { slug: 'aeps-fingpay-balance-enquiry', error: 0, ours: (t) => visit(t, 'balance-enquiry', '1111') },
  { slug: 'aeps-fingpay-mini-statement', ours: (t) => visit(t, 'mini-statement') },
  { slug: 'aeps-fingpay-mini-statement', error: 0, ours: (t) => visit(t, 'mini-statement', '1111') },
  { slug: 'aeps-add-settlement-account', ours: (t) => addAccount(t, '5010000001') },
  { slug: 'aeps-add-settlement-account', error: 0, ours: (t) => addAccount(t, '501001335') },
  { slug: 'aeps-add-settlement-account', error: 1, ours: (t) => addAccount(t, '501001334') },
  {
    slug: 'aeps-get-settlement-accounts',
    ours: (t) => t.client.call('GET', '/user/payment/aeps/settlement/accounts'),
  },
  {
    slug: 'aeps-initiate-settlement',
    ours: async (t) =>
      t.client.call('POST', '/user/payment/aeps/settlement', {
        amount: 100,
        recipient_id: (await addAccount(t, '5010000001')).body.data.recipient_id,
        payment_mode: 5,
        client_ref_id: newReference(),
      }),
  },
];
