/**
 * The official mock as an independent oracle: for each endpoint, the keys and types of our answers beside those that the mock serves. What is known to
 * differ is in DIFFERENCES, with the reason; a difference that is not listed fails, and so does a listed one that is gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import {
  AADHAAR_BLOCK,
  activeSender,
  byReference,
  INITIATOR,
  inquire,
  LATLONG,
  newMobile,
  newRecipient,
  newReference,
  PID_BLOCK,
  SENDER_FIELDS,
  signedHeaders,
  startEkoSandbox,
  transfer,
  USER_CODE,
  type EkoAnswer,
  type EkoSandbox,
  type Json,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

interface Fixture {
  slug: string;
  method: string;
  path: string;
  successResponse: Json;
  errors: { responseStatusId?: number; scenario: string; example: Json }[];
}

const PACKAGE = path.dirname(require.resolve('@ekoindia/eps-mock-server/package.json'));
const FIXTURES = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'data/fixtures.json'), 'utf8')) as Fixture[];

let mock: ChildProcess;
let mockUrl: string;
let t: EkoSandbox;

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** The mock listens on every address; a preload keeps it on the loopback one. */
const LOOPBACK_ONLY =
  'data:text/javascript,import net from "node:net";const listen=net.Server.prototype.listen;net.Server.prototype.listen=function(port,...rest){return listen.call(this,{port,host:"127.0.0.1"},...rest)};';

beforeAll(async () => {
  const port = await freePort();
  mockUrl = `http://127.0.0.1:${port}`;
  mock = spawn(process.execPath, ['--import', LOOPBACK_ONLY, path.join(PACKAGE, 'dist/index.js')], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    mock.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.includes('listening')) resolve();
    });
    mock.once('exit', (code) => {
      reject(new Error(`the mock ended with ${code}`));
    });
  });
  t = await startEkoSandbox();
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
});
afterAll(async () => {
  mock.kill();
  await t.close();
});

/** Key → type, nested; of a list the first element counts. */
function shapeOf(value: unknown, at = '', into: Map<string, string> = new Map()): Map<string, string> {
  if (Array.isArray(value)) {
    into.set(at, 'list');
    if (value.length > 0) shapeOf(value[0], `${at}[]`, into);
  } else if (typeof value === 'object' && value !== null) {
    if (at !== '') into.set(at, 'object');
    for (const [key, inner] of Object.entries(value)) shapeOf(inner, at === '' ? key : `${at}.${key}`, into);
  } else into.set(at, value === null ? 'null' : typeof value);
  return into;
}

function differences(ours: Json, theirs: Json): string[] {
  const [a, b] = [shapeOf(ours), shapeOf(theirs)];
  return [
    ...[...b].filter(([key]) => !a.has(key)).map(([key]) => `${key} missing`),
    ...[...a].filter(([key]) => !b.has(key)).map(([key]) => `${key} extra`),
    ...[...a]
      .filter(([key, type]) => b.has(key) && b.get(key) !== type)
      .map(([key, type]) => `${key} ${type}, not ${b.get(key)!}`),
  ].toSorted();
}

/** What the mock serves: its success, or the error with this place in its list (over HTTP when the mock can be asked for it, else from its fixtures). */
async function mockAnswer(slug: string, error: number | undefined): Promise<Json> {
  const fixture = FIXTURES.find((f) => f.slug === slug)!;
  const wanted = error === undefined ? undefined : fixture.errors[error]!;
  const isReachable =
    wanted === undefined ||
    fixture.errors.find((e) => e.responseStatusId === wanted.responseStatusId) === wanted;
  if (!isReachable) return wanted.example;
  const response = await fetch(
    `${mockUrl}${fixture.path.replaceAll(/\{[^}]+\}/g, 'x')}${wanted === undefined ? '' : `?eps_scenario=${String(wanted.responseStatusId)}`}`,
    { method: fixture.method },
  );
  const body = (await response.json()) as Json;
  expect(body).toEqual(wanted?.example ?? fixture.successResponse);
  return body;
}

interface Case {
  slug: string;
  error?: number;
  ours: () => Promise<EkoAnswer>;
}

const at = (mobile: string): string => `/customer/payment/dmt-fino/sender/${mobile}`;
const call: EkoSandbox['client']['call'] = (...args) => t.client.call(...args);
const enrolled = async (): Promise<string> => {
  const mobile = newMobile();
  await call('POST', at(mobile), SENDER_FIELDS);
  return mobile;
};
const startKyc = (mobile: string, fields: Json = {}) =>
  call('PUT', `${at(mobile)}/otp`, { aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK, ...fields });
const paidBy = async (ending: string, fields: Json = {}, amount = 100): Promise<EkoAnswer> => {
  const sender = await activeSender(t.client);
  const { id } = await newRecipient(t.client, sender, ending);
  return transfer(
    t.client,
    { customer_id: sender, recipient_id: id, amount, client_ref_id: newReference() },
    fields,
  );
};
const ready = async (): Promise<{ sender: string; id: number; account: string }> => {
  const sender = await activeSender(t.client);
  return { sender, ...(await newRecipient(t.client, sender)) };
};
const verifyKyc = async (change: (good: Json) => Json): Promise<EkoAnswer> => {
  const mobile = await enrolled();
  const { data } = (await startKyc(mobile)).body;
  return call('PUT', `${at(mobile)}/otp/verify`, {
    ...data,
    ...change({ otp: await t.client.otpOf(data.otp_ref_id) }),
  });
};

const TRANSFERS: readonly Case[] = [
  { slug: 'dmt-get-sender', ours: async () => call('GET', at(await activeSender(t.client))) },
  { slug: 'dmt-get-sender', error: 0, ours: () => call('GET', at(newMobile())) },
  { slug: 'dmt-get-sender', error: 1, ours: async () => call('GET', at(await enrolled())) },
  { slug: 'dmt-onboard-sender', ours: () => call('POST', at(newMobile()), SENDER_FIELDS) },
  {
    slug: 'dmt-onboard-sender',
    error: 0,
    ours: async () => call('POST', at(await enrolled()), SENDER_FIELDS),
  },
  { slug: 'dmt-fino-sender-ekyc', ours: async () => startKyc(await enrolled()) },
  {
    slug: 'dmt-fino-sender-ekyc',
    error: 0,
    ours: async () =>
      startKyc(await enrolled(), { piddata: PID_BLOCK.replace("errCode='0'", "errCode='1'") }),
  },
  { slug: 'dmt-fino-sender-ekyc', error: 1, ours: async () => startKyc(await activeSender(t.client)) },
  { slug: 'dmt-fino-validate-ekyc-otp', ours: () => verifyKyc((good) => good) },
  {
    slug: 'dmt-fino-validate-ekyc-otp',
    error: 0,
    ours: async () =>
      call('PUT', `${at(await activeSender(t.client))}/otp/verify`, {
        otp: '123456',
        otp_ref_id: '1',
        kyc_request_id: '1',
      }),
  },
  { slug: 'dmt-fino-validate-ekyc-otp', error: 1, ours: () => verifyKyc(() => ({ otp: '00000000' })) },
  {
    slug: 'dmt-fino-validate-ekyc-otp',
    error: 2,
    ours: async () => {
      await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
      const answer = await verifyKyc((good) => good);
      await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
      return answer;
    },
  },
  { slug: 'dmt-get-recipients', ours: async () => call('GET', `${at((await ready()).sender)}/recipients`) },
  {
    slug: 'dmt-get-recipients',
    error: 0,
    ours: async () => call('GET', `${at(await activeSender(t.client))}/recipients`),
  },
  { slug: 'dmt-get-recipients', error: 1, ours: () => call('GET', `${at(newMobile())}/recipients`) },
  {
    slug: 'dmt-add-recipient',
    ours: async () =>
      call('POST', `${at(await activeSender(t.client))}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test',
        ifsc: 'SBIN0007515',
        account: '38759149196',
      }),
  },
  {
    slug: 'dmt-add-recipient',
    error: 0,
    ours: async () => {
      const { sender, account } = await ready();
      return call('POST', `${at(sender)}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test',
        ifsc: 'SBIN0007515',
        account,
      });
    },
  },
  {
    slug: 'dmt-add-recipient',
    error: 1,
    ours: () =>
      call('POST', `${at(newMobile())}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test',
        ifsc: 'SBIN0007515',
        account: '38759149196',
      }),
  },
  {
    slug: 'dmt-send-otp',
    ours: async () => {
      const { sender, id } = await ready();
      return call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 100,
      });
    },
  },
  {
    slug: 'dmt-send-otp',
    error: 0,
    ours: async () => {
      const { sender, id } = await ready();
      for (let i = 0; i < 5; i += 1)
        await transfer(t.client, {
          customer_id: sender,
          recipient_id: id,
          amount: 5_000,
          client_ref_id: newReference(),
        });
      return call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 1,
      });
    },
  },
  {
    slug: 'dmt-send-otp',
    error: 1,
    ours: async () => {
      const { sender, id } = await ready();
      await t.client.control('POST', '/settings', { recipient_limit_paise: 1 });
      const answer = await call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 1,
      });
      await t.client.control('POST', '/settings', { recipient_limit_paise: 20_000_000 });
      return answer;
    },
  },
  {
    slug: 'dmt-send-otp',
    error: 2,
    ours: () =>
      call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: newMobile(),
        recipient_id: 1,
        amount: 1,
      }),
  },
  { slug: 'dmt-initiate-transfer', ours: () => paidBy('0000') },
  {
    slug: 'dmt-initiate-transfer',
    error: 0,
    ours: async () => {
      const { sender, id } = await ready();
      const sent = await call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 1,
      });
      const pay = async () =>
        call('POST', '/customer/payment/dmt-fino', {
          customer_id: sender,
          recipient_id: id,
          amount: 1,
          client_ref_id: newReference(),
          otp: await t.client.otpOf(sent.body.data.otp_ref_id),
          otp_ref_id: sent.body.data.otp_ref_id,
        });
      await pay();
      return pay();
    },
  },
  { slug: 'dmt-initiate-transfer', error: 2, ours: () => paidBy('0000', { otp: '00000000' }) },
  { slug: 'dmt-initiate-transfer', error: 4, ours: () => paidBy('2222') },
];

const agentKyc = (step: string, fields: Json = {}) =>
  call(step === 'otp' ? 'POST' : 'PUT', `/user/collection/aeps-fingpay/kyc/${step}`, {
    aadhar: AADHAAR_BLOCK,
    customer_id: '9876500077',
    latlong: LATLONG,
    ...fields,
  });
const bare = async (): Promise<string> => {
  const user = newMobile();
  await t.client.control('POST', '/agents', { user_code: user });
  return user;
};
const visit = (service: string, ending = '0000', fields: Json = {}) =>
  call('POST', `/customer/collection/aeps-fingpay/${service}/${newMobile(ending)}`, {
    bank_code: 'HDFC',
    aadhar: AADHAAR_BLOCK,
    piddata: PID_BLOCK,
    latlong: LATLONG,
    ...(service === 'cash-withdrawl' ? { amount: 10_000 } : {}),
    ...fields,
  });
const addAccount = (account: string) =>
  call('POST', '/user/payment/aeps/settlement/account', {
    bank_id: 2,
    ifsc: 'HDFC0000053',
    service_code: 39,
    account,
  });
async function upload(user: string): Promise<EkoAnswer> {
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

const AEPS: readonly Case[] = [
  { slug: 'activate-aeps-fingpay', ours: async () => upload(await bare()) },
  { slug: 'activate-aeps-fingpay', error: 0, ours: () => upload('99999999') },
  {
    slug: 'aeps-fingpay-shop-types',
    ours: () => call('GET', '/user/collection/aeps-fingpay/get-Mcc-Category'),
  },
  { slug: 'aeps-fingpay-states', ours: () => call('GET', '/user/collection/aeps-fingpay/get-states') },
  { slug: 'aeps-fingpay-send-otp-kyc', ours: () => agentKyc('otp') },
  {
    slug: 'aeps-fingpay-send-otp-kyc',
    error: 0,
    ours: async () => agentKyc('otp', { user_code: await bare() }),
  },
  { slug: 'aeps-fingpay-send-otp-kyc', error: 1, ours: () => agentKyc('otp', { aadhar: '123' }) },
  {
    slug: 'aeps-fingpay-verify-otp-kyc',
    ours: async () => {
      const { data } = (await agentKyc('otp')).body;
      return agentKyc('otp/verify', { ...data, otp: await t.client.otpOf(data.otp_ref_id) });
    },
  },
  {
    slug: 'aeps-fingpay-verify-otp-kyc',
    error: 0,
    ours: () => agentKyc('otp/verify', { otp: '123456', otp_ref_id: '1', reference_tid: 'X' }),
  },
  {
    slug: 'aeps-fingpay-biometric-ekyc',
    ours: async () => {
      const { data } = (await agentKyc('otp')).body;
      const verified = await agentKyc('otp/verify', { ...data, otp: await t.client.otpOf(data.otp_ref_id) });
      return agentKyc('biometric', { ...verified.body.data, piddata: PID_BLOCK, bank_code: 'HDFC' });
    },
  },
  {
    slug: 'aeps-fingpay-biometric-ekyc',
    error: 0,
    ours: () =>
      agentKyc('biometric', { otp_ref_id: '1', reference_tid: 'X', piddata: PID_BLOCK, bank_code: 'HDFC' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    ours: () => agentKyc('biometric/daily', { piddata: PID_BLOCK, bank_code: 'HDFC' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 0,
    ours: () => agentKyc('biometric/daily', { piddata: PID_BLOCK, bank_code: 'XXXX' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 1,
    ours: () =>
      agentKyc('biometric/daily', { piddata: PID_BLOCK.replace("type='X'", "type='P'"), bank_code: 'HDFC' }),
  },
  {
    slug: 'aeps-fingpay-daily-auth',
    error: 2,
    ours: async () => {
      const user = await bare();
      await upload(user);
      return agentKyc('biometric/daily', { user_code: user, piddata: PID_BLOCK, bank_code: 'HDFC' });
    },
  },
  { slug: 'aeps-fingpay-cash-withdrawal', ours: () => visit('cash-withdrawl') },
  { slug: 'aeps-fingpay-cash-withdrawal', error: 0, ours: () => visit('cash-withdrawl', '1111') },
  {
    slug: 'aeps-fingpay-cash-withdrawal',
    error: 1,
    ours: () => visit('cash-withdrawl', '0000', { bank_code: 'XXXX' }),
  },
  { slug: 'aeps-fingpay-cash-withdrawal', error: 3, ours: () => visit('cash-withdrawl', '2222') },
  { slug: 'aeps-fingpay-balance-enquiry', ours: () => visit('balance-enquiry') },
  { slug: 'aeps-fingpay-balance-enquiry', error: 0, ours: () => visit('balance-enquiry', '1111') },
  { slug: 'aeps-fingpay-mini-statement', ours: () => visit('mini-statement') },
  { slug: 'aeps-fingpay-mini-statement', error: 0, ours: () => visit('mini-statement', '1111') },
  { slug: 'aeps-add-settlement-account', ours: () => addAccount('5010000001') },
  { slug: 'aeps-add-settlement-account', error: 0, ours: () => addAccount('501001335') },
  { slug: 'aeps-add-settlement-account', error: 1, ours: () => addAccount('501001334') },
  { slug: 'aeps-get-settlement-accounts', ours: () => call('GET', '/user/payment/aeps/settlement/accounts') },
  {
    slug: 'aeps-initiate-settlement',
    ours: async () =>
      call('POST', '/user/payment/aeps/settlement', {
        amount: 100,
        recipient_id: (await addAccount('5010000001')).body.data.recipient_id,
        payment_mode: 5,
        client_ref_id: newReference(),
      }),
  },
];

const BILL = {
  phone_operator_code: '53',
  utility_acc_no: '3287820071',
  confirmation_mobile_no: '9903457748',
  sender_name: 'Test',
  category: 8,
  source_ip: '10.0.0.1',
};
const bill = (fields: Json = {}) =>
  call('GET', '/customer/payment/bbps/bill', { ...BILL, client_ref_id: newReference(), ...fields });
const payBill = (fields: Json = {}) =>
  call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: newReference(), ...fields });
const plans = (code: number) =>
  call('GET', '/customer/payment/bbps/recharge/9876540000/operator/plans', {
    phone_operator_code: code,
    circleid: 23,
  });

const BILLS: readonly Case[] = [
  { slug: 'bbps-get-categories', ours: () => call('GET', '/customer/payment/bbps/categories') },
  { slug: 'bbps-get-locations', ours: () => call('GET', '/customer/payment/bbps/locations') },
  { slug: 'bbps-get-operators', ours: () => call('GET', '/customer/payment/bbps/operators') },
  {
    slug: 'bbps-get-operators',
    error: 0,
    ours: () => call('GET', '/customer/payment/bbps/operators', { initiator_id: '9000000000' }),
  },
  {
    slug: 'bbps-get-operator-parameters',
    ours: () => call('GET', '/customer/payment/bbps/operator/5/parameters'),
  },
  {
    slug: 'bbps-district-discome',
    ours: () => call('GET', '/customer/payment/bbps/operators/190/district-discome'),
  },
  {
    slug: 'bbps-operator-code-circle',
    ours: () => call('GET', '/customer/payment/bbps/recharge/9876540000/operator'),
  },
  { slug: 'bbps-recharge-plans', ours: () => plans(400) },
  { slug: 'bbps-recharge-plans', error: 0, ours: () => plans(20) },
  { slug: 'bbps-fetch-bill', ours: () => bill() },
  { slug: 'bbps-fetch-bill', error: 0, ours: () => bill({ utility_acc_no: '' }) },
  { slug: 'bbps-fetch-bill', error: 1, ours: () => bill({ utility_acc_no: '3287821468' }) },
  { slug: 'bbps-pay-bill', ours: async () => payBill({ amount: (await bill()).body.data.amount }) },
  { slug: 'bbps-pay-bill', error: 0, ours: () => payBill({ amount: 1 }) },
  { slug: 'bbps-pay-bill', error: 1, ours: () => payBill({ amount: '' }) },
];

const pendingRefund = async (): Promise<string> => {
  const { tid } = (await paidBy('3333')).body.data;
  await until(
    () => inquire(t.client, tid!),
    ({ body }) => body.data.tx_status === '3',
  );
  return tid!;
};
const penny = (bank_account: string, ifsc: string) =>
  call('POST', '/tools/kyc/bank-account/sync', { bank_account, ifsc });
const vpa = (customer_vpa: string) =>
  call('POST', '/customer/payment/upi/validate-vpa', {
    customer_vpa,
    recipient_mobile: '9876543210',
    name: 'Test',
    latlong: LATLONG,
  });

const COMMON: readonly Case[] = [
  {
    slug: 'transaction-inquiry',
    ours: async () => {
      const { client_ref_id: ref } = (await paidBy('0000')).body.data;
      return byReference(t.client, String(ref));
    },
  },
  {
    slug: 'get-refund-otp',
    ours: async () => call('POST', `/customer/payment/refund/${await pendingRefund()}/otp`),
  },
  {
    slug: 'initiate-refund',
    ours: async () => {
      const tid = await pendingRefund();
      const { data } = (await call('POST', `/customer/payment/refund/${tid}/otp`)).body;
      return call('POST', `/customer/payment/refund/${tid}`, {
        otp: await t.client.otpOf(data.otp_ref_id),
        otp_ref_id: data.otp_ref_id,
      });
    },
  },
  {
    slug: 'onboard-user',
    ours: () =>
      call('POST', '/user/network/eps-agent', {
        pan_number: 'ABCPE1234F',
        mobile: newMobile(),
        first_name: 'A',
        last_name: 'B',
        email: 'a@example.com',
        residence_address: {},
        dob: '1990-05-15',
        shop_name: 'Shop',
      }),
  },
  {
    slug: 'activate-user-service',
    ours: () => call('PUT', `/admin/network/agent/${USER_CODE}/service/53/activate`),
  },
  {
    slug: 'deactivate-user-service',
    ours: () => call('PUT', `/admin/network/agent/${USER_CODE}/service/53/deactivate`),
  },
  { slug: 'get-user-services', ours: () => call('GET', '/user/account/services') },
  { slug: 'get-all-services', ours: () => call('GET', '/tools/catalog/service-codes') },
  {
    slug: 'get-wallet-balance',
    ours: () =>
      call('GET', '/user/account/balance', { customer_id_type: 'mobile_number', customer_id: INITIATOR }),
  },
  { slug: 'get-banks', ours: () => call('GET', '/tools/reference/banks') },
  { slug: 'get-bank-details', ours: () => call('GET', '/tools/reference/bank/IDFB') },
  { slug: 'get-bank-details', error: 0, ours: () => call('GET', '/tools/reference/bank/NONE') },
  { slug: 'get-ifsc-details', ours: () => call('GET', '/tools/reference/banks/ifsc/IOBA0002248') },
  { slug: 'bank-account-verification', ours: () => penny('1234567890', 'SBIN0001234') },
  { slug: 'bank-account-verification', error: 0, ours: () => penny('1234567890', 'INVALID001') },
  { slug: 'bank-account-verification', error: 1, ours: () => penny('1234561111', 'SBIN0001234') },
  { slug: 'bank-account-verification', error: 2, ours: () => penny('1234567890', 'DEUT0000001') },
  {
    slug: 'bank-account-verification-pennyless',
    ours: () =>
      call('POST', '/tools/kyc/bank-acc-verify-pennyless', { account: '1234567890', ifsc: 'SBIN0001234' }),
  },
  { slug: 'upi-validate-vpa', ours: () => vpa('trader@okbank') },
  { slug: 'upi-validate-vpa', error: 0, ours: () => vpa('trader.1111@okbank') },
  { slug: 'name-match', ours: () => call('POST', '/tools/kyc/name-match', { name_1: 'A', name_2: 'A' }) },
  {
    slug: 'mobile-otp-send',
    ours: () => call('POST', '/tools/kyc/mobile/otp', { mobile: '9876543210', csp_id: '9876543210' }),
  },
  {
    slug: 'mobile-otp-verify',
    error: 0,
    ours: () => call('PUT', '/tools/kyc/mobile/otp/verify', { mobile: '9000000009', otp: '1234' }),
  },
];

const NO_SAMPLE = 'the mock’s answer is an empty object; the shape is ours';
/** `slug` or `slug#error` → difference → why. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'get-banks': Object.fromEntries(
    [
      'data extra',
      'data.bank_list extra',
      'data.bank_list[] extra',
      'data.bank_list[].bank_id extra',
      'data.bank_list[].code extra',
      'data.bank_list[].name extra',
      'message extra',
      'response_status_id extra',
      'response_type_id extra',
      'status extra',
    ].map((d) => [d, NO_SAMPLE]),
  ),
};

describe.each([
  ['transfers', TRANSFERS],
  ['AEPS', AEPS],
  ['bills and recharges', BILLS],
  ['common', COMMON],
] as const)('%s', (_group, cases) => {
  it.each(cases.map((c) => [`${c.slug}${c.error === undefined ? '' : `#${c.error}`}`, c] as const))(
    '%s has the shape of the mock',
    async (name, { slug, error, ours }) => {
      const theirs = await mockAnswer(slug, error);
      const { body, http } = await ours();
      expect(http).toBe(200);
      expect(differences(body, theirs)).toEqual(Object.keys(DIFFERENCES[name] ?? {}).toSorted());
      const words = (answer: Json): Json =>
        Object.fromEntries(
          ['status', 'response_status_id', 'response_type_id', 'message']
            .filter((field) => theirs[field] !== undefined)
            .map((field) => [field, answer[field]]),
        );
      expect(words(body)).toEqual(words(theirs));
    },
  );
});

it('says which endpoints of the mock the sandbox does not have', () => {
  const ours = new Set([...TRANSFERS, ...AEPS, ...BILLS, ...COMMON].map((c) => c.slug));
  const missing = FIXTURES.filter((f) => !ours.has(f.slug))
    .map((f) => f.slug)
    .filter((slug) => /dmt|aeps|bbps|refund|inquiry|wallet-balance/.test(slug) && !/ppi|v1/.test(slug));
  expect(missing).toEqual(['aeps-fingpay-cash-withdrawal-otp']); // newer than the contract that the sandbox follows
});
