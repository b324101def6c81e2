/**
 * Bills and recharges: the catalogue, fetching and paying bills, exactness, mobile operators and plans. Also
 * the lookups.
 */
import {
  newMobile,
  newReference,
  startEkoSandbox,
  summaryOf,
  USER_CODE,
  type EkoSandbox,
  type Json,
} from '../../support/eko-sandbox';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox();
});
afterAll(async () => {
  await t.close();
});

const BBPS = '/customer/payment/bbps';
const BILL = {
  phone_operator_code: '53',
  utility_acc_no: '3287820071',
  confirmation_mobile_no: '9903457748',
  sender_name: 'Test',
  category: 8,
  source_ip: '10.0.0.1',
};
const listOf = async (path: string, fields: Json = {}): Promise<Json[]> =>
  ((await t.client.call('GET', `${BBPS}${path}`, fields)).body.param_attributes as { list_elements: Json[] })
    .list_elements;
const fetchBill = (fields: Json = {}) =>
  t.client.call('GET', `${BBPS}/bill`, { ...BILL, client_ref_id: newReference(), ...fields });
const pay = (fields: Json = {}) =>
  t.client.call('POST', BBPS, { ...BILL, client_ref_id: newReference(), ...fields });

it('has categories, places, operators by both, and their parameters with regular expressions', async () => {
  expect(await listOf('/categories')).toContainEqual({
    operator_category_name: 'Electricity',
    operator_category_id: 8,
    operator_category_group: '0',
    status: '1',
  });
  expect(await listOf('/locations')).toContainEqual({
    operator_location_name: 'Andaman and Nicobar',
    operator_location_id: '35',
    abbreviation: 'AN',
  });
  const water = await listOf('/operators', { category: 11, location: 35 });
  expect(water).toEqual([
    {
      operator_id: 541,
      name: 'Port Blair Municipal Council - Water',
      billFetchResponse: 1,
      high_commission_channel: 0,
      kyc_required: 0,
      operator_category: 11,
      location_id: 35,
    },
  ]);
  expect((await listOf('/operators')).length).toBeGreaterThan(10);
  expect(await listOf('/operators', { category: 999 })).toEqual([]);
  const { body } = await t.client.call('GET', `${BBPS}/operator/5/parameters`);
  expect(body).toMatchObject({
    status: 0,
    response_type_id: 2463,
    param_attributes: { operator_name: 'BSNL  Prepaid', operator_id: 5, fetchBill: 0, BBPS: 0 },
  });
  for (const operator of await listOf('/operators')) {
    for (const param of await listOf(`/operator/${JSON.stringify(operator.operator_id)}/parameters`))
      expect(new RegExp(String(param.regex))).toBeInstanceOf(RegExp);
  }
  expect((await t.client.call('GET', `${BBPS}/operator/99999/parameters`)).body.status).toBe(461);
  expect(await listOf('/operators/190/district-discome')).toContainEqual({
    label: 'Lucknow',
    value: 'Lucknow-MVVNL',
  });
});

it('fetches the same bill every time, and pays it with the same client_ref_id', async () => {
  const ref = newReference();
  const bill = (await fetchBill({ client_ref_id: ref })).body;
  expect(bill).toEqual({
    status: 0,
    response_status_id: -1,
    response_type_id: 1052,
    message: 'Due Bill Amount For utility',
    data: {
      amount: expect.stringMatching(/^\d+\.\d{1,2}$/),
      utilitycustomername: 'Test Customer',
      ifsc_status: 1,
      user_code: USER_CODE,
      customer_id: '3287820071',
      billDueDate: expect.stringMatching(/^\d{8}$/),
      billdate: 'null',
      billDetailsList: [],
      bbpstrxnrefid: '',
      billername: '',
    },
  });
  expect((await fetchBill()).body.data.amount).toBe(bill.data.amount);
  const before = Number((await summaryOf(t.client)).balance_paise);
  const paid = (
    await pay({ client_ref_id: ref, amount: Number(bill.data.amount), utilitycustomername: 'Test Customer' })
  ).body;
  expect(paid).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 333,
    message: 'Success Last_used_OkeyKey: 203',
    data: {
      tx_status: '0',
      txstatus_desc: 'Success',
      status_text: 'SUCCESS',
      tid: expect.stringMatching(/^\d{10}$/),
      amount: bill.data.amount,
      totalamount: bill.data.amount,
      fee: '0.0',
      tds: '0.024',
      commission: '1.2',
      balance: expect.any(String),
      user_code: USER_CODE,
      operator_name: 'B.E.S.T Mumbai',
      utilitycustomername: 'Test Customer',
      customermobilenumber: '9903457748',
      payment_mode_desc: 'CASH',
      last_used_okekey: '203',
      account: '3287820071',
      timestamp: expect.stringMatching(/Z$/),
    },
  });
  expect(Number((await summaryOf(t.client)).balance_paise)).toBe(
    before - Math.round(Number(bill.data.amount) * 100) + 120 - 2,
  );
  expect((await pay({ client_ref_id: ref, amount: Number(bill.data.amount) })).body).toMatchObject({
    status: 461,
    invalid_params: { client_ref_id: expect.any(String) },
  });
});

it('refuses another amount with 208 and a tid, by the exactness of the biller', async () => {
  const due = Number((await fetchBill()).body.data.amount);
  const before = await summaryOf(t.client);
  const ref = newReference();
  const { body } = await pay({ amount: due + 1, client_ref_id: ref });
  expect(body).toEqual({
    status: 208,
    response_status_id: 1,
    response_type_id: 208,
    message: 'utility.payment.failed  Amount entered does not match with bill amount. Please try again',
    data: { last_used_okekey: '', tid: expect.stringMatching(/^\d{10}$/) },
  });
  expect(
    (await t.client.call('GET', `/tools/reference/transaction/${body.data.tid!}`)).body.data,
  ).toMatchObject({ tx_status: '1', client_ref_id: ref });
  expect((await summaryOf(t.client)).balance_paise).toBe(before.balance_paise);
  expect((await pay({ amount: due, client_ref_id: ref })).body.status).toBe(461); // a fresh reference for the retry
  const water = { phone_operator_code: '541', category: 11, utility_acc_no: '7654320000' };
  const waterDue = Number((await fetchBill(water)).body.data.amount);
  expect((await pay({ ...water, amount: waterDue - 0.01 })).body.status).toBe(208);
  expect((await pay({ ...water, amount: waterDue + 50 })).body.status).toBe(0);
  expect(
    (await pay({ phone_operator_code: '159', category: 1, utility_acc_no: '7654320000', amount: 1 })).body
      .status,
  ).toBe(0);
});

it.each([
  [{ phone_operator_code: '99999' }, 461],
  [{ phone_operator_code: '' }, 97],
  [{ utility_acc_no: '12' }, 461],
  [{ utility_acc_no: '' }, 97],
  [{ category: 11 }, 461],
  [{ source_ip: '' }, 97],
  [{ source_ip: 'x' }, 461],
  [{ sender_name: '' }, 97],
  [{ confirmation_mobile_no: '123' }, 461],
  [{ client_ref_id: '' }, 97],
  [{ client_ref_id: 'x'.repeat(21) }, 461],
])('refuses %j when fetching and when paying', async (fields, status) => {
  const field = Object.keys(fields)[0]!;
  for (const { body } of [await fetchBill(fields), await pay({ amount: 100, ...fields })])
    expect(body).toMatchObject({ status, invalid_params: { [field]: expect.any(String) } });
});

it('has no bill for a number ending in 1468, for an operator without bills, and a district for UPPCL', async () => {
  expect((await fetchBill({ utility_acc_no: '3287821468' })).body).toEqual({
    status: 1468,
    response_status_id: 1,
    response_type_id: 1468,
    message: 'Unable to fetch bill',
    data: { reason: 'Please try again after some time.' },
  });
  expect(
    (await fetchBill({ phone_operator_code: '90', category: 5, utility_acc_no: '9876540000' })).body.status,
  ).toBe(1468);
  const uppcl = { phone_operator_code: '190', utility_acc_no: '1234567890' };
  expect((await fetchBill(uppcl)).body).toMatchObject({
    status: 97,
    invalid_params: { district_discome: expect.any(String) },
  });
  expect((await fetchBill({ ...uppcl, district_discome: 'Delhi-XX' })).body.status).toBe(461);
  expect((await fetchBill({ ...uppcl, district_discome: 'Lucknow-MVVNL' })).body.response_type_id).toBe(1052);
});

it('finds operator and plans of a mobile number, and recharges it', async () => {
  const mobile = newMobile('0000');
  const found = (await t.client.call('GET', `${BBPS}/recharge/${mobile}/operator`)).body;
  expect(found).toMatchObject({
    status: 0,
    response_type_id: 1804,
    dependent_params: [
      { name: 'phone_operator_code', value: expect.any(Number) },
      { name: 'circle_area', value: expect.any(String) },
    ],
    data: { updates: '' },
  });
  const [operator, circle] = (found.dependent_params as { value: unknown }[]).map((p) => String(p.value));
  const plans = (
    await t.client.call('GET', `${BBPS}/recharge/${mobile}/operator/plans`, {
      phone_operator_code: operator,
      circleid: circle,
    })
  ).body;
  expect(plans).toMatchObject({
    status: 0,
    response_type_id: 1804,
    dependent_params: [
      {
        name: 'req_list',
        value: expect.arrayContaining([
          { amount: '299', validity: '28 Days', plan_description: expect.any(String) },
        ]),
      },
    ],
  });
  expect(
    (
      await t.client.call('GET', `${BBPS}/recharge/${mobile}/operator/plans`, {
        phone_operator_code: 20,
        circleid: 99,
      })
    ).body,
  ).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1805,
    message: 'fail to fetch details',
    data: { message: 'Unable to fetch plans' },
  });
  const { body } = await pay({
    phone_operator_code: operator,
    category: 5,
    utility_acc_no: mobile,
    amount: 299,
  });
  expect(body).toMatchObject({
    status: 0,
    response_type_id: 333,
    data: { amount: '299.0', account: mobile },
  });
  expect(
    (await pay({ phone_operator_code: operator, category: 5, utility_acc_no: mobile, amount: 9 })).body
      .status,
  ).toBe(461);
  expect(
    (await pay({ phone_operator_code: '20', category: 4, utility_acc_no: '12345678', amount: 500 })).body
      .data,
  ).toMatchObject({ commission: '10.0', tds: '0.2' });
});

it('answers 347 when the float is short', async () => {
  const poor = await startEkoSandbox({ openingPaise: 29_606n });
  const { body } = await poor.client.call('POST', BBPS, {
    ...BILL,
    phone_operator_code: '90',
    category: 5,
    utility_acc_no: '9876540000',
    amount: 299,
    client_ref_id: newReference(),
  });
  expect(body).toEqual({
    status: 347,
    response_status_id: 1,
    response_type_id: 347,
    message: 'Insufficient balance.',
    data: {},
  });
  expect(await summaryOf(poor.client)).toMatchObject({ balance_paise: 29_606, transactions: 0 });
  await poor.close();
});

describe('lookups', () => {
  it('banks, IFSC, services', async () => {
    expect((await t.client.call('GET', '/tools/reference/bank/IDFB')).body).toMatchObject({
      status: 0,
      response_type_id: 466,
      data: { bank_id: 262, name: 'IDFC Bank' },
    });
    expect((await t.client.call('GET', '/tools/reference/bank/NONE')).body).toEqual({
      status: 467,
      response_status_id: 1,
      response_type_id: 467,
      message: 'Please provide valid bank details',
    });
    expect((await t.client.call('GET', '/tools/reference/banks/ifsc/IOBA0002248')).body).toMatchObject({
      response_type_id: 414,
      data: { bank: 'INDIAN OVERSEAS BANK', ifsc: 'IOBA0002248' },
    });
    expect((await t.client.call('GET', '/tools/catalog/service-codes')).body).toMatchObject({
      response_type_id: 1280,
      data: {
        service_list: expect.arrayContaining([
          { service_name: 'AEPS', service_code: '43', provider_name: 'Fingpay' },
        ]),
      },
    });
  });

  it('accounts by penny drop and without', async () => {
    const sync = async (account: string, ifsc = 'SBIN0001234') =>
      (await t.client.call('POST', '/tools/kyc/bank-account/sync', { bank_account: account, ifsc })).body;
    expect(await sync('1234567890')).toMatchObject({
      status: 0,
      response_type_id: 1388,
      data: {
        account_exists: true,
        account_name: 'Test Account Holder',
        bank: 'State Bank of India',
        utr: expect.stringMatching(/^\d{12}$/),
      },
    });
    expect(await sync('1234561111')).toMatchObject({
      status: 1,
      message: 'Invalid Account',
      data: { account_exists: false, account_name: null },
    });
    expect(await sync('1234567890', 'INVALID001')).toMatchObject({
      status: 1,
      message: 'Invalid IFSC code',
      data: { ifsc: 'INVALID001', bank: null },
    });
    expect(await sync('1234567890', 'DEUT0000001')).toMatchObject({
      status: 1,
      message: 'Bank not supported for verification',
      data: { ifsc: null },
    });
    expect(
      (
        await t.client.call('POST', '/tools/kyc/bank-acc-verify-pennyless', {
          account: '1234567890',
          ifsc: 'SBIN0001234',
        })
      ).body,
    ).toMatchObject({
      status: 0,
      data: { verified_beneficiary_name: 'Test Account Holder', status: 'success' },
    });
  });

  it('names, VPAs and mobile numbers', async () => {
    const match = async (a: string, b: string) =>
      (await t.client.call('POST', '/tools/kyc/name-match', { name_1: a, name_2: b })).body.data.score;
    expect([
      await match('A B Tester', 'Alpha Beta Tester'),
      await match('Alpha Tester', 'Alpha Tester'),
      await match('Alpha', 'Omega'),
    ]).toEqual([1, 1, 0]);
    const vpa = async (address: string) =>
      (
        await t.client.call('POST', '/customer/payment/upi/validate-vpa', {
          customer_vpa: address,
          recipient_mobile: '9876543210',
          name: 'Test',
          latlong: '28.6139,77.2090',
        })
      ).body;
    expect(await vpa('trader@okbank')).toMatchObject({ status: 0, data: { valid: true } });
    expect(await vpa('trader.1111@okbank')).toMatchObject({
      status: 1,
      data: { valid: false, recipient_name: null },
    });
    const mobile = newMobile();
    expect(
      (await t.client.call('POST', '/tools/kyc/mobile/otp', { mobile, csp_id: '9002336768' })).body,
    ).toMatchObject({ status: 0, response_type_id: 1623 });
    const [sent] = (await t.client.control('GET', `/otps?mobile=${mobile}`)).body.items as Json[];
    const verify = async (otp: unknown) =>
      (await t.client.call('PUT', '/tools/kyc/mobile/otp/verify', { mobile, otp })).body;
    expect(await verify('000000')).toEqual({
      status: 1,
      response_status_id: 1,
      response_type_id: 1632,
      message: 'OTP verification failed.',
      data: {},
    });
    expect(await verify(sent!.otp)).toMatchObject({ status: 0, response_type_id: 1632, data: { mobile } });
    expect((await verify(sent!.otp)).status).toBe(1);
  });
});
