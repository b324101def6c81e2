import { transactionId } from '../../../domain/ids/ids';
import type { CallEntry } from '../../../domain/api-log/port';
import type { BillInstruction } from '../../../domain/bbps/port';
import type { RechargeInstruction } from '../../../domain/recharge/port';
import { createSetuConnector } from '../../../providers/setu/connector';
import type { Json } from '../../support/setu-contract';
import {
  COUNTER,
  CUSTOMER,
  describeFlows,
  fetchBill,
  payment,
  REMITTER,
  topUp,
  valueOf,
} from '../../support/setu-flows';
import { SETU_KEYS } from '../../support/setu-scripted';
import {
  useScriptedSetu,
  PAY,
  server,
  connector,
  connect,
  pay,
  recharge,
  lastBody,
} from '../../support/setu-connected';

useScriptedSetu();

const ACCOUNT = { number: '00111122223333', ifsc: 'HDFC0000053' };

describe('the flows', () => {
  describeFlows(() => connector);
});

describe('what is sent', () => {
  it('a payment of a fetch: the counter, the amount in paise, fees beside it, and no customer', async () => {
    await pay(payment({ convenienceFeePaise: 59n, ownFeePaise: 590n, ourReference: '01jd3m5v8k2q7x9r4t6w' }));
    expect(lastBody(PAY)).toEqual({
      refId: 'FETVVR4QOS7X1UGPY7JGUV4440',
      agent: {
        id: 'AX01AI06512391457204',
        channel: 'AGT',
        terminalId: '6000011234',
        mobile: '9481773011',
        geocode: '19.0139,72.8254',
        postalCode: '600001',
      },
      biller: { id: 'SUND00000MAH01' },
      remitter: { name: 'Test Customer' },
      paymentDetails: {
        amount: 287_000,
        custConvFee: 59,
        COUcustConvFee: 590,
        mode: 'Cash',
        paymentRefId: '01jd3m5v8k2q7x9r4t6w',
        timestamp: '2026-11-24T13:12:00+05:30',
        accountInfo: 'Cash at the agent',
      },
    });
  });

  it('a payment without a fetch says everything; fees of nothing are left out', async () => {
    await pay(payment({ fetchRef: null }));
    expect(lastBody(PAY)).toMatchObject({
      customer: {
        mobile: '9505987798',
        customerParams: [{ name: 'Consumer Number', value: '100200300000' }],
      },
      remitter: { name: 'Test Customer' },
    });
    const { paymentDetails, ...rest } = lastBody(PAY) as { paymentDetails: Json };
    expect([Object.keys(rest), Object.keys(paymentDetails)]).toEqual([
      ['agent', 'biller', 'customer', 'remitter'],
      ['amount', 'mode', 'paymentRefId', 'timestamp', 'accountInfo'],
    ]);
  });

  it.each<[string, Partial<typeof REMITTER>, string]>([
    ['Cash', {}, 'Cash at the agent'],
    ['Wallet', { name: 'Test Agent' }, 'Munim|9481773011'],
    ['UPI', { vpa: 'test.payer@okbank' }, 'test.payer@okbank'],
    ['Bharat QR', { account: ACCOUNT }, 'HDFC0000053|00111122223333'],
  ])(
    'with %s the remitter and the account in its form, with and without a fetch',
    async (mode, who, info) => {
      for (const fetchRef of ['FETVVR4QOS7X1UGPY7JGUV4440', null]) {
        const remitter = { ...REMITTER, name: `${'Long Name '.repeat(4)}Zoë d’Éon de Beaumont`, ...who };
        await pay(payment({ fetchRef, paymentMode: mode, remitter }));
        expect(lastBody(PAY)).toMatchObject({
          remitter: { name: who.name ?? "Long Name Long Name Long Name Long Name Zoe d'Eon" },
          paymentDetails: { mode, accountInfo: info },
        });
      }
    },
  );

  it('a payment that was accepted before its payer was asked for says what it said then', async () => {
    await pay(payment({ remitter: null, customer: { ...CUSTOMER, name: null }, paymentMode: 'IMPS' }));
    const { remitter, paymentDetails } = lastBody(PAY) as { remitter?: Json; paymentDetails: Json };
    expect([remitter, paymentDetails.accountInfo]).toEqual([undefined, undefined]);
    // Setu refuses such a body; that is its answer, and the only mistake here.
    expect(server.mistakes.splice(0)).toEqual([
      `${PAY}: remitter.name is required`,
      `${PAY}: the mode IMPS has ended`,
    ]);
  });

  it('P4 a repeat is byte-identical, and altered bytes do not leave', async () => {
    const instruction = payment();
    const [one, two] = [connector.bbps!.prepare(instruction), connector.bbps!.prepare({ ...instruction })];
    expect([one.body, one.bodyHash]).toEqual([two.body, two.bodyHash]);
    const before = server.seen.length;
    expect(
      await connector.bbps!.send(instruction, { ...one, body: one.body.replace('287000', '287001') }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<request altered>' });
    const other = topUp();
    expect(
      await connector.recharge!.send(other, { ...connector.recharge!.prepare(other), body: '{}' }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<request altered>' });
    expect(server.seen.length).toBe(before);
  });

  it.each<[string, Partial<BillInstruction>]>([
    ['a reference with signs', { ourReference: 'a-b-c-d-e-f' }],
    ['a short reference', { ourReference: 'abc' }],
    ['no amount', { amountPaise: 0n }],
    ['a mode that a counter has not', { paymentMode: 'Internet Banking' }],
    ['a mode that ended', { paymentMode: 'IMPS' }],
    ['a card', { paymentMode: 'Debit Card' }],
    ['an Aadhaar number', { paymentMode: 'AEPS' }],
    ['nobody who pays', { remitter: { ...REMITTER, name: ' ' } }],
    ['a name that cannot be written', { remitter: { ...REMITTER, name: 'ǷǷ' } }],
    ['UPI without a VPA', { paymentMode: 'UPI' }],
    ['a VPA that is none', { paymentMode: 'UPI', remitter: { ...REMITTER, vpa: 'a|b' } }],
    ['Bharat QR without an account', { paymentMode: 'Bharat QR' }],
    [
      'an account that is too long',
      {
        paymentMode: 'Bharat QR',
        remitter: { ...REMITTER, account: { ...ACCOUNT, number: '1'.repeat(39) } },
      },
    ],
    ['a fetch that is none', { fetchRef: '../x' }],
    ['a counter without a terminal', { counter: { ...COUNTER, terminalId: '' } }],
    ['a counter nowhere', { counter: { ...COUNTER, geocode: 'here' } }],
    ['a PIN code that is none', { counter: { ...COUNTER, pincode: '012345' } }],
    [
      'a parameter with a control character',
      { fetchRef: null, customer: { ...CUSTOMER, parameters: [{ name: 'x', value: 'a\u0000b' }] } },
    ],
    ['a list without its bill', { fetchRef: 'FETVVR4QOS7.list' }],
  ])('what the contract cannot express is refused: %s', (_name, fields) => {
    expect(() => connector.bbps!.prepare(payment(fields))).toThrow('PROVIDER_REJECTED');
  });

  it.each<[string, Partial<RechargeInstruction>]>([
    ['31 characters', { ourReference: 'a'.repeat(31) }],
    ['an operator that is none', { operator: 'idea' }],
    ['a circle that is none', { circle: 'maharashtra' }],
    ['a number that is none', { mobile: '123' }],
  ])('a recharge with %s is refused', (_name, fields) => {
    expect(() => connector.recharge!.prepare(topUp(fields))).toThrow('PROVIDER_REJECTED');
  });

  it('a complaint, and its ticket', async () => {
    const made = valueOf(
      await connector.bbps!.complain!('AX30910192192192192', 'double-payment', 'Paid twice'),
    );
    expect(made).toEqual({
      refId: expect.any(String) as string,
      disputeId: null,
      status: '<requested>',
      assignedTo: null,
      dueOn: null,
      remarks: null,
    });
    expect(lastBody('/api/v2/bbps/bills/complaint/request')).toEqual({
      transactionId: 'AX30910192192192192',
      disputeType: 'double-payment',
      description: 'Paid twice',
    });
    const line = (refId: string, more: Json = {}): Json => ({
      refId,
      paymentRefID: '01jd3m5v8k2q7x9r4t6w',
      complaintStatus: 'ASSIGNED',
      complaintId: 'OP01',
      disposition: 'D22',
      ...more,
    });
    const disputes = (lines: Json[], more: Json = {}): { status: number; body: Json } => ({
      status: 200,
      body: { success: true, traceId: 't', data: { disputes: lines, ...more } },
    });
    const LIST = '/api/v2/bbps/disputes';
    server.order(
      LIST,
      disputes(
        [
          line('DISPUTE0002', { createdAt: '2026-11-25T13:12:00+05:30' }),
          line('DISPUTE0009', { paymentRefID: 'another' }),
        ],
        { nextPage: '/api/bbps/disputes?limit=100&after=DISPUTE0009' },
      ),
    );
    server.order(
      LIST,
      disputes([
        line('DISPUTE0001', {
          createdAt: '2026-11-24T13:12:00+05:30',
          disposition: undefined,
          complaintStatus: 'RESOLVED',
        }),
      ]),
    );
    expect(
      valueOf(await connector.bbps!.complaintsAbout!('01jd3m5v8k2q7x9r4t6w')).map((d) => [
        d.refId,
        d.status,
        d.npciCode,
      ]),
    ).toEqual([
      ['DISPUTE0001', 'RESOLVED', null],
      ['DISPUTE0002', 'ASSIGNED', 'D22'],
    ]);
    expect(Object.fromEntries(server.seen.findLast((s) => s.route === LIST)!.query)).toEqual({
      paymentRefIds: '01jd3m5v8k2q7x9r4t6w',
      limit: '100',
      after: 'DISPUTE0009',
    });
    // Less than the whole list proves nothing.
    const broken = [
      disputes([line('DISPUTE0001', { paymentRefID: undefined })]),
      disputes([], { nextPage: 'more' }),
      { status: 500, body: {} },
    ];
    for (const answer of broken) {
      server.order(LIST, answer);
      expect(await connector.bbps!.complaintsAbout!('01jd3m5v8k2q7x9r4t6w')).toMatchObject({
        ok: false,
        kind: 'unknown',
      });
    }
    server.order(LIST, disputes([], { nextPage: '/api/bbps/disputes?after=DISPUTE0009' }), 2);
    expect(await connector.bbps!.complaintsAbout!('01jd3m5v8k2q7x9r4t6w')).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: '<list without an end>',
    });
    expect(valueOf(await connector.bbps!.complaint!(made.refId))).toEqual({
      refId: made.refId,
      disputeId: 'OP0121046567755',
      status: 'ASSIGNED',
      assignedTo: 'ICICI BOU',
      dueOn: '2026-12-01',
      remarks: 'Assigned',
    });
  });
});

it('P7 the API log has each call, and nothing that must not be read', async () => {
  const entries: CallEntry[] = [];
  const own = connect(server.url, {
    callLog: {
      note: (entry) => {
        entries.push(entry);
      },
    },
  });
  await fetchBill(own);
  const instruction = payment({ fetchRef: null });
  const { providerReference } = await own.bbps!.send(instruction, own.bbps!.prepare(instruction), {
    transactionId: transactionId('0190aaaa-0000-7000-8000-000000000001'),
  });
  await pay(
    payment({ paymentMode: 'UPI', remitter: { ...REMITTER, name: 'Test Payer', vpa: 'test.payer@okbank' } }),
    own,
  );
  await pay(payment({ paymentMode: 'Bharat QR', remitter: { ...REMITTER, account: ACCOUNT } }), own);
  await recharge(topUp(), own);
  await own.recharge!.operatorOf('7066573353');
  await own.bbps!.billers('Electricity');
  const payEntry = entries.find((e) => e.operation === 'bill_payment')!;
  expect(payEntry).toMatchObject({
    provider: 'setu',
    method: 'POST',
    route: PAY,
    transactionId: '0190aaaa-0000-7000-8000-000000000001',
    ourReference: instruction.ourReference,
    result: '200',
    latencyMs: expect.any(Number) as number,
    at: expect.any(Date) as Date,
    request: {
      agent: { id: 'AX01AI06512391457204', channel: 'AGT', mobile: '…3011' },
      customer: { mobile: '…7798', customerParams: [{ name: '<hidden>', value: '…0000' }] },
      paymentDetails: { amount: 287_000, mode: 'Cash' },
    },
    response: { success: true, data: { refId: providerReference } },
  });
  expect(entries.map((e) => e.operation)).toEqual(
    expect.arrayContaining([
      'billpay_token',
      'recharge_token',
      'bill_fetch',
      'bill_fetch_status',
      'bill_payment',
      'recharge',
      'operator',
      'billers',
    ]),
  );
  expect(entries.find((e) => e.operation === 'billers')!.route).toBe('/api/v2/bbps/billers');
  const text = JSON.stringify(entries);
  for (const secret of [
    'billpay secret',
    'recharge secret',
    'billpay-client',
    'token-',
    'Test Customer',
    'Test Payer',
    'test.payer',
    '00111122223333',
    'HDFC0000053',
    '9505987798',
    '9481773011',
    '7066570000',
    '7066573353',
    '100200300000',
    '19.0139',
    'B1234567',
  ])
    expect(text).not.toContain(secret);
});

it('plain http is for this machine only, and half a setting is refused', () => {
  const billpay = { ...SETU_KEYS.billpay, baseUrl: 'http://coudc.setu.co' };
  const timeouts = { connectMs: 1, totalMs: 1 };
  expect(() => createSetuConnector({ billpay, timeouts })).toThrow('https only');
  expect(() => createSetuConnector({ timeouts })).toThrow(TypeError);
  expect(() =>
    createSetuConnector({
      billpay: { ...billpay, baseUrl: 'https://coudc.setu.co', partnerId: 'x' },
      timeouts,
    }),
  ).toThrow(TypeError);
});
