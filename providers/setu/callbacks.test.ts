import * as fc from 'fast-check';
import { checkUnsigned, parseCallback } from './callbacks';

type Json = Record<string, unknown>;
const raw = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));
const parse = (json: unknown): unknown => parseCallback(raw(json));

// The samples of Setu's pages on webhooks.
const BILL_PAY: Json = {
  event: 'BILL_PAY',
  data: {
    refId: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202',
    status: 'Success',
    billerRefId: 'ABC1235',
    transactionId: 'AX01122999900001',
    failureReason: { code: 'BRR005', message: 'Biller not accepting payments at the moment' },
    paymentDetails: {
      mode: 'Cash',
      paymentRefId: 'N2001121212344',
      amount: 10_000,
      timestamp: '2020-12-12T13:12:00+05:30',
    },
    billerId: 'VODA00000MUM03',
  },
  success: true,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  error: null,
};
const RECHARGED: Json = {
  transactionRefId: 'TXN123456789',
  trace_id: 'SYS-ABC-123',
  operatorRefId: 'OP-987654321',
  status: 'Successful',
  amount: '99.00',
  mobile_number: '9876543210',
  provider: 'Airtel',
  timestamp: '2026-01-09T11:56:26+05:30',
};
const REVERSED: Json = {
  ...RECHARGED,
  status: 'REVERSED',
  failureReason: 'Transaction reversed by operator',
  timestamp: '2026-01-09T12:01:26+05:30',
};
const LOW_BALANCE: Json = {
  event: 'wallet.low_balance',
  balance: '2450.00',
  message: 'Low balance Alert',
  timestamp: '2026-01-09T11:56:26+05:30',
  traceId: 'low-balance-webhook-demo-instance-a1b2c3d4',
};
const TOPUP: Json = {
  event: 'wallet.credit',
  amount: '5000.00',
  referenceNumber: 'TXN-9090',
  creditedFrom: 'Bank Transfer',
  transactionDate: '2026-01-09T11:56:26+05:30',
  message: '',
  traceId: 'topup-1',
  currentBalance: '12450.00',
};

describe('the check', () => {
  it('is unsigned whatever comes, and never signed or forged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(checkUnsigned(Buffer.from(bytes)).verdict).toBe('unsigned');
      }),
    );
  });

  it('P4 the same bytes are the same event; a recharge and its reversal, which have one trace id, are two', () => {
    const id = (json: Json): string => (checkUnsigned(raw(json)) as { eventId: string }).eventId;
    expect(id(RECHARGED)).toMatch(/^[0-9a-f]{64}$/);
    expect(id({ ...RECHARGED })).toBe(id(RECHARGED));
    expect(
      new Set([RECHARGED, REVERSED, BILL_PAY, { ...BILL_PAY, traceId: 'C3SFG0O6N88R6UI7ER' }].map(id)).size,
    ).toBe(4);
  });
});

describe('BillPay', () => {
  it('a payment names our reference and theirs, and says nothing that is believed', () => {
    expect(parse(BILL_PAY)).toEqual({
      event: 'BILL_PAY',
      target: {
        ourReference: 'N2001121212344',
        providerReference: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202',
        amountPaise: 10_000n,
      },
    });
  });

  it('that the money came back is told, and not believed', () => {
    expect(parse({ ...BILL_PAY, data: { ...(BILL_PAY.data as Json), status: 'Credit_Adjustment' } })).toEqual(
      { ...(parse(BILL_PAY) as object), tellsReversal: true },
    );
  });

  it.each(['Success', 'Failure', 'Processing', 'PROCESSING/SUCCESS/FAILURE', 'made up'])(
    'the status %s makes no difference',
    (status) => {
      expect(parse({ ...BILL_PAY, data: { ...(BILL_PAY.data as Json), status } })).toEqual(parse(BILL_PAY));
    },
  );

  it('without our reference or an amount there is still a target', () => {
    expect(parse({ event: 'BILL_PAY', data: { refId: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202' } })).toEqual({
      event: 'BILL_PAY',
      target: { providerReference: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202' },
    });
  });

  it.each([
    ['BILL_FETCH', 'bill_fetch'],
    ['BILL_DISPUTE', 'bill_complaint'],
  ])('%s says that a %s has changed, by its reference', (event, about) => {
    expect(
      parse({ event, data: { refId: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202', status: 'Success' } }),
    ).toEqual({ event, hint: { about, reference: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202' } });
    expect(parse({ event, data: { refId: 7 } })).toEqual({ event });
    expect(parse({ event, error: { Code: 'x', Message: 'y' } })).toEqual({ event });
  });

  it.each([
    'BILLER_UPDATES',
    'PLAN_UPDATES',
    'CREATE_UPMS_REGISTRATION',
    'UPDATE_UPMS_REGISTRATION',
    'SKIP_PAYMENT',
    'SOMETHING_NEW',
  ])('%s concerns no transaction', (event) => {
    expect(
      parse({ event, data: { refId: 'HENSVVR4QOS7X1UGPY7JGUV444P10102202', status: 'Success' } }),
    ).toEqual({ event });
    expect(parse({ event, data: [{ ID: 1 }] })).toEqual({ event });
  });

  it('a failure of the event itself has no target', () => {
    expect(parse({ event: 'BILL_PAY', error: { Code: 'x', Message: 'y' } })).toEqual({ event: 'BILL_PAY' });
  });

  it.each<[string, Json]>([
    ['an event that is no word', { event: 'bill pay' }],
    ['an event of another type', { event: 5 }],
    ['a reference that is none', { event: 'BILL_PAY', data: { refId: '../x' } }],
    ['no reference', { event: 'BILL_PAY', data: {} }],
    [
      'an amount with a fraction',
      { event: 'BILL_PAY', data: { refId: 'HENSVVR4QOS7', paymentDetails: { amount: 1.5 } } },
    ],
    [
      'an amount that lost paise',
      { event: 'BILL_PAY', data: { refId: 'HENSVVR4QOS7', paymentDetails: { amount: 2 ** 53 } } },
    ],
  ])('%s is malformed', (_name, json) => {
    expect(() => parse(json)).toThrow('CALLBACK_MALFORMED');
  });
});

describe('prepaid recharge', () => {
  it('a status and a reversal, rupees as text', () => {
    expect(parse(RECHARGED)).toEqual({
      event: 'payment.status',
      target: { providerReference: 'TXN123456789', amountPaise: 9_900n },
    });
    expect(parse(REVERSED)).toEqual({
      event: 'payment.reversal',
      target: { providerReference: 'TXN123456789', amountPaise: 9_900n },
      tellsReversal: true,
    });
  });

  it.each<[string, bigint]>([
    ['99', 9_900n],
    ['99.0', 9_900n],
    ['99.5', 9_950n],
    ['1234.56', 123_456n],
    ['0.01', 1n],
  ])('%s rupees are %d paise', (amount, amountPaise) => {
    expect(parse({ ...RECHARGED, amount })).toMatchObject({ target: { amountPaise } });
  });

  it.each([['9.999'], ['1e3'], ['-5.00'], [''], ['99,00'], [99], [null], [undefined]])(
    'the amount %p is malformed',
    (amount) => {
      expect(() => parse({ ...RECHARGED, amount })).toThrow('CALLBACK_MALFORMED');
    },
  );

  it('a reference of ours is read if it should come', () => {
    expect(parse({ ...RECHARGED, paymentRefId: '01jd3m5v8k2q7x9r4t6w' })).toMatchObject({
      target: { ourReference: '01jd3m5v8k2q7x9r4t6w' },
    });
  });

  it.each(['', null, 'NA'])(
    'without an id (%p), as after a time-out at the operator, it names nothing of ours',
    (id) => {
      expect(parse({ ...RECHARGED, transactionRefId: id, status: 'Failure' })).toEqual({
        event: 'payment.status',
      });
      expect(
        parse({
          ...RECHARGED,
          transactionRefId: id,
          status: 'Failure',
          paymentRefId: '01jd3m5v8k2q7x9r4t6w',
        }),
      ).toEqual({ event: 'payment.status', target: { ourReference: '01jd3m5v8k2q7x9r4t6w' } });
    },
  );

  it.each([['../x'], [5], [{}]])('an id that is none (%p) is malformed', (id) => {
    expect(() => parse({ ...RECHARGED, transactionRefId: id })).toThrow('CALLBACK_MALFORMED');
  });

  it('news of the wallet concern no transaction', () => {
    expect([parse(LOW_BALANCE), parse(TOPUP)]).toEqual([
      { event: 'wallet.low_balance' },
      { event: 'wallet.credit' },
    ]);
  });
});

it('P5 no body, however made, brings an outcome; what is none of Setu is malformed', () => {
  const status = fc.constantFrom('Success', 'Failure', 'REVERSED', 'Credit_Adjustment');
  const body = fc.oneof(
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.record({
      event: fc.constantFrom('BILL_PAY', 'BILL_FETCH'),
      data: fc.record({
        refId: fc.string({ minLength: 6 }),
        status,
        paymentDetails: fc.record({ paymentRefId: fc.string(), amount: fc.integer() }),
      }),
    }),
    fc.record({ transactionRefId: fc.string(), status, amount: fc.string() }),
  );
  fc.assert(
    fc.property(body, (json) => {
      let came: unknown;
      try {
        came = parseCallback(raw(json)).outcome;
      } catch (error) {
        came = (error as { code?: unknown }).code;
      }
      expect([undefined, 'CALLBACK_MALFORMED']).toContain(came);
    }),
    { numRuns: 500 },
  );
});

it.each([
  Buffer.from('{"event":"BILL_PAY"'),
  Buffer.from([0xff, 0xfe, 0x00]),
  Buffer.alloc(0),
  Buffer.from('null'),
  Buffer.from('[]'),
])('bytes that are no object are malformed', (bytes) => {
  expect(() => parseCallback(bytes)).toThrow('CALLBACK_MALFORMED');
});
