/**
 * The sandbox answers like BillPay (COU v2). The client checks every answer against the published contract.
 */
import {
  AGENT,
  billsOf,
  ELECTRICITY,
  fetchBody,
  fetched,
  paymentBody,
  paymentStatus,
  payBill,
  startTestSetu,
  type Body,
  type TestSetu,
} from '../../support/setu';
import { until } from '../../support/until';

const FETCH = '/api/v2/bbps/bills/fetch/request';
const PAY = '/api/v2/bbps/bills/payment/request';
const COMPLAIN = '/api/v2/bbps/bills/complaint/request';

let t: TestSetu;
let skewMs = 0;

beforeAll(async () => {
  t = await startTestSetu({ nowMs: () => Date.now() + skewMs });
});
afterAll(async () => {
  await t.close();
});

const get = (path: string) => t.client.billpay('GET', `/api/v2/bbps/${path}`);
const fetchIt = (body: Body) => t.client.billpay('POST', FETCH, body);
const pay = (body: Body) => t.client.billpay('POST', PAY, body);
const code = (answer: { status: number; body: Body }) => [
  answer.status,
  (answer.body.error as Body | undefined)?.code,
];
const settled = (refId: unknown) =>
  until(
    () => paymentStatus(t.client, refId),
    (data) => data.status !== 'Processing',
  );
const balance = async () =>
  Number((await t.client.control('GET', '/billpay/book/summary')).body.balance_paise);

describe('tokens', () => {
  it('are given for the right credentials, and counted', async () => {
    const before = (await t.client.control('GET', '/billpay/tokens')).body;
    expect((await t.client.login('billpay')).body).toMatchObject({
      expiresIn: 600,
      success: true,
      token: expect.stringMatching(/^[\w.-]{60,}$/),
    });
    expect(code(await t.client.login('billpay', { secret: 'another' }))).toEqual([
      400,
      'invalid-credentials',
    ]);
    expect(code(await t.client.login('billpay', { clientID: 7 }))).toEqual([400, 'invalid-credentials']);
    const after = (await t.client.control('GET', '/billpay/tokens')).body;
    expect(Number(after.requested) - Number(before.requested)).toBe(3);
    expect(Number(after.refused) - Number(before.refused)).toBe(2);
  });

  it('are refused when they are missing, unknown, expired by order or by age', async () => {
    for (const authorization of ['', 'Bearer nonsense', 'Basic abc'])
      expect(
        (await t.client.billpay('GET', '/api/v2/bbps/categories', undefined, { headers: { authorization } }))
          .status,
      ).toBe(401);
    await t.client.login('billpay');
    expect((await get('categories')).status).toBe(200);
    expect((await t.client.control('POST', '/billpay/tokens/expire')).body.expired).toBeGreaterThan(0);
    expect((await get('categories')).status).toBe(401);
    await t.client.control('POST', '/settings', { token_life_ms: 5_000 });
    expect((await t.client.login('billpay')).body.expiresIn).toBe(5);
    expect((await get('categories')).status).toBe(200);
    skewMs += 5_001;
    expect((await get('categories')).status).toBe(401);
    await t.client.control('POST', '/settings', { token_life_ms: 600_000 });
    await t.client.login('billpay');
  });

  it('need the partner id beside them', async () => {
    expect(
      (
        await t.client.billpay('GET', '/api/v2/bbps/categories', undefined, {
          headers: { 'x-partner-id': '1' },
        })
      ).status,
    ).toBe(400);
  });
});

describe('lists', () => {
  it('has categories with their counts', async () => {
    const { body } = await get('categories');
    const { body: all } = await get('billers');
    const categories = body.data.categories as { name: string; billerCount: number }[];
    expect(categories.reduce((sum, c) => sum + c.billerCount, 0)).toBe(all.data.total);
    expect(categories).toContainEqual({ name: 'Electricity', billerCount: 2 });
  });

  it('pages billers: whoever follows the pages sees each once', async () => {
    const ids: unknown[] = [];
    for (let query = 'limit=5'; ;) {
      const { body } = await get(`billers?${query}`);
      ids.push(...(body.data.billers as Body[]).map((b) => b.id));
      if (body.data.nextPage === undefined) break;
      query = (body.data.nextPage as string).split('?')[1]!;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(((await get('billers')).body.data.billers as Body[]).map((b) => b.id));
  });

  it('filters, and refuses what is not in its lists', async () => {
    const only = async (query: string) =>
      ((await get(`billers?${query}`)).body.data.billers as Body[]).map((b) => b.id);
    expect(await only('categoryName=DTH&categoryName=Fastag')).toEqual(['PATH00000NAT05', 'TARA00000NAT04']);
    expect(await only(`ids=${ELECTRICITY}`)).toEqual([ELECTRICITY]);
    expect(await only('paymentMode=Cash&search=ratna')).toEqual([]);
    expect(await only('updatedSince=2025-01-01T00:00:00%2B05:30')).toEqual([]);
    expect(await only(`updatedSince=2020-01-01T00:00:00Z&ids=${ELECTRICITY}`)).toEqual([ELECTRICITY]);
    expect(code(await get('billers?categoryName=Nothing'))).toEqual([400, 'invalid-category-param']);
    for (const limit of ['0', '251', 'x'])
      expect(code(await get(`billers?limit=${limit}`))).toEqual([400, 'invalid-limit']);
    expect(code(await get('billers/plans'))).toEqual([400, 'validation-error']);
    expect((await get('billers/plans?billerIds=MOBI00000NAT09&limit=3')).body.data).toMatchObject({
      total: 4,
      nextPage: expect.stringContaining('after=MOBI00000NAT09.3'),
    });
  });

  it('says that it is well without a token', async () => {
    const answer = await t.client.billpay('GET', '/api/v2/health', undefined, {
      headers: { authorization: '' },
    });
    expect(answer.status).toBe(200);
  });
});

describe('fetching', () => {
  it('is processed first, then has the same bill for the same customer', async () => {
    await t.client.control('DELETE', '/billpay/scenarios');
    const { slowMs } = t.sandbox.settings;
    t.sandbox.settings.slowMs = 60_000; // the fetch must not end before its first answer is read
    const request = await fetchIt(fetchBody('0200'));
    expect(
      (
        await t.client.billpay('POST', '/api/v2/bbps/bills/fetch/response', {
          refId: request.body.data.refId,
        })
      ).body.data.status,
    ).toBe('Processing');
    t.sandbox.settings.slowMs = slowMs;
    const one = await fetched(t.client, fetchBody('0000'));
    const two = await fetched(t.client, fetchBody('0000'));
    expect(one).toMatchObject({ status: 'Success', exactness: 'Exact', billerResponseType: 'SINGLE' });
    expect(two.bills).toEqual(one.bills);
    expect(two.refId).not.toBe(one.refId);
    expect(billsOf(one)[0]!.amount).toBeGreaterThanOrEqual(10_000);
  });

  it('fails where the ending says so', async () => {
    expect(await fetched(t.client, fetchBody('0404'))).toMatchObject({
      status: 'Failure',
      failureReason: { code: 'ERR004', message: 'customer not found' },
    });
  });

  it.each<[string, Body, string]>([
    [
      'a number that breaks the expression',
      fetchBody('', ELECTRICITY, [{ name: 'Consumer Number', value: '12345678901x' }]),
      'invalid-customer-param',
    ],
    [
      'a number that is too short',
      fetchBody('', ELECTRICITY, [{ name: 'Consumer Number', value: '123' }]),
      'invalid-customer-param',
    ],
    [
      'another name',
      fetchBody('', ELECTRICITY, [{ name: 'Number', value: '123456789012' }]),
      'invalid-customer-param',
    ],
    ['no parameter', fetchBody('', ELECTRICITY, []), 'invalid-customer-param'],
    [
      'a parameter outside its choices',
      fetchBody('', 'KAVE00000KAR02', [
        { name: 'Account ID', value: '1234567890' },
        { name: 'Subdivision', value: 'UPPER' },
      ]),
      'invalid-customer-param',
    ],
    ['a biller that is not there', fetchBody('0000', 'NONE00000NAT99'), 'invalid-biller-id'],
    ['a biller that was deactivated', fetchBody('0000', 'DEAC00000NAT12'), 'invalid-biller-id'],
    [
      'a biller that is paid without a fetch',
      fetchBody('', 'TARA00000NAT04', [{ name: 'Subscriber ID', value: '3001234567' }]),
      'invalid-biller-type',
    ],
    ['an unknown channel', { ...fetchBody(), agent: { ...AGENT, channel: 'WEB' } }, 'invalid-agent'],
    ['no agent', { ...fetchBody(), agent: undefined }, 'validation-error'],
  ])('refuses %s', async (_name, body, expected) => {
    expect(code(await fetchIt(body))).toEqual([400, expected]);
  });

  it.each([
    ['AGT', ['terminalId', 'mobile', 'geocode', 'postalCode']],
    ['BSC', ['terminalId', 'mobile', 'geocode', 'postalCode']],
    ['INT', ['ip', 'mac']],
    ['INTB', ['ip', 'mac']],
    ['MOB', ['ip', 'imei', 'os', 'app']],
    ['MOBB', ['ip', 'imei', 'os', 'app']],
    ['BNKBRNCH', ['ifsc', 'mobile', 'geocode', 'postalCode']],
    ['KIOSK', ['terminalId']],
    ['ATM', ['terminalId']],
    ['POS', []],
  ])('asks of the channel %s what the contract asks', async (channel, fields) => {
    const full: Record<string, string> = {
      terminalId: '6000011234',
      mobile: '9481773011',
      geocode: '19.0139,72.8254',
      postalCode: '600001',
      ip: '124.170.23.24',
      mac: '48-4D-7E-CB-DB-6F',
      imei: '123456789012345',
      os: 'Android',
      app: 'SmartPay',
      ifsc: 'ICIC0000152',
    };
    const agent: Record<string, string> = {
      id: AGENT.id,
      channel,
      ...Object.fromEntries(fields.map((field) => [field, full[field]!])),
    };
    expect((await fetchIt({ ...fetchBody(), agent })).status).toBe(200);
    for (const field of fields) {
      const { [field]: _left, ...without } = agent;
      expect(code(await fetchIt({ ...fetchBody(), agent: without }))).toEqual([400, 'invalid-agent']);
    }
  });

  it('answers at once to a value that would hold up a backtracking engine', async () => {
    const before = process.cpuUsage();
    expect(
      code(
        await fetchIt(
          fetchBody('', 'BACK00000NAT10', [{ name: 'Admission Number', value: `${'a'.repeat(38)}!` }]),
        ),
      ),
    ).toEqual([400, 'invalid-customer-param']);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
    expect(
      await fetched(
        t.client,
        fetchBody('', 'BACK00000NAT10', [{ name: 'Admission Number', value: 'school0000' }]),
      ),
    ).toMatchObject({ status: 'Success' });
  });
});

describe('disputes', () => {
  const complain = (transactionId: unknown, disputeType: string) =>
    t.client.billpay('POST', COMPLAIN, { transactionId, disputeType, description: 'Test complaint' });
  const dispute = async (refId: unknown) =>
    (await t.client.billpay('POST', '/api/v2/bbps/bills/complaint/response', { refId })).body.data;
  const paid = async () => settled((await payBill(t.client, '0000')).answer.body.data.refId);

  it('cools off for a day, except where it need not', async () => {
    const { transactionId } = await paid();
    expect(code(await complain(transactionId, 'service-not-received'))).toEqual([400, 'validation-error']);
    const fastag = await fetched(
      t.client,
      fetchBody('', 'PATH00000NAT05', [{ name: 'Vehicle Registration Number', value: 'MH12AB0000' }]),
    );
    const toll = await settled((await pay(paymentBody(fastag.refId, 50_000))).body.data.refId);
    expect((await complain(toll.transactionId, 'service-not-received')).status).toBe(200);
    skewMs += 24 * 60 * 60 * 1_000;
    await t.client.login('billpay');
    expect((await complain(transactionId, 'service-not-received')).status).toBe(200);
  });

  it.each<[string, string, string, string[]]>([
    ['service-not-received', 'D11', 'DISPUTE', ['RESOLVED']],
    ['service-disconnected', 'D12', 'DISPUTE', ['RESOLVED']],
    ['late-payment-surcharge', 'D13', 'DISPUTE', ['DEFAULT_RESOLVED']],
    ['paid-to-wrong-account', 'D21', 'DISPUTE', ['REJECTED']],
    ['double-payment', 'D22', 'DISPUTE', ['PENDING_REFUND', 'REFUNDED']],
    ['wrong-amount', 'D23', 'DISPUTE', ['PENDING_REFUND', 'REFUNDED']],
    ['payment-info-delay', 'D31', 'COMPLAINT', ['RESOLVED']],
    ['account-not-updated', 'D32', 'COMPLAINT', ['RESOLVED']],
  ])('%s is %s, a %s that goes %j', async (type, disposition, ticketType, path) => {
    await t.client.control('POST', '/settings', { cool_off_ms: 0 });
    const payment = await paid();
    const fiveDaysOn = new Date(Date.now() + skewMs + 5 * 86_400_000 + 19_800_000).toISOString().slice(0, 10); // in India
    const before = await balance();
    const { refId } = (await complain(payment.transactionId, type)).body.data;
    expect(await dispute(refId)).toMatchObject({
      status: 'ASSIGNED',
      disposition,
      ticketType,
      disputeId: expect.stringMatching(/^TKT/),
      ticketTAT: ticketType === 'DISPUTE' ? fiveDaysOn : null,
    });
    expect(code(await complain('AX01UNKNOWN', type))).toEqual([400, 'txn-not-found']);
    await until(
      () => dispute(refId),
      (data) => data.status === path.at(-1),
    );
    const callbacks = await until(
      () => t.receiver.received.filter((r) => r.body.data.refId === refId),
      (all) => all.length === path.length + 1,
    );
    expect(callbacks.map((r) => r.body.data.status)).toEqual(['ASSIGNED', ...path]);
    expect(
      callbacks.every((r) => r.path === '/billpay/bills/dispute/response' && r.body.event === 'BILL_DISPUTE'),
    ).toBe(true);
    const isRefunded = path.at(-1) === 'REFUNDED';
    expect(await paymentStatus(t.client, payment.refId)).toMatchObject({ status: 'Success' });
    const day = new Date(Date.now() + 19_800_000).toISOString().slice(0, 10);
    const { body: listed } = await get(
      `transactions?startDate=2020-01-01&endDate=${fiveDaysOn > day ? fiveDaysOn : day}&ids=NOSUCHID,${String(payment.refId)}`,
    );
    expect(listed.data.transactions).toEqual([
      expect.objectContaining({ refId: payment.refId, status: isRefunded ? 'Credit_Adjustment' : 'Success' }),
    ]);
    expect((await balance()) - before).toBe(isRefunded ? (payment.paymentDetails as Body).amount : 0);
  });

  it('fails beside one that is in progress, and may be raised again after it', async () => {
    await t.client.control('POST', '/settings', { cool_off_ms: 0 });
    const { slowMs } = t.sandbox.settings;
    t.sandbox.settings.slowMs = 60_000; // the first must not end before the second is raised
    const { transactionId } = await paid();
    const raise = async () => (await complain(transactionId, 'service-not-received')).body.data.refId;
    const first = await raise();
    expect(await dispute(await raise())).toMatchObject({
      status: 'FAILED',
      responseReason: 'One ticket already in progress',
    });
    t.sandbox.settings.slowMs = slowMs;
    await t.client.control('POST', '/disputes', { ref_id: first, status: 'FAILED' });
    expect(await dispute(first)).toMatchObject({ status: 'FAILED' });
    expect(await dispute(await raise())).toMatchObject({ responseReason: 'SUCCESS' });
  });

  it('may be decided by hand, and is listed', async () => {
    const payment = await paid();
    const { refId } = (await complain(payment.transactionId, 'others')).body.data;
    expect(
      (await t.client.control('POST', '/disputes', { ref_id: refId, status: 'DEFAULT_RESOLVED' })).body,
    ).toEqual({ ref_id: refId, status: 'DEFAULT_RESOLVED' });
    expect((await t.client.control('POST', '/disputes', { ref_id: refId, status: 'REJECTED' })).status).toBe(
      400,
    );
    const { body } = await get(
      `disputes?transactionIds=${String(payment.transactionId)}&expand=TRANSACTION&expand=BILLER`,
    );
    expect(body.data.disputes).toEqual([
      expect.objectContaining({
        refId,
        complaintStatus: 'DEFAULT_RESOLVED',
        paymentRefID: (payment.paymentDetails as Body).paymentRefId,
        transaction: expect.objectContaining({ status: 'Success' }),
      }),
    ]);
    for (const type of ['something', 'constructor', '__proto__'])
      expect(code(await complain(payment.transactionId, type))).toEqual([400, 'validation-error']);
    for (const text of [
      payment.refId,
      `paymentRefId ${(payment.paymentDetails as { paymentRefId: string }).paymentRefId}`,
    ])
      expect(code(await complain(text, 'others'))).toEqual([400, 'txn-not-found']);
    expect(
      code(
        await t.client.billpay('POST', '/api/v2/bbps/bills/payment/response', {
          refId: payment.transactionId,
        }),
      ),
    ).toEqual([400, 'invalid-ref-id']);
  });
});

describe('transactions', () => {
  it('are listed by the time that the partner gave, and a failure is called an error there', async () => {
    const { request, answer } = await payBill(t.client, '1111', {
      more: { timestamp: '2020-02-29T23:59:59+05:30' },
    });
    await settled(answer.body.data.refId);
    const list = async (query: string) =>
      (await get(`transactions?${query}`)).body.data.transactions as Body[];
    expect(await list('startDate=2020-02-29&endDate=2020-02-29&expand=BILLER')).toEqual([
      expect.objectContaining({
        paymentRefId: request.paymentDetails.paymentRefId,
        status: 'Error',
        timestamp: '2020-02-29T23:59:59+05:30',
      }),
    ]);
    expect(await list('startDate=2020-02-01&endDate=2020-02-28')).toEqual([]);
    expect(
      await list(
        `startDate=2020-02-01&endDate=2020-03-01&ids=${String(request.paymentDetails.paymentRefId)}&status=Error`,
      ),
    ).toHaveLength(1);
    expect(await list('startDate=2026-11-24&endDate=2026-11-24&limit=2')).toHaveLength(2);
    for (const query of [
      '',
      'startDate=2020-02-30&endDate=2020-03-01',
      'startDate=2020-03-02&endDate=2020-03-01',
    ])
      expect(code(await get(`transactions?${query}`))).toEqual([400, 'validation-error']);
  });
});

it('was checked in every operation that this sandbox serves', () => {
  expect(t.client.contracts.billpay.seen()).toEqual([
    'GET /api/v2/bbps/billers',
    'GET /api/v2/bbps/billers/plans',
    'GET /api/v2/bbps/categories',
    'GET /api/v2/bbps/disputes',
    'GET /api/v2/bbps/transactions',
    'GET /api/v2/health',
    'POST /api/v2/auth/token',
    'POST /api/v2/bbps/bills/complaint/request',
    'POST /api/v2/bbps/bills/complaint/response',
    'POST /api/v2/bbps/bills/fetch/request',
    'POST /api/v2/bbps/bills/fetch/response',
    'POST /api/v2/bbps/bills/payment/request',
    'POST /api/v2/bbps/bills/payment/response',
  ]);
});
