/**
 * Bill payments are answered as BillPay (COU v2) answers them. The client checks every answer against the
 * contract.
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

let t: TestSetu;

beforeAll(async () => {
  t = await startTestSetu();
});
afterAll(async () => {
  await t.close();
});

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

describe('paying', () => {
  it('takes the amount, and ends with a reference of the network', async () => {
    const before = await balance();
    const { request, answer } = await payBill(t.client, '0000');
    const data = await settled(answer.body.data.refId);
    expect(data).toMatchObject({
      status: 'Success',
      transactionId: expect.stringMatching(/^AX01[0-9A-Z]{16}$/),
      billerId: ELECTRICITY,
      paymentDetails: request.paymentDetails,
    });
    expect(before - (await balance())).toBe(request.paymentDetails.amount);
    const callbacks = await until(
      () => t.receiver.received,
      (all) => all.some((r) => r.body.data.refId === data.refId),
    );
    const callback = callbacks.find((r) => r.body.data.refId === data.refId)!;
    expect(callback.path).toBe('/billpay/bills/payment/response');
    expect(callback.body).toMatchObject({
      event: 'BILL_PAY',
      traceId: expect.any(String),
      timeStamp: expect.stringMatching(/\+05:30$/),
      data,
    });
    expect(Object.keys(callback.headers).filter((name) => name.includes('signature'))).toEqual([]);
    expect(
      callbacks.some((r) => r.path === '/billpay/bills/fetch/response' && r.body.event === 'BILL_FETCH'),
    ).toBe(true);
  });

  it('answers 409 to a reference that was used, whatever else the request says, and takes nothing', async () => {
    const { request, answer } = await payBill(t.client, '0000');
    const before = await balance();
    const again = await pay(request);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      success: true,
      data: {
        refId: answer.body.data.refId,
        duplicate: { code: 'duplicate-ref-id', refId: answer.body.data.refId },
      },
    });
    expect((await pay({ paymentDetails: request.paymentDetails })).status).toBe(409);
    const many = await Promise.all(Array.from({ length: 8 }, () => pay(request)));
    expect(many.every((a) => a.status === 409)).toBe(true);
    expect(await balance()).toBe(before);
  });

  it('books one of many requests with the same reference at the same time', async () => {
    const data = await fetched(t.client, fetchBody('0000'));
    const request = paymentBody(data.refId, billsOf(data)[0]!.amount);
    const answers = await Promise.all(Array.from({ length: 8 }, () => pay(request)));
    expect(answers.filter((a) => a.status === 200)).toHaveLength(1);
    expect(new Set(answers.map((a) => a.body.data.refId)).size).toBe(1);
  });

  it.each<[string, number, boolean]>([
    ['exact', 0, true],
    ['more', 1, false],
    ['less', -1, false],
  ])('takes of an exact bill only the amount (%s)', async (_name, difference, isGood) => {
    const data = await fetched(t.client, fetchBody('0000'));
    expect(code(await pay(paymentBody(data.refId, billsOf(data)[0]!.amount + difference)))).toEqual(
      isGood ? [200, undefined] : [400, 'invalid-amount'],
    );
  });

  it.each<[string, string, { name: string; value: string }[], (amount: number) => [number, boolean][]]>([
    [
      'GODA00000GUJ11',
      'Exact and below',
      [{ name: 'Customer Number', value: '1234560000' }],
      (amount) => [
        [amount, true],
        [amount - 100, true],
        [amount + 1, false],
      ],
    ],
    [
      'PATH00000NAT05',
      'RANGE',
      [{ name: 'Vehicle Registration Number', value: 'MH12AB0000' }],
      () => [
        [10_000, true],
        [1_000_000, true],
        [9_900, false],
        [1_000_100, false],
        [10_050, false],
      ],
    ],
    [
      'RATN00000NAT13',
      'SELECTIVE',
      [
        { name: 'Last 4 digits of card', value: '0000' },
        { name: 'Registered Mobile Number', value: '9876543210' },
      ],
      (amount) => [
        [amount, true],
        [amount - 1, false],
      ],
    ],
  ])('holds the rule of %s (%s)', async (biller, _rule, params, cases) => {
    const data = await fetched(t.client, fetchBody('', biller, params));
    for (const [amount, isGood] of cases(billsOf(data)[0]!.amount))
      expect([amount, ...code(await pay(paymentBody(data.refId, amount)))]).toEqual([
        amount,
        ...(isGood ? [200, undefined] : [400, 'invalid-amount']),
      ]);
  });

  it('takes exactly one of the options of a selective bill, by name and amount', async () => {
    const data = await fetched(
      t.client,
      fetchBody('', 'RATN00000NAT13', [
        { name: 'Last 4 digits of card', value: '0000' },
        { name: 'Registered Mobile Number', value: '9876543211' },
      ]),
    );
    const options = (data.bills as { paymentOptions: { name: string; amount: number | null }[] }[])[0]!
      .paymentOptions;
    const half = options.find((o) => o.name === 'Previous Balance')!.amount!;
    const choose = (amount: number, ...chosen: Body[]) =>
      pay(paymentBody(data.refId, amount, { selectedPaymentOptions: chosen }));
    expect(
      code(
        await choose(half, { name: 'Previous Balance', amount: half }, { name: 'Minimum Due', amount: half }),
      ),
    ).toEqual([400, 'invalid-payment-request']);
    expect(code(await choose(half, { name: 'previous balance', amount: half }))).toEqual([
      400,
      'invalid-payment-request',
    ]);
    expect(code(await choose(half - 1, { name: 'Previous Balance', amount: half - 1 }))).toEqual([
      400,
      'invalid-amount',
    ]);
    expect(code(await choose(150, { name: 'Custom Amount', amount: 150 }))).toEqual([400, 'invalid-amount']);
    expect((await choose(300, { name: 'Custom Amount', amount: 300 })).status).toBe(200);
    const answer = await choose(half, { name: 'Previous Balance', amount: half });
    expect(await settled(answer.body.data.refId)).toMatchObject({
      status: 'Success',
      paymentDetails: { selectedPaymentOptions: [{ name: 'Previous Balance', amount: half }] },
    });
  });

  it('takes some bills of a list, each with its amount', async () => {
    const data = await fetched(
      t.client,
      fetchBody('', 'CHAL00000MAH08', [{ name: 'Vehicle Number', value: 'MH12AB0000' }]),
    );
    const [first, second, third] = billsOf(data).map(({ billNumber, amount }) => ({ billNumber, amount }));
    expect(data).toMatchObject({ billerResponseType: 'LIST', billerSelectionType: 'MULTIPLE' });
    const choose = (amount: number, ...bills: Body[]) => pay({ ...paymentBody(data.refId, amount), bills });
    expect(code(await choose(first!.amount))).toEqual([400, 'invalid-payment-request']);
    expect(code(await choose(first!.amount, { ...first, billNumber: 'X1' }))).toEqual([
      400,
      'invalid-payment-request',
    ]);
    expect(code(await choose(first!.amount * 2, first!, first!))).toEqual([400, 'invalid-payment-request']);
    expect(code(await choose(first!.amount, first!, second!))).toEqual([400, 'invalid-amount']);
    const answer = await choose(first!.amount + third!.amount, first!, third!);
    expect(await settled(answer.body.data.refId)).toMatchObject({ status: 'Success', bills: [first, third] });
  });

  it('pays a direct biller without a fetch, and no other', async () => {
    const direct = {
      agent: AGENT,
      biller: { id: 'TARA00000NAT04' },
      customer: { mobile: '9505987798', customerParams: [{ name: 'Subscriber ID', value: '3001230000' }] },
    };
    const answer = await pay({ ...direct, ...paymentBody(undefined, 25_000) });
    expect(await settled(answer.body.data.refId)).toMatchObject({
      status: 'Success',
      billerId: 'TARA00000NAT04',
    });
    expect((await pay({ ...direct, ...paymentBody(undefined, 36_000, { Id: '2' }) })).status).toBe(200);
    expect(code(await pay({ ...direct, ...paymentBody(undefined, 36_100, { Id: '2' }) }))).toEqual([
      400,
      'invalid-amount',
    ]);
    expect(code(await pay({ ...direct, customer: undefined, ...paymentBody(undefined, 25_000) }))).toEqual([
      400,
      'validation-error',
    ]);
    expect(code(await pay({ ...fetchBody(), ...paymentBody(undefined, 25_000) }))).toEqual([
      400,
      'direct-pay-not-allowed',
    ]);
  });

  it('wants a plan where the biller does', async () => {
    const data = await fetched(
      t.client,
      fetchBody('', 'MOBI00000NAT09', [{ name: 'Mobile Number', value: '9876540000' }]),
    );
    expect(data).toMatchObject({ bills: [], billerPlanResponse: { planInfo: expect.any(Array) } });
    await until(
      () =>
        t.receiver.received.some(
          (r) => r.path === '/billpay/bills/validate/response' && r.body.data.refId === data.refId,
        ),
      (hasArrived) => hasArrived,
    );
    expect(code(await pay(paymentBody(data.refId, 19_900)))).toEqual([400, 'invalid-payment-request']);
    expect(code(await pay(paymentBody(data.refId, 9_900, { Id: '4' })))).toEqual([
      400,
      'invalid-payment-request',
    ]);
    const answer = await pay(paymentBody(data.refId, 19_900, { Id: '2' }));
    expect(await settled(answer.body.data.refId)).toMatchObject({
      status: 'Success',
      paymentDetails: { Id: '2' },
    });
  });

  it('checks the convenience fee against its formula, and takes it with the amount', async () => {
    const data = await fetched(
      t.client,
      fetchBody('', 'VAAN00000NAT06', [{ name: 'Mobile Number', value: '9876540000' }]),
    );
    for (const fee of [{}, { custConvFee: 0 }, { custConvFee: 58 }, { custConvFee: 60 }])
      expect(code(await pay(paymentBody(data.refId, 20_000, fee)))).toEqual([400, 'invalid-params']);
    const before = await balance();
    const answer = await pay(paymentBody(data.refId, 20_000, { custConvFee: 59, COUcustConvFee: 590 }));
    expect(await settled(answer.body.data.refId)).toMatchObject({
      status: 'Success',
      paymentDetails: { amount: 20_000, custConvFee: 59, COUcustConvFee: 590 },
    });
    expect(before - (await balance())).toBe(20_059);
    const loan = await fetched(
      t.client,
      fetchBody('', 'NILA00000NAT03', [{ name: 'Loan Account Number', value: 'LOAN0000' }]),
    );
    const bill = billsOf(loan)[0]!.amount;
    const small = bill <= 200_000 ? [[bill, 118]] : [];
    for (const [amount, fee] of [...small, [1_000_000, 5_900], [1_000_001, 5_900], [1_000_001, 5_901]])
      expect([
        amount,
        fee,
        (await pay(paymentBody(loan.refId, amount!, { custConvFee: fee }))).status,
      ]).toEqual([amount, fee, 200]);
    expect(code(await pay(paymentBody(loan.refId, bill - 1, { custConvFee: 118 })))).toEqual([
      400,
      'invalid-amount',
    ]);
    const none = await fetched(t.client, fetchBody('0000'));
    expect(code(await pay(paymentBody(none.refId, billsOf(none)[0]!.amount, { custConvFee: 59 })))).toEqual([
      400,
      'invalid-params',
    ]);
  });

  it.each<[string, (refId: unknown, amount: number) => Body, string]>([
    ['an unknown fetch', (_ref, amount) => paymentBody('NOTHING', amount), 'invalid-ref-id'],
    [
      'an unknown mode',
      (ref, amount) => paymentBody(ref, amount, { mode: 'Cheque' }),
      'invalid-payment-mode',
    ],
    [
      'a reference that is too short',
      (ref, amount) => paymentBody(ref, amount, { paymentRefId: 'short' }),
      'validation-error',
    ],
    [
      'a reference that is too long',
      (ref, amount) => paymentBody(ref, amount, { paymentRefId: 'x'.repeat(36) }),
      'validation-error',
    ],
    [
      'no reference',
      (ref, amount) => paymentBody(ref, amount, { paymentRefId: undefined }),
      'validation-error',
    ],
    [
      'a time without an offset',
      (ref, amount) => paymentBody(ref, amount, { timestamp: '2026-11-24T13:12:00' }),
      'validation-error',
    ],
    ['an amount in rupees', (ref, amount) => paymentBody(ref, amount / 100 + 0.5), 'validation-error'],
    [
      'another biller than was fetched',
      (ref, amount) => ({ ...paymentBody(ref, amount), biller: { id: 'GODA00000GUJ11' } }),
      'invalid-payment-request',
    ],
    [
      'another customer than was fetched',
      (ref, amount) => ({ ...paymentBody(ref, amount), customer: fetchBody('1234').customer }),
      'invalid-payment-request',
    ],
  ])('refuses %s', async (_name, change, expected) => {
    const data = await fetched(t.client, fetchBody('0000'));
    expect(code(await pay(change(data.refId, billsOf(data)[0]!.amount)))).toEqual([400, expected]);
  });

  describe('who pays, and with what, which the file does not list as required', () => {
    const payWith = async (
      change: (body: Body & { paymentDetails: Body }) => Body,
      fetch: Body = fetchBody('0000'),
    ) => {
      const data = await fetched(t.client, fetch);
      return pay(
        change(paymentBody(data.refId, billsOf(data)[0]!.amount) as Body & { paymentDetails: Body }),
      );
    };
    const details = (fields: Body) => (body: Body & { paymentDetails: Body }) => ({
      ...body,
      paymentDetails: { ...body.paymentDetails, ...fields },
    });

    it.each<[string, unknown]>([
      ['nobody', undefined],
      ['nobody by name', { email: 'payer@example.com' }],
      ['an empty name', { name: '' }],
      ['51 characters', { name: 'x'.repeat(51) }],
    ])('refuses %s as remitter', async (_name, remitter) => {
      expect(code(await payWith((body) => ({ ...body, remitter })))).toEqual([400, 'validation-error']);
    });

    it('takes a name of 1 and of 50 characters, and asks none of a fetch', async () => {
      for (const name of ['x', 'x'.repeat(50)])
        expect((await payWith((body) => ({ ...body, remitter: { name } }))).status).toBe(200);
    });

    it.each<[string, readonly string[], readonly unknown[]]>([
      ['Cash', ['x', 'Cash at the agent', 'x'.repeat(50)], [undefined, '', 'x'.repeat(51), 'line\nbreak']],
      ['UPI', ['a@b', 'test.payer-1@okbank'], [undefined, 'test.payer', '@okbank', `${'x'.repeat(49)}@b`]],
      [
        'Wallet',
        ['PayTM|9004644121', 'TA Wallet|9004644121'],
        [undefined, 'PayTM', 'W|900464412', '|90046441210'],
      ],
      ['Bharat QR', ['SRAN0000341|01234567'], [undefined, '01234567', 'SRAN0000341|', 'SRAN00341|01234567']],
      ['Debit Card', ['4111111111111111|123456'], [undefined, '4111111111111111']],
      ['AEPS', ['999999999999|607152'], [undefined, '999999999999', '607152|999999999999']],
    ])('asks accountInfo in the form of %s', async (mode, good, bad) => {
      for (const accountInfo of good)
        expect([accountInfo, ...code(await payWith(details({ mode, accountInfo })))]).toEqual([
          accountInfo,
          200,
          undefined,
        ]);
      for (const accountInfo of bad)
        expect([accountInfo, ...code(await payWith(details({ mode, accountInfo })))]).toEqual([
          accountInfo,
          400,
          'validation-error',
        ]);
    });

    it('asks both without a fetch too', async () => {
      const direct = {
        agent: AGENT,
        biller: { id: 'TARA00000NAT04' },
        customer: { mobile: '9505987798', customerParams: [{ name: 'Subscriber ID', value: '3001230000' }] },
      };
      const body: Body = { ...direct, ...paymentBody(undefined, 25_000) };
      expect(code(await pay({ ...body, remitter: undefined }))).toEqual([400, 'validation-error']);
      expect(
        code(await pay({ ...direct, ...paymentBody(undefined, 25_000, { accountInfo: undefined }) })),
      ).toEqual([400, 'validation-error']);
    });

    it.each(['IMPS', 'NEFT'])('knows the mode %s no more', async (mode) => {
      expect(code(await payWith(details({ mode, accountInfo: '9240111|9004644121' })))).toEqual([
        400,
        'invalid-payment-mode',
      ]);
      const { body } = await t.client.billpay('GET', `/api/v2/bbps/billers?ids=${ELECTRICITY}`);
      const [biller] = body.data.billers as { paymentModes: Body[] }[];
      expect(biller!.paymentModes.map((m) => m.paymentMode)).not.toContain(mode);
    });

    it.each([
      ['AGT', 'Internet Banking', 'SRAN0000341|01234567'],
      ['AGT', 'Account Transfer', 'SRAN0000341|01234567'],
      ['INT', 'Cash', 'x'],
      ['KIOSK', 'UPI', 'test@okbank'],
      ['ATM', 'Wallet', 'PayTM|9004644121'],
    ])('takes at the channel %s no %s', async (channel, mode, accountInfo) => {
      const agent = { ...AGENT, channel, ip: '124.170.23.24', mac: '48-4D-7E-CB-DB-6F' };
      expect(code(await payWith(details({ mode, accountInfo }), { ...fetchBody('0000'), agent }))).toEqual([
        400,
        'invalid-payment-mode',
      ]);
    });
  });

  it('does not pay a fetch that is under way or failed', async () => {
    const { slowMs } = t.sandbox.settings;
    t.sandbox.settings.slowMs = 60_000; // the fetch must not end before it is paid
    const { body } = await fetchIt(fetchBody('0200'));
    expect(code(await pay(paymentBody(body.data.refId, 10_000)))).toEqual([400, 'fetch-in-progress']);
    t.sandbox.settings.slowMs = slowMs;
    const failed = await fetched(t.client, fetchBody('0404'));
    expect(code(await pay(paymentBody(failed.refId, 10_000)))).toEqual([400, 'invalid-payment-request']);
  });

  it.each(['{', '[]', '"text"', ''])('refuses the body %j', async (raw) => {
    expect(code(await t.client.billpay('POST', PAY, undefined, { raw }))).toEqual([400, 'validation-error']);
  });
});
