import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { BillInstruction } from '../../domain/bbps/port';
import type { DmtInstruction } from '../../domain/dmt/port';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { masked } from './call-log';
import { multipartOf } from './multipart';
import { circleOfCode, codeOfCircle, operatorOfCode } from './operators';
import {
  amountOf,
  billQuery,
  billRequest,
  bodyOf,
  isRequestOf,
  numberOf,
  rechargeRequest,
  transferRequest,
} from './requests';
import { EKO_ENDPOINTS, type Json } from '../../test/support/eko-examples';

const CALLER = { initiatorId: '9962981729' };
const base = {
  ourReference: '0k9tq2m4f7x1z8c5v6b3',
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  amountPaise: 10_000n,
  currency: 'INR' as const,
};
const TRANSFER: DmtInstruction = {
  ...base,
  senderMobile: '9155927131',
  recipientRef: '117015428',
  otp: '4702',
  otpRef: '667007109',
};
const BILL: BillInstruction = {
  ...base,
  amountPaise: 287_050n,
  biller: { id: '53', category: '8' },
  customer: {
    mobile: '9903457748',
    name: 'Test Customer',
    parameters: [
      { name: 'utility_acc_no', value: '3287820071' },
      { name: 'district_discome', value: 'Lucknow-MVVNL' },
    ],
  },
  counter: {
    agentId: 'a',
    terminalId: 't',
    mobile: '9900000000',
    geocode: '28.6139,77.2090',
    pincode: '110001',
    ip: '192.168.1.1',
  },
  paymentMode: 'Cash',
  remitter: null,
  fetchRef: 'x',
  bill: null,
  convenienceFeePaise: 0n,
  ownFeePaise: 590n,
  acceptedAt: new Date(0),
};
const RECHARGE: RechargeInstruction = {
  ...base,
  mobile: '9876543210',
  operator: 'jio',
  circle: 'Maharashtra',
  acceptedAt: new Date(0),
};
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A body holds what the contract requires and nothing that it does not name, in the types that it names. */
function expectContract(id: string, body: Json): void {
  const params = EKO_ENDPOINTS.find((e) => e.id === id)!.params.filter((p) => p.in !== 'path');
  expect(Object.keys(body).filter((name) => !params.some((p) => p.name === name))).toEqual([]);
  const written = params.filter((p) => p.required || p.name in body);
  expect(written.map(({ name }) => [name, typeof body[name]])).toEqual(
    written.map(({ name, type }) => [name, type === 'integer' ? 'number' : type]),
  );
}

describe('transfers', () => {
  it('are written as the contract says, and hashed without the one-time password', () => {
    const { body, bodyHash } = transferRequest(TRANSFER, CALLER);
    expect(body).toBe(
      '{"initiator_id":"9962981729","recipient_id":117015428,"amount":100,"customer_id":"9155927131",' +
        '"otp":"4702","otp_ref_id":"667007109","client_ref_id":"0k9tq2m4f7x1z8c5v6b3"}',
    );
    expect(bodyHash.toString('hex')).toBe(sha(body.replace('"otp":"4702"', '"otp":""')));
    expectContract('dmt-initiate-transfer', JSON.parse(body) as Json);
    expect(transferRequest({ ...TRANSFER, otp: '9999' }, CALLER).bodyHash).toEqual(bodyHash);
    expect(transferRequest({ ...TRANSFER, amountPaise: 10_001n }, CALLER).bodyHash).not.toEqual(bodyHash);
  });

  it.each([
    { ourReference: 'has space' },
    { ourReference: 'x'.repeat(21) },
    { amountPaise: 0n },
    { amountPaise: -1n },
    { amountPaise: 10n ** 15n },
    { currency: 'USD' as 'INR' },
    { recipientRef: '' },
    { recipientRef: '01' },
    { recipientRef: '1e5' },
    { senderMobile: '1234567890' },
    { otp: '' },
    { otp: '12a4' },
    { otpRef: '' },
    { otpRef: 'a b' },
  ])('%j is refused before it is sent', (fields) => {
    expect(() => transferRequest({ ...TRANSFER, ...fields }, CALLER)).toThrow('PROVIDER_REJECTED');
  });

  it('bytes that the instruction does not make are seen', () => {
    const prepare = (instruction: DmtInstruction): ReturnType<typeof transferRequest> =>
      transferRequest(instruction, CALLER);
    const prepared = prepare(TRANSFER);
    expect(isRequestOf(TRANSFER, prepared, prepare)).toBe(true);
    for (const altered of [
      prepared.body.replace('100', '900'),
      prepared.body.replace('4702', '4703'),
      `${prepared.body} `,
      '',
    ])
      expect(isRequestOf(TRANSFER, { ...prepared, body: altered }, prepare)).toBe(false);
    expect(isRequestOf(TRANSFER, { ...prepared, bodyHash: Buffer.alloc(32) }, prepare)).toBe(false);
    expect(isRequestOf({ ...TRANSFER, otp: '4703' }, prepared, prepare)).toBe(false);
    expect(isRequestOf({ ...TRANSFER, otp: '' }, prepared, prepare)).toBe(false);
  });
});

describe('bills and recharges', () => {
  it('are written as the contract says', () => {
    const bill = billRequest(BILL, CALLER);
    expect(bill.bodyHash.toString('hex')).toBe(sha(bill.body));
    expect(JSON.parse(bill.body)).toEqual({
      initiator_id: '9962981729',
      phone_operator_code: '53',
      utility_acc_no: '3287820071',
      district_discome: 'Lucknow-MVVNL',
      confirmation_mobile_no: '9903457748',
      sender_name: 'Test Customer',
      category: 8,
      source_ip: '192.168.1.1',
      amount: 2_870.5,
      client_ref_id: base.ourReference,
    });
    expect(bill.body).toContain('"amount":2870.50,');
    expectContract('bbps-pay-bill', JSON.parse(bill.body) as Json);
    const recharge = JSON.parse(rechargeRequest(RECHARGE, CALLER, '127.0.0.1').body) as Json;
    expectContract('bbps-pay-bill', recharge);
    expect(recharge).toMatchObject({
      phone_operator_code: '90',
      utility_acc_no: '9876543210',
      confirmation_mobile_no: '9876543210',
      sender_name: 'Customer',
      category: 5,
      amount: 100,
    });
    const query = billQuery({ ...BILL, ourReference: 'f1' }, CALLER);
    const named = EKO_ENDPOINTS.find((e) => e.id === 'bbps-fetch-bill')!.params;
    expect(Object.keys(query).filter((name) => !named.some((p) => p.name === name))).toEqual([]);
    expect(named.filter((p) => p.required && !(p.name in query))).toEqual([]);
  });

  it('a bill is paid in the name of the remitter, and of a payment from before in the name of the customer', () => {
    const bodyWith = (fields: Partial<BillInstruction>): string =>
      billRequest({ ...BILL, ...fields }, CALLER).body;
    const remitter = { name: 'Zoë d’Payer', vpa: null, account: null };
    const before = bodyWith({});
    expect(bodyWith({ remitter })).toBe(
      before.replace('"sender_name":"Test Customer"', `"sender_name":"Zoe d'Payer"`),
    );
    expect(bodyWith({ remitter: { ...remitter, name: 'Test Customer' } })).toBe(before);
    const nameless = { ...BILL.customer, name: null };
    expect(bodyWith({ remitter, customer: nameless })).toContain(`"sender_name":"Zoe d'Payer"`);
    expect(bodyWith({ customer: nameless })).toContain('"sender_name":"Customer"');
    expect(bodyWith({ remitter: { ...remitter, name: 'ǷǷ' } })).toContain('"sender_name":"Customer"');
  });

  it.each<[string, Partial<BillInstruction>]>([
    ['a convenience fee', { convenienceFeePaise: 1n }],
    ['a biller that is none', { biller: { id: 'x', category: '8' } }],
    ['a category that is none', { biller: { id: '1', category: 'Water' } }],
    ['no account', { customer: { ...BILL.customer, parameters: [] } }],
    [
      'a parameter twice',
      {
        customer: {
          ...BILL.customer,
          parameters: [...BILL.customer.parameters, { name: 'district_discome', value: 'x' }],
        },
      },
    ],
    ...[
      'amount',
      'Amount',
      'client_ref_id',
      'initiator_id',
      'user_code',
      'source_ip',
      '__proto__',
      'a"b',
      '',
    ].map((name): [string, Partial<BillInstruction>] => [
      `a parameter named ${name}`,
      { customer: { ...BILL.customer, parameters: [...BILL.customer.parameters, { name, value: '1' }] } },
    ]),
    [
      'a value with a line break',
      { customer: { ...BILL.customer, parameters: [{ name: 'utility_acc_no', value: '1\n2' }] } },
    ],
    ['no address', { counter: { ...BILL.counter, ip: '' } }],
  ])('%s is refused before it is sent', (_name, fields) => {
    expect(() => billRequest({ ...BILL, ...fields }, CALLER)).toThrow('PROVIDER_REJECTED');
  });

  it.each(['bsnl', 'mtnl', 'constructor', '', 'Jio'])(
    'a recharge of %p is refused before it is sent',
    (operator) => {
      expect(() => rechargeRequest({ ...RECHARGE, operator }, CALLER, '127.0.0.1')).toThrow(
        'PROVIDER_REJECTED',
      );
    },
  );

  it('operators and circles by their codes', () => {
    expect(['1', '5', '90', '400', '2'].map((code) => operatorOfCode(code))).toEqual([
      'airtel',
      'bsnl',
      'jio',
      'vi',
      undefined,
    ]);
    expect(['23', '06', '6', '35', '09', '99', '19'].map((code) => circleOfCode(code))).toEqual([
      'Madhya Pradesh',
      'Haryana',
      'Haryana',
      'West Bengal & AN Island',
      undefined,
      undefined,
      'West Bengal & AN Island',
    ]);
    expect(
      ['Madhya Pradesh', 'Uttaranchal', 'Mumbai', 'Uttar Pradesh (East)', 'toString'].map((circle) =>
        codeOfCircle(circle),
      ),
    ).toEqual(['23', '5', '27', '9', undefined]);
  });
});

describe('bodies', () => {
  it('amounts are written exactly, without a float between', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), (paise) => {
        const text = bodyOf([['amount', amountOf(paise)]]);
        const digits = /^\{"amount":(\d+)(?:\.(\d\d))?\}$/.exec(text)!;
        expect(BigInt(digits[1]!) * 100n + BigInt(digits[2] ?? 0)).toBe(paise);
        expect(() => {
          JSON.parse(text);
        }).not.toThrow();
      }),
    );
  });

  it('digits are numbers unless a zero would be lost', () => {
    expect(
      bodyOf([
        ['a', numberOf('123456')],
        ['b', numberOf('0123')],
        ['c', numberOf('0')],
        ['d', undefined],
        ['e', 'x"y'],
      ]),
    ).toBe('{"a":123456,"b":"0123","c":0,"e":"x\\"y"}');
  });

  it('an upload has one plain text field that holds JSON, and the files', async () => {
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 13, 10, 45, 45]);
    const { body, contentType } = multipartOf('{"a":1}', [
      { name: 'pan_card', fileName: 'pan-card', content: jpeg },
      { name: 'aadhar_front', fileName: 'aadhar-front', content: Buffer.from('?') },
    ]);
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    expect([...form.keys()]).toEqual(['form-data', 'pan_card', 'aadhar_front']);
    const file = form.get('pan_card') as File;
    expect([form.get('form-data'), file.type, Buffer.from(await file.arrayBuffer())]).toEqual([
      '{"a":1}',
      'image/jpeg',
      jpeg,
    ]);
    const [, field] = body.toString('latin1').split('--munim-');
    expect(field).toMatch(
      /^[0-9a-f]+\r\nContent-Disposition: form-data; name="form-data"\r\n\r\n\{"a":1\}\r\n$/,
    );
  });
});

describe('P7 what the API log may keep', () => {
  it('open fields only', () => {
    const secrets = [
      '999941057058',
      '<PidData>',
      '4702',
      '9155927131',
      '9962981729',
      'Test Sender',
      '38759149196',
      'VGVzdA==',
      'Indore',
      '1234.50',
    ];
    const shown = JSON.stringify(
      masked({
        initiator_id: '9962981729',
        customer_id: '9155927131',
        otp: '4702',
        otp_ref_id: '667',
        aadhar: '999941057058',
        piddata: '<PidData>',
        'secret-key': 'VGVzdA==',
        account: '38759149196',
        sender_name: 'Test Sender',
        amount: 100,
        client_ref_id: 'r',
        residence_address: '{"city":"Indore"}',
        data: {
          tx_status: '0',
          customer_balance: '1234.50',
          recipient_list: [{ recipient_name: 'Test Sender', account: '38759149196' }],
          reason: 'Account 38759149196 of 9155927131 is blocked',
        },
        message: 'Aadhaar 9999 4105 7058 is not linked',
      }),
    );
    for (const secret of secrets) expect(shown).not.toContain(secret);
    for (const open of [
      '"amount":100',
      '"client_ref_id":"r"',
      '"tx_status":"0"',
      '…9196',
      'is blocked',
      'is not linked',
    ])
      expect(shown).toContain(open);
  });

  it.each(['aeps_statement', ''])('nothing of a mini statement: operation %s', (operation) => {
    const list = [
      { date: '14/03', amount: '51,234.56', narration: 'POS/W/1234', txnType: 'Dr' },
      { amount: 789, nested: { amount: '51234.56', message: 'success' } },
    ];
    const answer = {
      response_type_id: 1527,
      message: 'Transaction Successful',
      data: {
        tid: '2147591000',
        commission: '1.00',
        bank_ref_num: '407315000000',
        customer_balance: '8123.45',
        mini_statement_list: list,
      },
    };
    expect(masked(answer, operation)).toEqual({
      response_type_id: 1527,
      message: 'Transaction Successful',
      data: {
        tid: '2147591000',
        commission: '1.00',
        bank_ref_num: '407315000000',
        customer_balance: '<hidden>',
        mini_statement_list: '<hidden>',
      },
    });
  });

  it('no balance: not as an amount, and not in their words', () => {
    const answer = {
      response_type_id: 1466,
      message: 'Your account balance is Rs. 8,123.45',
      data: { amount: '8123.45', customer_balance: '8123.45', comment: 'Balance 812', tid: '2147591000' },
    };
    expect(masked(answer, 'aeps_balance')).toEqual({
      response_type_id: 1466,
      message: 'Your account balance is …',
      data: { amount: '<hidden>', customer_balance: '<hidden>', comment: 'Balance …', tid: '2147591000' },
    });
    expect(masked({ data: { amount: '3000.00', comment: 'Balance 812' } }, 'aeps_withdrawal')).toEqual({
      data: { amount: '3000.00', comment: 'Balance …' },
    }); // what was withdrawn is the transaction's
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        expect(() => JSON.stringify(masked(value))).not.toThrow();
      }),
    );
  });
});
