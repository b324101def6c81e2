/** Requests to Eko's transfers, bills and tools that the answers of the official mock are compared with. */
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
  transfer,
  USER_CODE,
  type EkoAnswer,
  type EkoSandbox,
  type Json,
} from './eko-sandbox';
import { until } from './until';

/**
 * A request to the sandbox, and the answer of the mock that it is compared with: a success or the error at an
 * index.
 */
export interface MockCase {
  slug: string;
  error?: number;
  ours: (t: EkoSandbox) => Promise<EkoAnswer>;
}

const at = (mobile: string): string => `/customer/payment/dmt-fino/sender/${mobile}`;
const enrolled = async (t: EkoSandbox): Promise<string> => {
  const mobile = newMobile();
  await t.client.call('POST', at(mobile), SENDER_FIELDS);
  return mobile;
};
const startKyc = (t: EkoSandbox, mobile: string, fields: Json = {}) =>
  t.client.call('PUT', `${at(mobile)}/otp`, { aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK, ...fields });
const paidBy = async (t: EkoSandbox, ending: string, fields: Json = {}, amount = 100): Promise<EkoAnswer> => {
  const sender = await activeSender(t.client);
  const { id } = await newRecipient(t.client, sender, ending);
  return transfer(
    t.client,
    { customer_id: sender, recipient_id: id, amount, client_ref_id: newReference() },
    fields,
  );
};
const ready = async (t: EkoSandbox): Promise<{ sender: string; id: number; account: string }> => {
  const sender = await activeSender(t.client);
  return { sender, ...(await newRecipient(t.client, sender)) };
};
const verifyKyc = async (t: EkoSandbox, change: (good: Json) => Json): Promise<EkoAnswer> => {
  const mobile = await enrolled(t);
  const { data } = (await startKyc(t, mobile)).body;
  return t.client.call('PUT', `${at(mobile)}/otp/verify`, {
    ...data,
    ...change({ otp: await t.client.otpOf(data.otp_ref_id) }),
  });
};

export const TRANSFERS: readonly MockCase[] = [
  { slug: 'dmt-get-sender', ours: async (t) => t.client.call('GET', at(await activeSender(t.client))) },
  { slug: 'dmt-get-sender', error: 0, ours: (t) => t.client.call('GET', at(newMobile())) },
  { slug: 'dmt-get-sender', error: 1, ours: async (t) => t.client.call('GET', at(await enrolled(t))) },
  { slug: 'dmt-onboard-sender', ours: (t) => t.client.call('POST', at(newMobile()), SENDER_FIELDS) },
  {
    slug: 'dmt-onboard-sender',
    error: 0,
    ours: async (t) => t.client.call('POST', at(await enrolled(t)), SENDER_FIELDS),
  },
  { slug: 'dmt-fino-sender-ekyc', ours: async (t) => startKyc(t, await enrolled(t)) },
  {
    slug: 'dmt-fino-sender-ekyc',
    error: 0,
    ours: async (t) =>
      startKyc(t, await enrolled(t), { piddata: PID_BLOCK.replace("errCode='0'", "errCode='1'") }),
  },
  { slug: 'dmt-fino-sender-ekyc', error: 1, ours: async (t) => startKyc(t, await activeSender(t.client)) },
  { slug: 'dmt-fino-validate-ekyc-otp', ours: (t) => verifyKyc(t, (good) => good) },
  {
    slug: 'dmt-fino-validate-ekyc-otp',
    error: 0,
    ours: async (t) =>
      t.client.call('PUT', `${at(await activeSender(t.client))}/otp/verify`, {
        otp: '123456',
        otp_ref_id: '1',
        kyc_request_id: '1',
      }),
  },
  { slug: 'dmt-fino-validate-ekyc-otp', error: 1, ours: (t) => verifyKyc(t, () => ({ otp: '00000000' })) },
  {
    slug: 'dmt-fino-validate-ekyc-otp',
    error: 2,
    ours: async (t) => {
      await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
      const answer = await verifyKyc(t, (good) => good);
      await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
      return answer;
    },
  },
  {
    slug: 'dmt-get-recipients',
    ours: async (t) => t.client.call('GET', `${at((await ready(t)).sender)}/recipients`),
  },
  {
    slug: 'dmt-get-recipients',
    error: 0,
    ours: async (t) => t.client.call('GET', `${at(await activeSender(t.client))}/recipients`),
  },
  {
    slug: 'dmt-get-recipients',
    error: 1,
    ours: (t) => t.client.call('GET', `${at(newMobile())}/recipients`),
  },
  {
    slug: 'dmt-add-recipient',
    ours: async (t) =>
      t.client.call('POST', `${at(await activeSender(t.client))}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test',
        ifsc: 'SBIN0007515',
        account: '38759149196',
      }),
  },
  {
    slug: 'dmt-add-recipient',
    error: 0,
    ours: async (t) => {
      const { sender, account } = await ready(t);
      return t.client.call('POST', `${at(sender)}/recipient`, {
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
    ours: (t) =>
      t.client.call('POST', `${at(newMobile())}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test',
        ifsc: 'SBIN0007515',
        account: '38759149196',
      }),
  },
  {
    slug: 'dmt-send-otp',
    ours: async (t) => {
      const { sender, id } = await ready(t);
      return t.client.call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 100,
      });
    },
  },
  {
    slug: 'dmt-send-otp',
    error: 0,
    ours: async (t) => {
      const { sender, id } = await ready(t);
      for (let i = 0; i < 5; i += 1)
        await transfer(t.client, {
          customer_id: sender,
          recipient_id: id,
          amount: 5_000,
          client_ref_id: newReference(),
        });
      return t.client.call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 1,
      });
    },
  },
  {
    slug: 'dmt-send-otp',
    error: 1,
    ours: async (t) => {
      const { sender, id } = await ready(t);
      await t.client.control('POST', '/settings', { recipient_limit_paise: 1 });
      const answer = await t.client.call('POST', '/customer/payment/dmt-fino/otp', {
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
    ours: (t) =>
      t.client.call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: newMobile(),
        recipient_id: 1,
        amount: 1,
      }),
  },
  { slug: 'dmt-initiate-transfer', ours: (t) => paidBy(t, '0000') },
  {
    slug: 'dmt-initiate-transfer',
    error: 0,
    ours: async (t) => {
      const { sender, id } = await ready(t);
      const sent = await t.client.call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 1,
      });
      const pay = async () =>
        t.client.call('POST', '/customer/payment/dmt-fino', {
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
  { slug: 'dmt-initiate-transfer', error: 2, ours: (t) => paidBy(t, '0000', { otp: '00000000' }) },
  { slug: 'dmt-initiate-transfer', error: 4, ours: (t) => paidBy(t, '2222') },
];

const BILL = {
  phone_operator_code: '53',
  utility_acc_no: '3287820071',
  confirmation_mobile_no: '9903457748',
  sender_name: 'Test',
  category: 8,
  source_ip: '10.0.0.1',
};
const bill = (t: EkoSandbox, fields: Json = {}) =>
  t.client.call('GET', '/customer/payment/bbps/bill', { ...BILL, client_ref_id: newReference(), ...fields });
const payBill = (t: EkoSandbox, fields: Json = {}) =>
  t.client.call('POST', '/customer/payment/bbps', { ...BILL, client_ref_id: newReference(), ...fields });
const plans = (t: EkoSandbox, code: number) =>
  t.client.call('GET', '/customer/payment/bbps/recharge/9876540000/operator/plans', {
    phone_operator_code: code,
    circleid: 23,
  });

export const BILLS: readonly MockCase[] = [
  { slug: 'bbps-get-categories', ours: (t) => t.client.call('GET', '/customer/payment/bbps/categories') },
  { slug: 'bbps-get-locations', ours: (t) => t.client.call('GET', '/customer/payment/bbps/locations') },
  { slug: 'bbps-get-operators', ours: (t) => t.client.call('GET', '/customer/payment/bbps/operators') },
  {
    slug: 'bbps-get-operators',
    error: 0,
    ours: (t) => t.client.call('GET', '/customer/payment/bbps/operators', { initiator_id: '9000000000' }),
  },
  {
    slug: 'bbps-get-operator-parameters',
    ours: (t) => t.client.call('GET', '/customer/payment/bbps/operator/5/parameters'),
  },
  {
    slug: 'bbps-district-discome',
    ours: (t) => t.client.call('GET', '/customer/payment/bbps/operators/190/district-discome'),
  },
  {
    slug: 'bbps-operator-code-circle',
    ours: (t) => t.client.call('GET', '/customer/payment/bbps/recharge/9876540000/operator'),
  },
  { slug: 'bbps-recharge-plans', ours: (t) => plans(t, 400) },
  { slug: 'bbps-recharge-plans', error: 0, ours: (t) => plans(t, 20) },
  { slug: 'bbps-fetch-bill', ours: (t) => bill(t) },
  { slug: 'bbps-fetch-bill', error: 0, ours: (t) => bill(t, { utility_acc_no: '' }) },
  { slug: 'bbps-fetch-bill', error: 1, ours: (t) => bill(t, { utility_acc_no: '3287821468' }) },
  { slug: 'bbps-pay-bill', ours: async (t) => payBill(t, { amount: (await bill(t)).body.data.amount }) },
  { slug: 'bbps-pay-bill', error: 0, ours: (t) => payBill(t, { amount: 1 }) },
  { slug: 'bbps-pay-bill', error: 1, ours: (t) => payBill(t, { amount: '' }) },
];

const pendingRefund = async (t: EkoSandbox): Promise<string> => {
  const { tid } = (await paidBy(t, '3333')).body.data;
  await until(
    () => inquire(t.client, tid!),
    ({ body }) => body.data.tx_status === '3',
  );
  return tid!;
};
const penny = (t: EkoSandbox, bank_account: string, ifsc: string) =>
  t.client.call('POST', '/tools/kyc/bank-account/sync', { bank_account, ifsc });
const vpa = (t: EkoSandbox, customer_vpa: string) =>
  t.client.call('POST', '/customer/payment/upi/validate-vpa', {
    customer_vpa,
    recipient_mobile: '9876543210',
    name: 'Test',
    latlong: LATLONG,
  });

export const COMMON: readonly MockCase[] = [
  {
    slug: 'transaction-inquiry',
    ours: async (t) => {
      const { client_ref_id: ref } = (await paidBy(t, '0000')).body.data;
      return byReference(t.client, String(ref));
    },
  },
  {
    slug: 'get-refund-otp',
    ours: async (t) => t.client.call('POST', `/customer/payment/refund/${await pendingRefund(t)}/otp`),
  },
  {
    slug: 'initiate-refund',
    ours: async (t) => {
      const tid = await pendingRefund(t);
      const { data } = (await t.client.call('POST', `/customer/payment/refund/${tid}/otp`)).body;
      return t.client.call('POST', `/customer/payment/refund/${tid}`, {
        otp: await t.client.otpOf(data.otp_ref_id),
        otp_ref_id: data.otp_ref_id,
      });
    },
  },
  {
    slug: 'onboard-user',
    ours: (t) =>
      t.client.call('POST', '/user/network/eps-agent', {
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
    ours: (t) => t.client.call('PUT', `/admin/network/agent/${USER_CODE}/service/53/activate`),
  },
  {
    slug: 'deactivate-user-service',
    ours: (t) => t.client.call('PUT', `/admin/network/agent/${USER_CODE}/service/53/deactivate`),
  },
  { slug: 'get-user-services', ours: (t) => t.client.call('GET', '/user/account/services') },
  { slug: 'get-all-services', ours: (t) => t.client.call('GET', '/tools/catalog/service-codes') },
  {
    slug: 'get-wallet-balance',
    ours: (t) =>
      t.client.call('GET', '/user/account/balance', {
        customer_id_type: 'mobile_number',
        customer_id: INITIATOR,
      }),
  },
  { slug: 'get-banks', ours: (t) => t.client.call('GET', '/tools/reference/banks') },
  { slug: 'get-bank-details', ours: (t) => t.client.call('GET', '/tools/reference/bank/IDFB') },
  { slug: 'get-bank-details', error: 0, ours: (t) => t.client.call('GET', '/tools/reference/bank/NONE') },
  { slug: 'get-ifsc-details', ours: (t) => t.client.call('GET', '/tools/reference/banks/ifsc/IOBA0002248') },
  { slug: 'bank-account-verification', ours: (t) => penny(t, '1234567890', 'SBIN0001234') },
  { slug: 'bank-account-verification', error: 0, ours: (t) => penny(t, '1234567890', 'INVALID001') },
  { slug: 'bank-account-verification', error: 1, ours: (t) => penny(t, '1234561111', 'SBIN0001234') },
  { slug: 'bank-account-verification', error: 2, ours: (t) => penny(t, '1234567890', 'DEUT0000001') },
  {
    slug: 'bank-account-verification-pennyless',
    ours: (t) =>
      t.client.call('POST', '/tools/kyc/bank-acc-verify-pennyless', {
        account: '1234567890',
        ifsc: 'SBIN0001234',
      }),
  },
  { slug: 'upi-validate-vpa', ours: (t) => vpa(t, 'trader@okbank') },
  { slug: 'upi-validate-vpa', error: 0, ours: (t) => vpa(t, 'trader.1111@okbank') },
  {
    slug: 'name-match',
    ours: (t) => t.client.call('POST', '/tools/kyc/name-match', { name_1: 'A', name_2: 'A' }),
  },
  {
    slug: 'mobile-otp-send',
    ours: (t) =>
      t.client.call('POST', '/tools/kyc/mobile/otp', { mobile: '9876543210', csp_id: '9876543210' }),
  },
  {
    slug: 'mobile-otp-verify',
    error: 0,
    ours: (t) => t.client.call('PUT', '/tools/kyc/mobile/otp/verify', { mobile: '9000000009', otp: '1234' }),
  },
];
