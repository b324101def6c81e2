import type { CallEntry } from '../../../domain/api-log/port';
import type { BillInstruction } from '../../../domain/bbps/port';
import type { Connector } from '../../../domain/connectors';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import type { RechargeInstruction } from '../../../domain/recharge/port';
import { FakeClock } from '../../../platform/clock';
import { createSetuConnector, type SetuConnectorOptions } from '../../../providers/setu/connector';
import type { Json } from '../../support/setu-contract';
import {
  connectSetu,
  COUNTER,
  CUSTOMER,
  describeFlows,
  fetchBill,
  payment,
  topUp,
  valueOf,
} from '../../support/setu-flows';
import { BILLER, SETU_KEYS, startScriptedSetu, type ScriptedSetu } from '../../support/setu-scripted';

const PAY = '/api/v2/bbps/bills/payment/request';
const TOKEN = '/api/v2/auth/token';
const LOGIN = '/v1/users/login';
let server: ScriptedSetu;
let connector: Connector;
const open: Connector[] = [];

/** A connector that is closed in the end. */
function connect(url: string, options: Partial<SetuConnectorOptions> = {}): Connector {
  const made = connectSetu(url, options);
  open.push(made);
  return made;
}

const pay = (i: BillInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.bbps!.send(i, c.bbps!.prepare(i));
const recharge = (i: RechargeInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.recharge!.send(i, c.recharge!.prepare(i));
const lastBody = (route: string): Json => server.seen.findLast((s) => s.route === route)!.body;

beforeAll(async () => {
  server = await startScriptedSetu();
  connector = connect(server.url);
});

/** Every body that was sent is one of the contract. */
afterEach(() => {
  const mistakes = server.mistakes.splice(0);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
});

afterAll(async () => {
  await Promise.all(open.map((c) => c.close()));
  await server.close();
});

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

  it('a payment without a fetch says everything; fees of nothing and an unknown name are left out', async () => {
    await pay(payment({ fetchRef: null, customer: { ...CUSTOMER, name: null }, paymentMode: 'Wallet' }));
    expect(lastBody(PAY)).toMatchObject({
      customer: {
        mobile: '9505987798',
        customerParams: [{ name: 'Consumer Number', value: '100200300000' }],
      },
      paymentDetails: { accountInfo: 'Munim|9481773011' },
    });
    const { paymentDetails, ...rest } = lastBody(PAY) as { paymentDetails: Json };
    expect([Object.keys(rest), Object.keys(paymentDetails)]).toEqual([
      ['agent', 'biller', 'customer'],
      ['amount', 'mode', 'paymentRefId', 'timestamp', 'accountInfo'],
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

describe('billers and bills of other kinds', () => {
  const BILLERS = '/api/v2/bbps/billers';
  const STATUS = '/api/v2/bbps/bills/fetch/response';
  const one = async (fields: Json): Promise<Json | undefined> => {
    server.order(BILLERS, {
      status: 200,
      body: { success: true, traceId: 't', data: { billers: [{ ...BILLER, ...fields }] } },
    });
    return valueOf(await connector.bbps!.billers('Electricity'))[0] as unknown as Json | undefined;
  };
  const fee = (...slabs: Json[]): Json => ({
    interchangeFee: [
      { feeCode: 'EBF', feeDirection: 'B2C' },
      {
        feeCode: 'CCF1',
        feeDesc: 'x',
        feeDirection: 'C2B',
        interchangeFeeDetails: slabs[0],
        interchangeFeeDetailsV2: slabs,
      },
    ],
  });
  const slab = (flatFee: number, percentFee: number, more: Json = {}): Json => ({
    tranAmtRangeMin: 1,
    tranAmtRangeMax: 999_999_999_999,
    effctvFrom: '2024-01-01',
    effctvTo: '',
    flatFee,
    percentFee,
    ...more,
  });

  it('the convenience fee: paise and basis points, of the slab in force', async () => {
    expect(await one(fee(slab(100, 0.5)))).toMatchObject({
      isAvailable: true,
      convenienceFee: { flatPaise: 100n, percentBps: 50, fromPaise: 1n, toPaise: 999_999_999_999n },
    });
    expect(await one(fee(slab(0, 0)))).toMatchObject({ isAvailable: true, convenienceFee: null });
    expect(
      await one(fee(slab(500, 0, { effctvTo: '2025-01-01' }), slab(50, 0, { effctvFrom: '2025-01-02' }))),
    ).toMatchObject({ isAvailable: true, convenienceFee: { flatPaise: 50n, percentBps: 0 } });
  });

  it('a fee that cannot be said is no fee of nothing: the biller is not available', async () => {
    for (const fields of [
      fee(slab(100, 0, { tranAmtRangeMax: 200_000 }), slab(0, 0.5, { tranAmtRangeMin: 200_001 })),
      fee(slab(0, 0.125)),
      fee(slab(0.5, 0)),
      fee(slab(-1, 0)),
      { interchangeFee: 'free' },
      fee({ flatFee: 1 }),
    ]) {
      expect(await one(fields)).toMatchObject({ isAvailable: false, convenienceFee: null });
    }
  });

  it.each<[string, Json, object]>([
    [
      'validation only',
      { fetchApiType: 'BILL_VALIDATE', exactness: 'Any' },
      { fetch: 'mandatory', exactness: 'any', isAvailable: true },
    ],
    ['direct', { fetchApiType: 'BILL_DIRECT' }, { fetch: 'not_supported', isAvailable: true }],
    ['deactivated', { status: 'DEACTIVATED' }, { isAvailable: false }],
    ['without a status', { status: undefined }, { isAvailable: true }],
    ['not at counters', { paymentChannels: [] }, { isAvailable: false, minPaise: null }],
    ['with a plan to choose', { planRequirement: 'MANDATORY' }, { isAvailable: false }],
    [
      'in no mode of ours',
      { paymentModes: [{ paymentMode: 'Internet Banking' }] },
      { isAvailable: false, paymentModes: [] },
    ],
    [
      'with a closed list',
      {
        customerParams: [
          {
            paramName: 'Zone',
            dataType: 'ALPHANUMERIC',
            regex: '^[A-Z. ]+$',
            values: 'NORTH, SOUTH,E.AST (OLD)',
          },
        ],
      },
      { parameters: [{ pattern: String.raw`^(?:NORTH|SOUTH|E\.AST \(OLD\))$` }] },
    ],
    [
      'with an expression that never ends',
      {
        customerParams: [
          {
            paramName: 'Id',
            dataType: 'ALPHANUMERIC',
            regex: '^(([a-z])+.?)+[0-9]{4}$',
            optional: true,
            minLength: 0,
            maxLength: null,
          },
        ],
      },
      {
        parameters: [
          { pattern: '^(([a-z])+.?)+[0-9]{4}$', isOptional: true, minLength: null, maxLength: null },
        ],
      },
    ],
  ])('a biller that is %s', async (_name, fields, expected) => {
    expect(await one(fields)).toMatchObject(expected);
  });

  it.each<Json>([
    { fetchApiType: 'BILL_MANDATE' },
    { fetchApiType: 'BILL_NEW' },
    { exactness: 'Roughly' },
    { id: 5 },
    { customerParams: [{}] },
  ])('a biller that is not served or not readable (%j) is left out', async (fields) => {
    expect(await one(fields)).toBeUndefined();
  });

  it('pages are followed to the end, and not round and round', async () => {
    const page = (ids: string[], after?: string): { status: number; body: Json } => ({
      status: 200,
      body: {
        success: true,
        traceId: 't',
        data: {
          billers: ids.map((id) => ({ ...BILLER, id })),
          ...(after === undefined ? {} : { nextPage: `/api/bbps/billers?limit=100&after=${after}` }),
        },
      },
    });
    for (const p of [page(['AAAA01'], 'AAAA01'), page(['BBBB01'], 'BBBB01'), page(['CCCC01'])])
      server.order(BILLERS, p);
    expect(valueOf(await connector.bbps!.billers('Electricity')).map((b) => b.id)).toEqual([
      'AAAA01',
      'BBBB01',
      'CCCC01',
    ]);
    const before = server.count(BILLERS);
    let turn = 0;
    server.order(BILLERS, () => page(['AAAA01'], `X${(turn += 1)}`), 2);
    expect(valueOf(await connector.bbps!.billers('Electricity'))).toHaveLength(1);
    expect(server.count(BILLERS) - before).toBe(2);
  });

  it('one bill of a list is named in the payment; bills that go together only are not offered', async () => {
    const bills = [
      { amount: 50_000, billNumber: 'BILL-1' },
      { amount: 75_000, billNumber: 'BILL-2' },
    ];
    const list = (selection: string): { status: number; body: Json } => ({
      status: 200,
      body: {
        success: true,
        traceId: 't',
        data: {
          refId: 'FETLIST0001',
          status: 'Success',
          exactness: 'Exact',
          billerResponseType: 'LIST',
          billerSelectionType: selection,
          bills,
        },
      },
    });
    server.order(STATUS, list('MULTIPLE'));
    const fetched = valueOf(await connector.bbps!.fetched('FETLIST0001'));
    expect(fetched).toMatchObject({
      state: 'fetched',
      bills: [{ amountPaise: 50_000n, billNumber: 'BILL-1' }, { amountPaise: 75_000n }],
    });
    await pay(payment({ fetchRef: fetched.refId, bill: fetched.bills[1]!, amountPaise: 75_000n }));
    expect(lastBody(PAY)).toMatchObject({
      refId: 'FETLIST0001',
      bills: [{ amount: 75_000, billNumber: 'BILL-2' }],
      paymentDetails: { amount: 75_000 },
    });
    server.order(STATUS, list('ALL'));
    expect(valueOf(await connector.bbps!.fetched(fetched.refId))).toMatchObject({
      state: 'failed',
      bills: [],
      reason: 'the biller takes its bills together only',
    });
  });

  it('a fetch that failed, that nobody knows, and of another', async () => {
    const data = (fields: Json): { status: number; body: Json } => ({
      status: 200,
      body: { success: true, traceId: 't', data: { refId: 'FETFAIL0001', status: 'Failure', ...fields } },
    });
    server.order(
      STATUS,
      data({ failureReason: { type: 'BBPS', code: 'ERR004', message: 'customer not found' } }),
    );
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({
      state: 'failed',
      reason: 'ERR004: customer not found',
    });
    server.order(STATUS, data({ status: 'Credit_Adjustment' }));
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({
      state: 'failed',
      reason: 'Credit_Adjustment',
    });
    server.order(STATUS, data({ status: 'Queued' }));
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({ state: 'processing' });
    server.order(STATUS, data({ refId: 'ANOTHER0001' }));
    expect(await connector.bbps!.fetched('FETFAIL0001')).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: '<other fetch>',
    });
    expect(await connector.bbps!.fetched('FETNONE0001')).toEqual({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
    expect(await connector.bbps!.fetched('no/such')).toMatchObject({ ok: false, kind: 'refused' });
  });
});

describe('P5 unknown is not failed', () => {
  it('a payment whose answer is lost is found by the list, once there is no more doubt that it exists', async () => {
    for (const lost of ['drop', 'hang'] as const) {
      const instruction = payment();
      server.order(PAY, lost);
      expect(
        await connector.bbps!.send(instruction, connector.bbps!.prepare(instruction), {
          timeouts: { totalMs: 150 },
        }),
      ).toMatchObject({
        kind: 'unknown',
        sent: true,
        rawStatus: lost === 'hang' ? '<timeout>' : '<connection reset>',
      });
      const found = await connector.bbps!.inquire({ ourReference: instruction.ourReference });
      expect(found).toMatchObject({
        kind: 'pending',
        rawStatus: 'Processing',
        providerReference: expect.stringMatching(/^PAY/) as string,
      });
      const query = server.seen.findLast((s) => s.route === '/api/v2/bbps/transactions')!.query;
      expect(Object.fromEntries(query)).toEqual({
        startDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        endDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        ids: instruction.ourReference,
        limit: '100',
      });
    }
  });

  it('listed, but its state cannot be asked: pending with their reference', async () => {
    const instruction = payment();
    const { providerReference } = await pay(instruction);
    server.order('/api/v2/bbps/bills/payment/response', { status: 500, body: { success: false } });
    expect(await connector.bbps!.inquire({ ourReference: instruction.ourReference })).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: '<listed>',
      providerReference,
    });
  });

  describe('a payment whose money came back', () => {
    const LIST = '/api/v2/bbps/transactions';
    const RESPONSE = '/api/v2/bbps/bills/payment/response';
    const acceptedAt = new Date('2026-11-24T20:00:00Z'); // the 25th in India
    async function paidOne(): Promise<{
      ourReference: string;
      providerReference: string;
      line: (status: string, more?: Json) => Json;
    }> {
      const { ourReference } = payment();
      const { providerReference } = await pay(payment({ ourReference }));
      for (let i = 0; i < 2; i += 1)
        await connector.bbps!.inquire({ ourReference, providerReference: providerReference! });
      return {
        ourReference,
        providerReference: providerReference!,
        line: (status, more = {}) => ({
          refId: providerReference,
          paymentRefId: ourReference,
          status,
          amount: 287_000,
          ...more,
        }),
      };
    }
    const list = (...transactions: Json[]): { status: number; body: Json } => ({
      status: 200,
      body: { success: true, traceId: 't', data: { transactions } },
    });

    it('is learnt from the list: payment/response has no word for it', async () => {
      const { line, ...target } = await paidOne();
      server.order(LIST, list(line('Credit_Adjustment')));
      expect(await connector.bbps!.inquire({ ...target, acceptedAt, mayHaveComeBack: true })).toMatchObject({
        kind: 'reversed',
        rawStatus: 'Credit_Adjustment',
        providerReference: target.providerReference,
        utr: 'AX30910192192192192',
        amountPaise: 287_000n,
      });
      expect(Object.fromEntries(server.seen.findLast((s) => s.route === LIST)!.query)).toEqual({
        startDate: '2026-11-25',
        endDate: '2026-11-26',
        ids: `${target.providerReference},${target.ourReference},AX30910192192192192`,
        limit: '100',
      });
    });

    it('costs a first success no second question; one that stands is a success', async () => {
      const { line, ...target } = await paidOne();
      const before = server.count(LIST);
      expect(await connector.bbps!.inquire(target)).toMatchObject({ kind: 'succeeded' });
      expect(server.count(LIST)).toBe(before);
      server.order(LIST, list(line('Success')));
      expect(await connector.bbps!.inquire({ ...target, mayHaveComeBack: true })).toMatchObject({
        kind: 'succeeded',
        rawStatus: 'Success',
      });
    });

    it('a list that cannot be had, or speaks of another payment, says nothing definite; one without it leaves the success', async () => {
      const { line, ...target } = await paidOne();
      const again = () => connector.bbps!.inquire({ ...target, mayHaveComeBack: true });
      server.order(LIST, { status: 500, body: {} });
      expect(await again()).toMatchObject({ kind: 'unknown', sent: true });
      server.order(LIST, list(line('Success', { refId: 'ANOTHER0001' })));
      expect(await again()).toMatchObject({ kind: 'unknown', rawStatus: '<other payment>' });
      server.order(LIST, list(line('Success', { paymentRefId: 'another' })));
      expect(await again()).toMatchObject({ kind: 'succeeded' });
      expect(server.count(RESPONSE)).toBeGreaterThan(0);
    });
  });

  it('a recharge whose answer is lost, and one at a 500 of theirs', async () => {
    const instruction = topUp();
    server.order('/recharge/request', 'drop');
    expect(await recharge(instruction)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<connection reset>',
    });
    expect(await connector.recharge!.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'pending',
      rawStatus: 'Processing',
    });
    server.order('/recharge/request', {
      status: 500,
      body: {
        success: false,
        error: {
          code: 'ERR999',
          message: 'Upstream API Connectivity Error',
          failureReason: 'upstream-connectivity-error',
        },
      },
    });
    expect(await recharge(topUp())).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'ERR999',
      httpStatus: 500,
    });
  });

  it.each<[number, unknown]>([
    [200, 'OK'],
    [200, '<html>'],
    [200, {}],
    [502, 'bad gateway'],
    [503, ''],
    [404, {}],
    [302, ''],
    [418, { success: false, error: { code: 'validation-error', message: '' } }],
  ])('%d %j', async (status, body) => {
    server.order(PAY, { status, body });
    server.order('/recharge/request', { status, body });
    expect([await pay(payment()), await recharge(topUp())]).toMatchObject([
      { kind: 'unknown', sent: true },
      { kind: 'unknown', sent: true },
    ]);
  });

  it('nobody there: certainly not sent', async () => {
    const nobody = connect('http://127.0.0.1:9');
    expect(await pay(payment(), nobody)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<no token>',
    });
    expect(await nobody.bbps!.inquire({ ourReference: 'abcdef' })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
  });

  it('too late: not one byte is written', async () => {
    const before = server.count(PAY);
    const instruction = payment();
    expect(
      await connector.bbps!.send(instruction, connector.bbps!.prepare(instruction), {
        sendBefore: new Date(Date.now() - 1),
      }),
    ).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<too late>' });
    expect(server.count(PAY)).toBe(before);
  });
});

describe('tokens', () => {
  it('one for a hundred calls of a product, and one for the other', async () => {
    const [bills, logins] = [server.count(TOKEN), server.count(LOGIN)];
    const own = connect(server.url, { maxInFlight: 100 });
    await Promise.all([
      ...Array.from({ length: 100 }, () => pay(payment(), own)),
      ...Array.from({ length: 10 }, () => recharge(topUp(), own)),
    ]);
    expect([server.count(TOKEN) - bills, server.count(LOGIN) - logins]).toEqual([1, 1]);
  });

  it('one that is refused is replaced once, by all together, and the breaker does not mind', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2 }, maxInFlight: 50 });
    await pay(payment(), own);
    server.expireTokens();
    const before = server.count(TOKEN);
    const instructions = Array.from({ length: 50 }, () => payment());
    expect(
      new Set((await Promise.all(instructions.map((i) => pay(i, own)))).map((o) => o.rawStatus)),
    ).toEqual(new Set(['<accepted>']));
    expect([server.count(TOKEN) - before, own.available('bbps')]).toEqual([1, true]);
    for (const { ourReference } of instructions)
      expect(
        server.seen.filter(
          (s) => s.route === PAY && (s.body.paymentDetails as Json).paymentRefId === ourReference,
        ).length,
      ).toBeLessThanOrEqual(2);
  });

  it('refused again: not sent, and not the transaction’s fault', async () => {
    const own = connect(server.url);
    server.order(
      PAY,
      { status: 401, body: { success: false, traceId: 't', error: { code: 'unauthorised', message: 'x' } } },
      2,
    );
    const before = server.count(PAY);
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: 'unauthorised',
      httpStatus: 401,
    });
    expect(server.count(PAY) - before).toBe(2);
  });

  it('is renewed before its 600 s are over', async () => {
    const clock = new FakeClock(new Date());
    const own = connect(server.url, { clock });
    const before = server.count(TOKEN);
    for (const [advance, asked] of [
      [0, 1],
      [539_000, 1],
      [1_000, 2],
      [539_999, 2],
    ] as const) {
      clock.advance(advance);
      await own.bbps!.categories();
      expect(server.count(TOKEN) - before).toBe(asked);
    }
  });

  it('wrong credentials send nothing, wait between tries, and open the breaker', async () => {
    const clock = new FakeClock(new Date());
    const own = createSetuConnector({
      billpay: { ...SETU_KEYS.billpay, secret: 'wrong secret', baseUrl: `${server.url}/setu-billpay` },
      timeouts: { connectMs: 500, totalMs: 500 },
      clock,
      breaker: { consecutive: 3, halfOpenAfterMs: 60_000 },
    });
    open.push(own);
    const [tokens, payments] = [server.count(TOKEN), server.count(PAY)];
    for (let i = 0; i < 3; i += 1)
      expect(await pay(payment(), own)).toMatchObject({
        kind: 'unknown',
        sent: false,
        rawStatus: '<no token>',
      });
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
    });
    expect([
      own.available('bbps'),
      server.count(TOKEN) - tokens,
      server.count(PAY) - payments,
      own.recharge,
    ]).toEqual([false, 1, 0, undefined]);
    expect(await own.admit('bbps')).toMatchObject({ ok: false, rawStatus: '<breaker open>' });
  });
});

describe('guards', () => {
  it('a sick BillPay does not stop recharges', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2, halfOpenAfterMs: 60_000 } });
    server.order(PAY, { status: 503, body: {} }, 2);
    for (let i = 0; i < 2; i += 1) await pay(payment(), own);
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
      retryAfterMs: expect.any(Number) as number,
    });
    expect([
      own.available('bbps'),
      (await own.admit('bbps')).ok,
      own.available('recharge'),
      await own.admit('recharge'),
    ]).toEqual([false, false, true, { ok: true }]);
    expect(await recharge(topUp(), own)).toMatchObject({ sent: true, rawStatus: 'Processing' });
    server.order('/recharge/request', { status: 503, body: {} }, 2);
    for (let i = 0; i < 2; i += 1) await recharge(topUp(), own);
    expect([own.available('recharge'), await own.admit('recharge')]).toMatchObject([
      false,
      { ok: false, rawStatus: '<breaker open>' },
    ]);
  });

  it('admission takes one call out of the rate limit, and a call that is admitted none', async () => {
    let taken = 0;
    const own = connect(server.url, {
      limiter: {
        take: () => {
          taken += 1;
          return Promise.resolve({ ok: true });
        },
      },
    });
    await own.admit('bbps');
    const instruction = payment();
    await own.bbps!.send(instruction, own.bbps!.prepare(instruction), { admitted: true });
    expect(taken).toBe(1);
    await own.bbps!.inquire({ ourReference: instruction.ourReference, providerReference: 'PAYVVR4QOS7' });
    expect(taken).toBe(2);
  });

  it('duplicates come as HTTP 500, and are no illness', async () => {
    const own = connect(server.url, { breaker: { consecutive: 2, halfOpenAfterMs: 60_000 } });
    const instruction = topUp();
    for (let i = 0; i < 6; i += 1)
      expect(await recharge(instruction, own)).toMatchObject({
        kind: 'pending',
        sent: true,
        httpStatus: i === 0 ? 200 : 500,
      });
    server.order(
      '/recharge/request',
      {
        status: 500,
        body: {
          success: false,
          error: { code: 'ERR999', message: 'x', failureReason: 'upstream-connectivity-error' },
        },
      },
      2,
    );
    for (let i = 0; i < 2; i += 1) await recharge(topUp(), own);
    expect(await recharge(topUp(), own)).toMatchObject({ rawStatus: '<breaker open>' });
  });

  it('429 pauses the product for as long as it asks', async () => {
    const own = connect(server.url);
    server.order(PAY, { status: 429, body: '', headers: { 'retry-after': '7' } });
    expect(await pay(payment(), own)).toMatchObject({ kind: 'unknown', sent: true, retryAfterMs: 7_000 });
    expect(await pay(payment(), own)).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await recharge(topUp(), own)).toMatchObject({ sent: true });
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
    transactionId: '0190aaaa-0000-7000-8000-000000000001',
  });
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
