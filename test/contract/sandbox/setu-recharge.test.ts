/**
 * The sandbox answers like the prepaid recharge service. The client checks every answer against the published
 * contract.
 */
import {
  newReference,
  rechargeBody,
  referenceOf,
  startTestSetu,
  type Body,
  type TestSetu,
} from '../../support/setu';
import { until } from '../../support/until';

/** Times of the webhooks: India's, in seconds, with the offset (Setu's page of April 2026; `Z` before). */
const IN_INDIA = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30$/;

let t: TestSetu;

beforeAll(async () => {
  t = await startTestSetu({ openingPaise: 10_000_000n });
});
afterAll(async () => {
  await t.close();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  t.client.recharge('POST', path, body, { headers });
const error = (answer: { status: number; body: Body }) => {
  const { code, failureReason } = (answer.body.error ?? {}) as Body;
  return [answer.status, code, failureReason];
};
const balance = async () =>
  Number((await t.client.control('GET', '/recharge/book/summary')).body.balance_paise);
const status = async (paymentRefId: string) => (await post('/recharge/status', { paymentRefId })).body.data;

describe('logging in', () => {
  it('gives a token for the right credentials', async () => {
    expect((await t.client.login('recharge')).body).toEqual({
      access_token: expect.any(String),
      refresh_token: '',
    });
    for (const wrong of [{ Secret: 'another' }, { ClientID: 'another' }, { grant_type: 'password' }]) {
      expect(await t.client.login('recharge', wrong)).toMatchObject({
        status: 401,
        body: { status: 401, message: 'You are not authenticated to perform the requested action.' },
      });
    }
  });

  it('does not let a token in that is expired or of the other product', async () => {
    await t.client.login('recharge');
    await t.client.control('POST', '/recharge/tokens/expire');
    expect((await t.client.recharge('GET', '/wallet/balance')).status).toBe(401);
    const { body } = await t.client.login('billpay');
    expect(
      (
        await t.client.recharge('GET', '/wallet/balance', undefined, {
          headers: { authorization: `Bearer ${String(body.token)}` },
        })
      ).status,
    ).toBe(401);
    expect((await t.client.control('GET', '/recharge/tokens')).body).toMatchObject({
      calls_refused: expect.any(Number),
      live: 0,
    });
    await t.client.login('recharge');
  });

  it.each<[string, number]>([
    ['/fetch-operator-details', 400],
    ['/fetch-plans', 400],
    ['/recharge/validate', 422],
    ['/recharge/request', 500],
    ['/recharge/status', 422],
    ['/wallet/balance', 422],
  ])('answers a wrong product instance at %s with %i and ERR009', async (path, expected) => {
    const answer = await t.client.recharge(
      path === '/wallet/balance' ? 'GET' : 'POST',
      path,
      path === '/wallet/balance' ? undefined : rechargeBody('0000'),
      { headers: { 'x-product-instance-id': 'another' } },
    );
    expect(error(answer)).toEqual([expected, 'ERR009', 'invalid-instance-id']);
    expect(answer.body.error.message).toBe('Invalid Product Instance ID: another');
  });
});

describe('fetching', () => {
  const operatorOf = (value: string) =>
    post('/fetch-operator-details', {
      customer: { mobile: '7066573353', billParameters: [{ name: 'Mobile Number', value }] },
    });

  it('knows operator and circle of a number, the same each time', async () => {
    const one = await operatorOf('7066573353');
    expect(one.body.data).toMatchObject({
      mobile_number: '7066573353',
      current_operator: expect.stringMatching(/^(jio|airtel|vi|bsnl|mtnl)$/),
    });
    expect((await operatorOf('7066573353')).body.data).toEqual(one.body.data);
    const many = await Promise.all(Array.from({ length: 60 }, (_, i) => operatorOf(`70665733${10 + i}`)));
    expect(new Set(many.map((a) => a.body.data.current_operator)).size).toBe(5);
    for (const {
      body: { data },
    } of many)
      expect(data.previous_operator === 'None').toBe(data.ported === false);
  });

  it('has plans in paise', async () => {
    const { body } = await post('/fetch-plans', rechargeBody('0000', {}, { Operator: 'jio' }));
    expect(body.data).toContainEqual({
      amount: 1_000,
      plan_name: 'Talktime (top up voucher)',
      plan_description: 'Talktime : Rs 7.47',
      talktime: '7.47',
      validity: 'NA',
      service_provider: 'Jio Prepaid',
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a short number', { 'Mobile Number': '706657335' }, 'Mobile number should be 10 digit'],
    ['letters', { 'Mobile Number': '70665733ab' }, 'Mobile number should be numeric'],
    ['an unknown operator', { Operator: 'viax' }, 'Invalid operator name viax'],
    ['an unknown circle', { Location: 'Atlantis' }, 'Invalid location name Atlantis'],
  ])('refuses %s with ERR007', async (_name, parameters, message) => {
    const answer = await post('/fetch-plans', rechargeBody('0000', {}, parameters));
    expect(error(answer)).toEqual([400, 'ERR007', 'invalid-params']);
    expect(answer.body.error.message).toBe(message);
  });
});

describe('validating', () => {
  const validate = (amount: unknown, parameters: Record<string, string> = {}) =>
    post('/recharge/validate', { ...rechargeBody('0000', {}, parameters), paymentDetails: { amount } });

  it('says in the data whether the operator takes the amount', async () => {
    expect((await validate(2_200)).body.data).toMatchObject({
      status: 'Validation Successful',
      error: null,
      amount: 2_200,
      details: { provider: 'Airtel' },
    });
    expect((await validate(150)).body.data).toMatchObject({
      status: 'Validation Failed',
      error: { code: '2', message: 'Invalid Amount.' },
    });
    expect((await validate(0)).body.data).toMatchObject({
      status: 'Validation Failed',
      error: { code: '4', message: 'Amount Less Or Equalto Zero' },
    });
    expect((await validate(2_200, { Operator: 'jio' })).body.data).toMatchObject({
      status: 'Validation Failed',
    });
    expect((await validate(29_900, { Operator: 'jio' })).body.data).toMatchObject({
      status: 'Validation Successful',
    });
  });

  it('tells missing from wrong', async () => {
    expect(error(await validate(2_200, { Operator: 'viax' }))).toEqual([
      422,
      'ERR011',
      'input-params-invalid',
    ]);
    const answer = await post('/recharge/validate', {
      customer: { mobile: '7066573353', billParameters: [{ name: 'Operator', value: 'jio' }] },
      paymentDetails: { amount: 1_100 },
    });
    expect(error(answer)).toEqual([400, 'ERR011', 'input-params-missing']);
    expect(answer.body.error.message).toBe("Missing required parameters: ['Mobile Number', 'Location']");
  });
});

describe('recharging', () => {
  it('takes the amount, answers with the end, and tells it in rupees', async () => {
    const before = await balance();
    const body = rechargeBody('0000');
    const answer = await post('/recharge/request', body);
    expect(answer.body.data).toEqual({
      error: null,
      amount: 19_900,
      status: 'Successful',
      transactionRefId: expect.stringMatching(/^[A-Z]{7}\d{8}$/),
      operatorRefId: expect.stringMatching(/^[A-Z0-9]{10}$/),
      details: {
        mobile_number: '7066570000',
        provider: 'airtel',
        service_type: 'M',
        is_postpaid: false,
        is_special: false,
      },
    });
    expect(before - (await balance())).toBe(19_900);
    expect(await status(referenceOf(body))).toEqual(answer.body.data);
    const { transactionRefId, operatorRefId } = answer.body.data;
    const [callback] = await until(
      () => t.receiver.received.filter((r) => r.body.transactionRefId === transactionRefId),
      (all) => all.length === 1,
    );
    expect(callback).toMatchObject({ path: '/recharge/payment/status' });
    expect(callback!.body).toEqual({
      transactionRefId,
      operatorRefId,
      trace_id: expect.any(String),
      status: 'Successful',
      amount: '199.00',
      mobile_number: '7066570000',
      provider: 'Airtel',
      timestamp: expect.stringMatching(IN_INDIA),
    });
  });

  it('is told of when it ends, with the time in India, and not before', async () => {
    const ids = await Promise.all(
      ['2222', '3333', '4444'].map(
        async (ending) => (await post('/recharge/request', rechargeBody(ending))).body.data.transactionRefId,
      ),
    );
    const toldOf = (id: unknown) => t.receiver.received.filter((r) => r.body.transactionRefId === id);
    const told = await until(
      () => ids.map(toldOf),
      ([done, failed, reversed]) => done!.length > 0 && failed!.length > 0 && reversed!.length > 1,
    );
    expect(told.map((of) => of.map((r) => `${r.path} ${String(r.body.status)}`))).toEqual([
      ['/recharge/payment/status Successful'],
      ['/recharge/payment/status Failure'],
      ['/recharge/payment/status Successful', '/recharge/payment/reversal REVERSED'],
    ]);
    for (const { body, atMs } of told.flat()) {
      expect(body.timestamp).toMatch(IN_INDIA);
      const lateMs = atMs - Date.parse(body.timestamp as string);
      expect(lateMs >= 0 && lateMs < 600_000).toBe(true);
    }
  });

  it('answers a reference that was used with 500 and ERR005, and takes nothing', async () => {
    const body = rechargeBody('0000');
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/recharge/request', body)));
    expect(answers.filter((a) => a.status === 200)).toHaveLength(1);
    const before = await balance();
    const again = await post(
      '/recharge/request',
      rechargeBody('1234', { paymentRefId: referenceOf(body), amount: 5_000 }),
    );
    expect(error(again)).toEqual([500, 'ERR005', 'duplicate-payment-ref-id']);
    expect(again.body.error.message).toBe(`Duplicate Payment Reference ID : ${referenceOf(body)}`);
    expect(await balance()).toBe(before);
    expect(
      (
        (await t.client.control('GET', `/recharge/book/payments?payment_ref_ids=${referenceOf(body)}`)).body
          .items as Body[]
      )[0],
    ).toMatchObject({ requests_seen: 9, net_debit_paise: 19_900, status: 'Successful' });
  });

  it('fails an amount that the operator does not take, and takes nothing', async () => {
    const before = await balance();
    const body = rechargeBody('0000', { amount: 12_345 }, { Operator: 'jio' });
    expect((await post('/recharge/request', body)).body.data).toMatchObject({
      status: 'Failure',
      error: { code: '2', message: 'Invalid Amount.' },
    });
    expect(await status(referenceOf(body))).toMatchObject({ status: 'Failure', error: 'Invalid Amount.' });
    expect(await balance()).toBe(before);
  });

  it.each<[string, Body, RegExp]>([
    [
      'a mode',
      rechargeBody('0000', { mode: 'Cash' }),
      /allowed payment modes : \['Internet Banking', 'UPI', 'Debit Card', 'Credit Card', 'Wallet'\]: paymentDetails\.mode/,
    ],
    [
      'a reference with a hyphen',
      rechargeBody('0000', { paymentRefId: 'TEST-1234' }),
      /should be alphanumeric/,
    ],
    ['a short reference', rechargeBody('0000', { paymentRefId: 'TEST1' }), /should be alphanumeric/],
    ['a long reference', rechargeBody('0000', { paymentRefId: 'T'.repeat(31) }), /should be alphanumeric/],
    ['an amount of nothing', rechargeBody('0000', { amount: 0 }), /amount/],
    ['an amount in rupees', rechargeBody('0000', { amount: 19.5 }), /amount/],
    ['no parameters of the payment', rechargeBody('0000', { paymentParams: undefined }), /paymentParams/],
    ['a time', rechargeBody('0000', { timestamp: 'today' }), /timestamp/],
    ['an operator', rechargeBody('0000', {}, { Operator: 'Airtel' }), /operator name/],
  ])('refuses %s with 422 and ERR011', async (_name, body, message) => {
    const answer = await post('/recharge/request', body);
    expect(error(answer)).toEqual([422, 'ERR011', 'input-params-invalid']);
    expect(answer.body.error.message).toMatch(message);
  });

  it('does not know a reference that was never sent', async () => {
    expect(error(await post('/recharge/status', { paymentRefId: newReference() }))).toEqual([
      422,
      'ERR003',
      'invalid-txn-ref-id',
    ]);
    expect(error(await post('/recharge/status', { paymentRefId: 'a-b-c-d' }))).toEqual([
      422,
      'ERR011',
      'input-params-invalid',
    ]);
    expect(error(await post('/recharge/status', {}))).toEqual([422, 'ERR011', 'input-params-invalid']);
  });
});

describe('the wallet', () => {
  it('shows its balance in rupees, where the environment has one', async () => {
    const { body } = await t.client.recharge('GET', '/wallet/balance');
    expect(body.data).toEqual({ balance: (await balance()) / 100, currency: 'INR' });
    await t.client.control('POST', '/settings', { wallet_balance_on: false });
    expect(error(await t.client.recharge('GET', '/wallet/balance'))).toEqual([
      422,
      'ERR012',
      'balance-api-unavailable-in-uat',
    ]);
    await t.client.control('POST', '/settings', { wallet_balance_on: true });
  });

  it('tells once when it falls below the threshold, and of money that comes in', async () => {
    const start = await balance();
    await t.client.control('POST', '/settings', { low_balance_paise: start - 10_000 });
    await post('/recharge/request', rechargeBody('0000'));
    await post('/recharge/request', rechargeBody('0000'));
    await t.client.control('POST', '/recharge/deposits', { amount_paise: 500_050, reference: 'TXN-9090' });
    const [low] = await until(
      () => t.receiver.received.filter((r) => r.path === '/recharge/wallet/low-balance'),
      (all) => all.length > 0,
    );
    expect(low!.body).toMatchObject({
      event: 'wallet.low_balance',
      timestamp: expect.stringMatching(IN_INDIA),
      balance: ((start - 19_900) / 100).toFixed(2),
    });
    const [topup] = await until(
      () => t.receiver.received.filter((r) => r.path === '/recharge/wallet/topup'),
      (all) => all.length > 0,
    );
    expect(topup!.body).toMatchObject({
      event: 'wallet.credit',
      transactionDate: expect.stringMatching(IN_INDIA),
      amount: '5000.50',
      referenceNumber: 'TXN-9090',
      currentBalance: ((start - 39_800 + 500_050) / 100).toFixed(2),
    });
    expect(t.receiver.received.filter((r) => r.path === '/recharge/wallet/low-balance')).toHaveLength(1);
  });

  it('fails what it does not hold, and takes nothing', async () => {
    await t.client.control('POST', '/settings', { low_balance_paise: 0 });
    for (let left = await balance(); left > 500_000; left = await balance())
      await post('/recharge/request', rechargeBody('0000', { amount: 500_000 }));
    const before = await balance();
    expect(before).toBeLessThan(500_000);
    expect(
      (await post('/recharge/request', rechargeBody('0000', { amount: before + 1 }))).body.data,
    ).toMatchObject({ status: 'Failure', error: { code: 'ERR001', message: 'Insufficient balance' } });
    expect(await balance()).toBe(before);
    expect(
      (await post('/recharge/request', rechargeBody('0000', { amount: before }))).body.data,
    ).toMatchObject({ status: 'Successful' });
    expect(await balance()).toBe(0);
  });
});

it('was checked in every operation of the contract', () => {
  expect(t.client.contracts.recharge.seen()).toEqual([
    'GET /wallet/balance',
    'POST /fetch-operator-details',
    'POST /fetch-plans',
    'POST /recharge/request',
    'POST /recharge/status',
    'POST /recharge/validate',
    'POST /v1/users/login',
  ]);
});
