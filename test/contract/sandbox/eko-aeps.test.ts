/**
 * AEPS through Fingpay: activation, eKYC, daily KYC, withdrawals, balances, mini statements and settlement to
 * the agent's bank account.
 */
import {
  AADHAAR_BLOCK,
  INITIATOR,
  LATLONG,
  newMobile,
  newReference,
  PID_BLOCK,
  signedHeaders,
  startEkoSandbox,
  summaryOf,
  type EkoAnswer,
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

const AGENT = { aadhar: AADHAAR_BLOCK, customer_id: '9876500077', latlong: LATLONG };
const VISIT = { bank_code: 'HDFC', aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK, latlong: LATLONG };
const BAD_PID = PID_BLOCK.replace("type='X'", "type='P'");

let agents = 0;
async function newAgent(aeps?: 'ready'): Promise<string> {
  const user = `4000${1_000 + (agents += 1)}`;
  await t.client.control('POST', '/agents', { user_code: user, ...(aeps === undefined ? {} : { aeps }) });
  return user;
}

/** Uploads as Eko documents it: a plain text field named form-data that holds JSON, and three files. */
async function activate(
  user: string,
  change: Json = {},
  without?: string,
  isObject = false,
): Promise<EkoAnswer> {
  const form = new FormData();
  const fields = {
    initiator_id: INITIATOR,
    modelname: 'Morpho 1300E3',
    devicenumber: 'SN1234567890',
    account: '38759149196',
    ifsc: 'SBIN0007515',
    shop_type: '4215',
    office_address: { line: 'x', city: 'Singtam', state: 'Sikkim', pincode: '737134' },
    address_as_per_proof: { line: 'x', city: 'Gurgaon', state: 'Haryana', pincode: '122002' },
    aadhar: '234567890124',
    latlong: LATLONG,
    ...change,
  };
  const json = JSON.stringify(fields);
  form.append('form-data', isObject ? new Blob([json], { type: 'application/json' }) : json);
  for (const name of ['pan_card', 'aadhar_front', 'aadhar_back'])
    if (name !== without)
      form.append(name, new Blob([`planted file ${name}`], { type: 'image/png' }), `${name}.png`);
  const response = await fetch(
    `${t.sandbox.url}/ekoapi/v3/admin/network/agent/${user}/aeps-fingpay/activate`,
    { method: 'PUT', body: form, headers: signedHeaders(Date.now()) },
  );
  const text = await response.text();
  return { http: response.status, headers: {}, text, body: JSON.parse(text) as EkoAnswer['body'] };
}

const kyc = (step: string, user: string, fields: Json = {}) =>
  t.client.call(step === 'otp' ? 'POST' : 'PUT', `/user/collection/aeps-fingpay/kyc/${step}`, {
    user_code: user,
    ...AGENT,
    ...fields,
  });
const withdraw = (user: string, fields: Json = {}, mobile = newMobile(), shiftMs = 0) =>
  t.client.call(
    'POST',
    `/customer/collection/aeps-fingpay/cash-withdrawl/${mobile}`,
    { user_code: user, ...VISIT, amount: 3_000, client_ref_id: newReference(), ...fields },
    { shiftMs },
  );

it('an agent is activated, does the eKYC and the daily KYC, and may then pay out', async () => {
  const user = await newAgent();
  expect((await kyc('otp', user)).body).toEqual({
    status: 346,
    response_status_id: 1,
    response_type_id: 346,
    message: 'Agent not allowed to this transaction',
  });
  expect((await activate('99999999')).body).toEqual({
    status: 1297,
    response_status_id: 1,
    response_type_id: 1297,
    message: 'This user does not exist',
    data: { initiator_id: '' },
  });
  expect((await activate(user, {}, undefined, true)).http).toBe(415); // an object part is not what is documented
  expect((await activate(user, {}, 'aadhar_back')).body).toMatchObject({
    status: 97,
    invalid_params: { aadhar_back: expect.any(String) },
  });
  expect((await activate(user, { shop_type: '9999' })).body).toMatchObject({ status: 461 });
  expect((await activate(user)).body).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1259,
    message: 'AePS Registration Successful',
    data: {
      service_status_desc: 'Activated',
      balance: '',
      user_code: user,
      initiator_id: INITIATOR,
      service_status: '1',
      service_code: '43',
      remarks: '',
    },
  });
  expect((await withdraw(user)).body).toMatchObject({
    status: 1464,
    data: { tid: '', reason: 'Please complete bank eKYC to process the transaction.' },
  });
  expect((await kyc('biometric/daily', user, { piddata: PID_BLOCK, bank_code: 'HDFC' })).body).toEqual({
    status: 1714,
    response_status_id: 1,
    response_type_id: 1714,
    message: 'KYC Fail',
    data: { reason: 'Please complete bank eKYC to process the transaction.', comment: '' },
  });

  const skipped = await kyc('biometric', user, {
    piddata: PID_BLOCK,
    bank_code: 'HDFC',
    otp_ref_id: '2465238',
    reference_tid: 'EKYKF1',
  });
  expect(skipped.body).toMatchObject({
    status: 461,
    data: { reason: 'Merchant is Inactive or Invalid Details', last_used_okekey: '' },
  });
  expect((await kyc('otp', user, { aadhar: '234567890124' })).body).toMatchObject({
    status: 97,
    invalid_params: { aadhar: expect.any(String) },
  });
  const sent = (await kyc('otp', user)).body;
  expect(sent).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1600,
    message: 'OTP request has been sent',
    data: { reference_tid: expect.stringMatching(/^EKYKF\d+I$/), otp_ref_id: expect.stringMatching(/^\d+$/) },
  });
  const otp = await t.client.otpOf(sent.data.otp_ref_id);
  const wrong = await kyc('otp/verify', user, { ...sent.data, otp: otp === '111111' ? '222222' : '111111' });
  expect(wrong.body).toEqual({
    status: 461,
    response_status_id: 1,
    response_type_id: 461,
    message: 'Failed!Please try after some time',
    data: {
      last_used_okekey: '',
      reason: 'The details entered are incorrect or the OTP has expired. Kindly request a new OTP.',
    },
  });
  const verified = (await kyc('otp/verify', user, { ...sent.data, otp })).body;
  expect(verified).toMatchObject({
    status: 0,
    response_type_id: 1604,
    message: 'Validation successful',
    data: { reference_tid: expect.stringMatching(/^BEKYKF/) },
  });
  expect(
    (await kyc('biometric', user, { piddata: BAD_PID, bank_code: 'HDFC', ...verified.data })).body,
  ).toMatchObject({ status: 461, data: { reason: 'Authentication Failed. Invalid Biometric data.' } });
  expect(
    (await kyc('biometric', user, { piddata: PID_BLOCK, bank_code: 'HDFC', ...verified.data })).body,
  ).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1605,
    message: 'Congratulations! eKYC successful',
    data: { user_code: user },
  });

  expect((await withdraw(user)).body).toMatchObject({
    status: 1464,
    data: { tid: '', reason: 'Please complete daily KYC to process the transaction.' },
  });
  expect((await kyc('biometric/daily', user, { piddata: BAD_PID, bank_code: 'HDFC' })).body).toMatchObject({
    status: 1714,
    data: { reason: 'Authentication Failed. Invalid Biometric data.' },
  });
  expect((await kyc('biometric/daily', user, { piddata: PID_BLOCK, bank_code: 'XXXX' })).body).toMatchObject({
    status: 1714,
    data: { reason: '' },
  });
  expect((await kyc('biometric/daily', user, { piddata: PID_BLOCK, bank_code: 'HDFC' })).body).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1713,
    message: 'KYC sucess',
    data: { user_code: user },
  });
  expect((await withdraw(user)).body.response_type_id).toBe(1463);

  const shiftMs = 86_400_000;
  await t.client.control('POST', '/settings', { clock_shift_ms: shiftMs });
  const tomorrow = await withdraw(user, {}, newMobile(), shiftMs);
  await t.client.control('POST', '/settings', { clock_shift_ms: 0 });
  expect(tomorrow.body).toMatchObject({
    status: 1464,
    data: { reason: 'Please complete daily KYC to process the transaction.' },
  });
});

it('lists shop types and states beside the data', async () => {
  expect((await t.client.call('GET', '/user/collection/aeps-fingpay/get-Mcc-Category')).body).toMatchObject({
    status: 0,
    response_type_id: 2110,
    param_attributes: { list_elements: expect.arrayContaining([expect.objectContaining({ value: 4215 })]) },
  });
  expect((await t.client.call('GET', '/user/collection/aeps-fingpay/get-states')).body).toMatchObject({
    status: 0,
    response_type_id: 2127,
    param_attributes: {
      list_elements: expect.arrayContaining([{ stateCode: 'SK', label: 'Sikkim', value: 23 }]),
    },
  });
});

describe('a withdrawal', () => {
  let user: string;
  beforeAll(async () => {
    user = await newAgent('ready');
  });

  it('is success: the agent is owed the amount and the commission less TDS, the float is not touched', async () => {
    const before = await summaryOf(t.client);
    const { body } = await withdraw(user);
    const time = expect.stringMatching(/^\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(body).toEqual({
      status: 0,
      response_status_id: 0,
      response_type_id: 1463,
      message: 'Transaction Successful',
      data: {
        tx_status: '0',
        tds: '0.24',
        shop: `Shop ${user}`,
        sender_name: 'Test Customer',
        tid: expect.stringMatching(/^\d{10}$/),
        bank: 'HDFC Bank',
        balance: '3011.76',
        user_code: user,
        merchantname: `Shop ${user}`,
        aadhar: 'XXXX XXXX 0000',
        customer_balance: expect.stringMatching(/^\d+\.\d\d$/),
        transaction_time: time,
        commission: '12.00',
        bank_ref_num: expect.stringMatching(/^\d{12}$/),
        transaction_date: time,
        amount: '3000.00',
        comment: 'Request Completed',
      },
    });
    const after = await summaryOf(t.client);
    expect([
      after.balance_paise,
      Number(after.aeps_receivable_paise) - Number(before.aeps_receivable_paise),
    ]).toEqual([before.balance_paise, 301_176]);
  });

  it('is pending with response_status_id 2', async () => {
    const { body } = await withdraw(user, {}, newMobile('2222'));
    expect(body).toMatchObject({
      status: 0,
      response_status_id: 2,
      response_type_id: 1465,
      message: 'Transaction Pending',
      data: {
        tx_status: '2',
        reason: 'Transaction Pending',
        tid: expect.stringMatching(/^\d{10}$/),
        bank_ref_num: '',
        customer_balance: '',
      },
    });
  });

  it.each([
    ['an unknown bank', { bank_code: 'XXXX' }, 'Transaction Not Completed'],
    ['a bad capture', { piddata: BAD_PID }, 'Authentication Failed. Invalid Biometric data.'],
    [
      'a capture of another finger type',
      { piddata: PID_BLOCK.replace("fType='2'", "fType='0'") },
      'Authentication Failed. Invalid Biometric data.',
    ],
    [
      'a finger of type 2 for a bank that takes 0 only',
      { bank_code: 'PSIB' },
      'Authentication Failed. Invalid Biometric data.',
    ],
    [
      'a capture of less than 35 points',
      { piddata: PID_BLOCK.replace("nmPoints='52'", "nmPoints='34'") },
      'Authentication Failed. Invalid Biometric data.',
    ],
    [
      'a capture that failed',
      { piddata: PID_BLOCK.replace("errCode='0'", "errCode='730'") },
      'Authentication Failed. Invalid Biometric data.',
    ],
    ['more than ₹10,000', { amount: 10_000.01 }, 'Amount exceeds the limit of a transaction'],
  ])('with %s is not completed: every key, no tid, nothing booked', async (_what, fields, reason) => {
    const ref = newReference();
    const { body } = await withdraw(user, { ...fields, client_ref_id: ref });
    expect(body).toMatchObject({
      status: 1464,
      response_status_id: 1,
      response_type_id: 1464,
      message: 'Transaction Fail',
      data: { tx_status: '', tid: '', reason, comment: reason, terminal_id: '' },
    });
    expect((await t.client.control('GET', `/book/transactions?client_ref_ids=${ref}`)).body.items).toEqual(
      [],
    );
  });

  it.each([
    [{ aadhar: 'planted' }, 97],
    [{ aadhar: '' }, 97],
    [{ piddata: '' }, 97],
    [{ piddata: 'planted' }, 461],
    [{ latlong: 'here' }, 461],
    [{ bank_code: 'h' }, 461],
    [{ amount: 0 }, 461],
    [{ user_code: '1' }, 461],
    [{ user_code: '99999999' }, 463],
  ])('with %j is refused with %d', async (fields, status) => {
    const { body, text } = await withdraw(user, fields);
    expect(body).toMatchObject({ status, response_type_id: -1 });
    expect(text).not.toContain('planted');
  });

  it('takes a client_ref_id once, and does without one', async () => {
    const ref = newReference();
    expect((await withdraw(user, { client_ref_id: ref })).body.status).toBe(0);
    expect((await withdraw(user, { client_ref_id: ref })).body).toMatchObject({
      status: 461,
      invalid_params: { client_ref_id: expect.any(String) },
    });
    expect((await withdraw(user, { client_ref_id: undefined })).body.status).toBe(0);
  });
});

it('a balance and a mini statement move nothing but the commission', async () => {
  const user = await newAgent('ready');
  const mobile = newMobile();
  const look = (path: string) =>
    t.client.call('POST', `/customer/collection/aeps-fingpay/${path}/${mobile}`, {
      user_code: user,
      ...VISIT,
    });
  const balance = (await look('balance-enquiry')).body;
  expect(balance).toMatchObject({
    status: 0,
    response_type_id: 1466,
    data: {
      amount: '0.00',
      aadhar: 'XXXX XXXX 0000',
      comment: 'Request Completed',
      customer_balance: expect.stringMatching(/^\d+\.\d\d$/),
    },
  });
  const statement = (await look('mini-statement')).body;
  expect(statement).toMatchObject({
    status: 0,
    response_type_id: 1527,
    data: { commission: '0.75', customer_balance: balance.data.customer_balance },
  });
  expect(statement.data.mini_statement_list).toHaveLength(3);
  for (const line of statement.data.mini_statement_list as Json[])
    expect(line).toEqual({
      date: expect.stringMatching(/^\d\d\/\d\d$/),
      amount: expect.stringMatching(/^\d+\.\d\d$/),
      narration: expect.any(String),
      txnType: expect.stringMatching(/^[CD]r$/),
    });
  expect(
    (await t.client.call('GET', '/user/payment/aeps/settlement/accounts', { user_code: user })).body.data
      .unsettled_fund,
  ).toBe('0.73'); // 0.75 − 2 %, rounded half up
});

it('settles what is owed to one of three accounts', async () => {
  const user = await newAgent('ready');
  await withdraw(user, { amount: 3_000 });
  await withdraw(user, { amount: 3_000 });
  const add = (account: string) =>
    t.client.call('POST', '/user/payment/aeps/settlement/account', {
      user_code: user,
      bank_id: 2,
      ifsc: 'HDFC0000053',
      service_code: 39,
      account,
    });
  expect((await add('501001335')).body).toMatchObject({
    status: 1335,
    data: { sender_name: `Shop ${user}` },
  });
  expect((await add('501001334')).body).toEqual({
    status: 1334,
    response_status_id: 1,
    response_type_id: 1334,
    message: 'Account verification fail name not returned by bank',
  });
  const first = (await add('5010000001')).body;
  expect(first).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1336,
    message: 'Account added',
    data: { recipient_id: expect.any(Number) },
  });
  expect((await add('5010000001')).body.data.recipient_id).toBe(first.data.recipient_id);
  await add('5010000002');
  await add('5010000003');
  expect((await add('5010000004')).body).toMatchObject({ status: 461 });
  const list = (await t.client.call('GET', '/user/payment/aeps/settlement/accounts', { user_code: user }))
    .body;
  expect(list).toMatchObject({
    status: 0,
    response_status_id: -1,
    response_type_id: 1321,
    data: { unsettled_fund: '6023.52', remaining_limit: '200000' },
  });
  expect(list.data.fund_transfer_list).toHaveLength(3);
  const settle = (amount: number, fields: Json = {}) =>
    t.client.call('POST', '/user/payment/aeps/settlement', {
      user_code: user,
      amount,
      recipient_id: first.data.recipient_id,
      payment_mode: 5,
      client_ref_id: newReference(),
      ...fields,
    });
  expect((await settle(5_000)).body).toEqual({
    status: 0,
    response_status_id: 0,
    response_type_id: 1477,
    message: 'Transaction processed successfully',
    data: {
      tx_status: '0',
      amount: '5000.00',
      txstatus_desc: 'Success',
      fee: '5.90',
      gst: '0.90',
      sender_name: `Shop ${user}`,
      tid: expect.any(String),
      client_ref_id: expect.any(String),
      balance: '1017.62',
      user_code: user,
      totalfee: '5.90',
      recipient_name: `Shop ${user}`,
      ifsc: 'HDFC0000053',
      bank_ref_num: expect.any(String),
      account: '5010000001',
      timestamp: expect.any(String),
    },
  });
  expect((await settle(1_012)).body).toEqual({
    status: 347,
    response_status_id: 1,
    response_type_id: 347,
    message: 'Insufficient balance.',
    data: {},
  });
  for (const [amount, fields] of [
    [200_001, {}],
    [100, { payment_mode: 7 }],
    [100, { recipient_id: 1 }],
  ] as const)
    expect((await settle(amount, fields)).body.status).toBe(461);
});
