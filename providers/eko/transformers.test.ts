import * as fc from 'fast-check';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { readEnvelope, readTransaction } from './schemas';
import { forPeople } from '../known-words';
import {
  answerTo,
  answerToWithdrawal,
  CREATES,
  INQUIRY_TYPES,
  INVALID_PARAMS,
  outcomeOfCreate,
  outcomeOfInquiry,
  outcomeOfRefund,
  REFUND_REFUSALS,
  TX_STATUSES,
  type Service,
} from './transformers';
import type { Reply } from '../answers';
import { EKO_ENDPOINTS, ekoSample, ekoSampleWith, type Json } from '../../test/support/eko-examples';

const REF = '0k9tq2m4f7x1z8c5v6b3';
const ignore = (): void => undefined;
const answer = (json: unknown, httpStatus = 200): Reply => ({ kind: 'answer', status: httpStatus, json });
const create = (json: unknown, service: Service = 'dmt', httpStatus = 200): ProviderOutcome =>
  outcomeOfCreate(answer(json, httpStatus), service, REF, ignore);
const ours = { client_ref_id: REF };

/** A transfer's answer that would be believed. */
const success = (data: Json = {}, envelope: Json = {}): Json =>
  ekoSampleWith('dmt-initiate-transfer', 'Success', { ...ours, ...data }, envelope);
const TRANSFER_DECLINES = [
  ['OTP already consumed', 'otp_consumed'],
  ['insufficient balance', 'insufficient_balance'],
  ['wrong OTP', 'otp_wrong'],
  ['monthly limit', 'monthly_limit_exhausted'],
] as const;

describe('codes', () => {
  it('every documented tx_status has its meaning', () => {
    expect(TX_STATUSES).toEqual({
      0: 'succeeded',
      1: 'failed',
      2: 'pending',
      3: 'refund_pending',
      4: 'refunded',
      5: 'pending',
      6: 'pending',
    });
  });

  it('every code that may end a transaction', () => {
    expect(CREATES).toEqual({
      dmt: { success: 325, refusals: [], nothingDone: {} },
      bbps: { success: 333, refusals: [208], nothingDone: {} },
      recharge: { success: 333, refusals: [208], nothingDone: {} },
      aeps: { success: 1463, refusals: [1464], nothingDone: { 1459: 'otp_required' } },
    });
    expect([[...INVALID_PARAMS], [...INQUIRY_TYPES], REFUND_REFUSALS]).toEqual([
      [97, 132, 319, 463],
      [1472, 1388],
      { 302: 'otp_wrong', 303: 'otp_expired', 347: 'insufficient_balance' },
    ]);
  });

  it.each(Object.entries(TX_STATUSES).filter(([, kind]) => kind !== 'failed'))(
    'tx_status %s under status 0 is %s',
    (txStatus, kind) => {
      for (const value of [txStatus, Number(txStatus)])
        expect(create(success({ tx_status: value }))).toMatchObject({
          kind,
          sent: true,
          rawStatus: txStatus,
          providerReference: '3570311831',
          amountPaise: 10_000n,
        });
    },
  );

  it.each(['7', '9', '10', '99', '007', 8])(
    'an undocumented tx_status (%p) is pending and counted',
    (txStatus) => {
      for (const status of [0, 55]) {
        const counted: string[] = [];
        expect(
          outcomeOfCreate(answer(success({ tx_status: txStatus }, { status })), 'dmt', REF, (s) =>
            counted.push(s),
          ).kind,
        ).toBe('pending');
        expect(counted).toEqual([`tx_status ${txStatus}`]);
      }
    },
  );

  it('a success under another response_type_id is not believed yet, and counted', () => {
    for (const [typeId, word] of [
      [333, 'type 333'],
      [undefined, 'type none'],
      [null, 'type none'],
      ['x', 'type none'],
    ] as const) {
      const counted: string[] = [];
      expect(
        outcomeOfCreate(answer(success({}, { response_type_id: typeId })), 'dmt', REF, (s) =>
          counted.push(s),
        ),
      ).toMatchObject({ kind: 'pending', providerReference: '3570311831' });
      expect(counted).toEqual([word]);
    }
    expect(create(success({}, { response_type_id: '325', status: '0' })).kind).toBe('succeeded');
  });

  it.each([
    ['tx_status 1 under status 0', { tx_status: '1' }, {}],
    ['tx_status 0 under status 55', {}, { status: 55 }],
    ['tx_status 2 under status 55', { tx_status: '2' }, { status: 55 }],
    ['tx_status 3 under status 1', { tx_status: '3' }, { status: 1 }],
    ['two that differ', {}, { tx_status: '1', status: 55 }],
  ])('a contradiction is unknown: %s', (_name, data, envelope) => {
    expect(create(success(data, envelope))).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('response_status_id decides nothing', () => {
    for (const id of [-1, 0, 1, 2, 302, 347, null, 'x']) {
      expect(create(success({}, { response_status_id: id })).kind).toBe('succeeded');
      expect(
        create({ ...ekoSampleWith('dmt-initiate-transfer', 'wrong OTP', ours), response_status_id: id }).kind,
      ).toBe('failed');
    }
  });
});

describe('transfers, as documented', () => {
  it('a success', () => {
    expect(create(success())).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '3570311831',
      amountPaise: 10_000n,
      utr: '620415011744',
    }); // no fee: the charge is passed through
  });

  it.each(TRANSFER_DECLINES)('declined: %s', (label, word) => {
    expect(create(ekoSampleWith('dmt-initiate-transfer', label, ours))).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: '1',
      rawReason: word,
      description: expect.stringMatching(/OTP|balance|limit/) as string,
    });
  });

  it('awaited: no type, no reference', () => {
    expect(create(ekoSample('dmt-initiate-transfer', 'awaited'))).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: '2',
      httpStatus: 200,
      description: 'Awaited',
      providerReference: '3570311831',
      amountPaise: 10_000n,
    });
  });

  it('the wallets over Levin and Digikhata answer alike (numbers as texts, much that is empty)', () => {
    expect(
      create(
        success({
          utrnumber: '',
          total_sent: '',
          bank_ref_num: '250121123714472002',
          amount: '110.00',
          recipient_id: 10_017_680,
        }),
      ),
    ).toMatchObject({ kind: 'succeeded', amountPaise: 11_000n, utr: '250121123714472002' });
  });
});

describe('bills and recharges, as documented', () => {
  it.each(['bbps', 'recharge'] as const)('%s: paid', (service) => {
    expect(create(ekoSample('bbps-pay-bill'), service)).toMatchObject({
      kind: 'succeeded',
      rawStatus: '0',
      providerReference: '3570553488',
      amountPaise: 287_000n,
    });
  });

  it.each(['bbps', 'recharge'] as const)(
    '%s: the amount is not that of the bill; the refusal has a tid',
    (service) => {
      expect(create(ekoSample('bbps-pay-bill', 'Amount mismatch'), service)).toMatchObject({
        kind: 'failed',
        sent: true,
        rawStatus: 'status 208',
        rawReason: '208',
        providerReference: '3571183956',
      });
    },
  );

  it('208 is no refusal where it is not documented, nor under another type, nor beside a tx_status', () => {
    const mismatch = ekoSample('bbps-pay-bill', 'Amount mismatch');
    expect(create(mismatch, 'dmt').kind).toBe('unknown');
    expect(create(mismatch, 'aeps').kind).toBe('unknown');
    expect(create({ ...mismatch, response_type_id: 333 }, 'bbps').kind).toBe('unknown');
    for (const txStatus of ['0', '2'])
      expect(
        create(ekoSampleWith('bbps-pay-bill', 'Amount mismatch', { tx_status: txStatus }), 'bbps').kind,
      ).toBe('unknown');
  });

  it('a field that is missing', () => {
    expect(create(ekoSample('bbps-pay-bill', 'Required field'), 'bbps')).toEqual({
      kind: 'failed',
      sent: true,
      rawStatus: 'status 97',
      rawReason: '97',
      description: 'refused: amount',
      httpStatus: 200,
    });
  });
});

describe('withdrawals, as documented', () => {
  const withdraw = (json: unknown): ReturnType<typeof answerToWithdrawal> =>
    answerToWithdrawal(answer(json), REF, ignore);
  it('a success, with what the terminal prints', () => {
    expect(
      withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: '1234.50' })),
    ).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '0000000000',
      amountPaise: 100_000n,
      utr: '0000000000',
      customerBalancePaise: 123_450n,
      maskedAadhaar: 'XXXX XXXX 0000',
    });
  });
  it('refused: wrong merchant, and a wrong bank with every field empty', () => {
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'incorrect merchant'))).toMatchObject({
      kind: 'failed',
      rawStatus: '1',
      rawReason: '1464',
      description: 'Incorrect merchantId or pin',
    });
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'invalid bank_code'))).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 1464',
      description: 'Transaction Not Completed',
    });
  });
  it('pending', () => {
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'Pending'))).toMatchObject({
      kind: 'pending',
      rawStatus: '2',
      providerReference: '0000000000',
    });
  });
  it('an OTP is wanted first: nothing was withdrawn', () => {
    const otpRequired = {
      response_status_id: 0,
      data: { fp_transaction_id: 'FP2609010001234567' },
      response_type_id: 1459,
      message: 'OTP generated successfully.',
      status: 0,
    };
    expect(withdraw(otpRequired)).toMatchObject({ kind: 'failed', rawReason: 'otp_required' });
    for (const data of [{ tid: '1' }, { tx_status: '0' }, { tx_status: '2' }])
      expect(withdraw({ ...otpRequired, data }).kind).toMatch(/unknown|pending/);
    expect(create(otpRequired, 'dmt').kind).toBe('unknown');
  });
  it('P7 an Aadhaar number that is not masked, and a balance that is none, are left out', () => {
    for (const aadhar of ['999941057058', '9999 4105 7058', 'XXXX41057058', 'X'.repeat(200)])
      expect(
        withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { aadhar })).maskedAadhaar,
      ).toBeUndefined();
    for (const balance of ['', 'NA', '1e9', '1.234', {}])
      expect(
        withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: balance })),
      ).not.toHaveProperty('customerBalancePaise');
    expect(
      withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: '-10.00' }))
        .customerBalancePaise,
    ).toBe(-1_000n); // an overdraft
  });
});

describe('P5 what is not documented ends nothing', () => {
  it('only a 200 carries an answer; a 403 is the door', () => {
    const declined = ekoSampleWith('dmt-initiate-transfer', 'wrong OTP', ours);
    for (const httpStatus of [201, 202, 204, 301, 400, 401, 404, 405, 409, 415, 422, 429, 500, 502, 503, 504])
      expect(create(declined, 'dmt', httpStatus)).toEqual({
        kind: 'unknown',
        sent: true,
        rawStatus: `<http ${httpStatus}>`,
        httpStatus,
      });
    expect(create(declined, 'dmt', 403)).toEqual({
      kind: 'unknown',
      sent: false,
      rawStatus: '<http 403>',
      httpStatus: 403,
    });
    expect(
      outcomeOfCreate({ kind: 'answer', status: 429, json: {}, retryAfterMs: 2_000 }, 'dmt', REF, ignore),
    ).toMatchObject({ kind: 'unknown', sent: true, retryAfterMs: 2_000 });
  });

  it('without an answer', () => {
    expect(outcomeOfCreate({ kind: 'failure', reason: 'timeout', sent: true }, 'dmt', REF, ignore)).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<timeout>',
    });
    expect(
      outcomeOfCreate({ kind: 'failure', reason: 'connect_refused', sent: false }, 'dmt', REF, ignore),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<connection refused>' });
    expect(
      outcomeOfCreate({ kind: 'refusal', word: '<breaker open>', retryAfterMs: 900 }, 'dmt', REF, ignore),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<breaker open>', retryAfterMs: 900 });
    expect(
      outcomeOfInquiry(
        { kind: 'failure', reason: 'connect_refused', sent: false },
        { ourReference: REF },
        ignore,
      ),
    ).toMatchObject({ kind: 'unknown', sent: true });
  });

  it.each([
    undefined,
    null,
    [],
    'x',
    5,
    {},
    { status: null },
    { status: 'ok' },
    { status: 0.5 },
    { status: 0 },
    { status: 55 },
    { status: 55, response_type_id: 55 },
    { status: 0, data: [] },
    { status: 0, response_type_id: 325, data: { tx_status: null } },
  ])('%j is unknown', (json) => {
    for (const service of ['dmt', 'bbps', 'recharge', 'aeps'] as const)
      expect(create(json, service)).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('another reference is another transaction, whatever it says', () => {
    for (const label of ['Success', TRANSFER_DECLINES[0][0], 'awaited'])
      expect(
        create(ekoSampleWith('dmt-initiate-transfer', label, { client_ref_id: 'ffffffffffffffffffff' })),
      ).toMatchObject({ kind: 'unknown', rawStatus: '<other reference>' });
  });

  it.each([
    ['tx_status', 'Success'],
    ['tx_status', '0000'],
    ['tx_status', 0.5],
    ['tx_status', -1],
    ['tx_status', true],
    ['tx_status', {}],
    ['tid', 'x1'],
    ['tid', 1e21],
    ['tid', 9_007_199_254_740_992],
    ['tid', {}],
    ['tid', '1'.repeat(21)],
    ['tid', null],
    ['tid', ''],
    ['amount', '100.001'],
    ['amount', '1e2'],
    ['amount', '-100'],
    ['amount', '1,000'],
    ['amount', NaN],
    ['amount', 1e300],
    ['amount', '99999999999999'],
    ['amount', {}],
    ['amount', null],
    ['amount', undefined],
    ['client_ref_id', 7],
    ['client_ref_id', {}],
    ['client_ref_id', 'a b'],
    ['client_ref_id', 'x'.repeat(41)],
  ])('a success with %s = %p is not believed', (field, value) => {
    expect(create(success({ [field]: value }))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<unrecognised answer>',
    });
  });

  it('odd fields for people hold nothing up', () => {
    for (const value of [null, '', 'null', 'NA', 7, {}, [], '<script>', 'x'.repeat(10_000)])
      expect(
        create(
          success({
            bank_ref_num: value,
            txstatus_desc: value,
            balance: value,
            fee: value,
            timestamp: value,
          }),
        ).kind,
      ).toBe('succeeded');
    expect(create(success({ amount: 100.5 })).amountPaise).toBe(10_050n);
    expect(create(success({ tid: 3_570_311_831 })).providerReference).toBe('3570311831');
  });

  it('refused parameters: only documented statuses, and never about our reference', () => {
    const refused = (status: number, params: Json = { amount: 'x' }, more: Json = {}): ProviderOutcome =>
      create({ status, response_type_id: -1, invalid_params: params, ...more });
    for (const status of INVALID_PARAMS)
      expect(refused(status)).toMatchObject({ kind: 'failed', sent: true, rawReason: String(status) });
    for (const status of [0, 1, 55, 98, 500])
      expect(refused(status)).toMatchObject({ kind: 'unknown', sent: true });
    expect(refused(97, { client_ref_id: 'duplicate' }).kind).toBe('unknown');
    expect(refused(97, { amount: 'x' }, { data: { tid: '5' } })).toMatchObject({
      kind: 'unknown',
      providerReference: '5',
    });
    expect(refused(97, { amount: 'x' }, { data: { tx_status: '1' } }).kind).toBe('unknown');
    expect(refused(97, { amount: 'x' }, { response_type_id: 325 }).kind).toBe('unknown');
    expect(refused(97, {}).kind).toBe('unknown');
  });

  it('limits, an unknown customer and a low balance are refusals of other calls: unknown without a tx_status', () => {
    for (const status of [36, 346, 347, 461, 463, 945, 1297])
      expect(
        create({ status, response_status_id: 1, response_type_id: status, message: 'no', data: {} }),
      ).toMatchObject({ kind: 'unknown', sent: true, rawReason: String(status) });
  });

  const values = fc.oneof(
    fc.constantFrom<unknown>(
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      0,
      1,
      '',
      null,
      undefined,
      '9',
      'x',
      REF,
      '100.00',
      '5',
      55,
      208,
      333,
      325,
      1463,
      1464,
      -1,
    ),
    fc.jsonValue(),
  );
  const envelopes = fc.record(
    {
      status: values,
      response_type_id: values,
      response_status_id: values,
      message: values,
      tx_status: fc.constantFrom<unknown>(undefined, '0', '1'),
      invalid_params: fc.constantFrom<unknown>(undefined, {}, { amount: 'x' }, { client_ref_id: 'x' }, []),
      data: fc.oneof(
        fc.record(
          { tx_status: values, tid: values, amount: values, client_ref_id: values },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );

  it('any envelope at all: failed and succeeded come of documented answers only', () => {
    fc.assert(
      fc.property(
        fc.oneof(envelopes, fc.jsonValue()),
        fc.constantFrom<Service>('dmt', 'bbps', 'recharge', 'aeps'),
        fc.constantFrom(200, 200, 200, 201, 403, 404, 500),
        (given, service, httpStatus) => {
          const json: unknown = given === undefined ? undefined : JSON.parse(JSON.stringify(given) ?? 'null');
          const outcome = create(json, service, httpStatus);
          expect(outcome.sent).toBe(httpStatus !== 403);
          const envelope = httpStatus === 200 ? readEnvelope(json) : undefined;
          const read = envelope === undefined ? undefined : readTransaction(envelope);
          const { txStatus, tid, amountPaise } =
            read?.ok === true ? read.value : { txStatus: undefined, tid: undefined, amountPaise: undefined };
          const { status, typeId } = envelope ?? { status: undefined, typeId: undefined };
          const refused =
            status !== undefined &&
            [...CREATES[service].refusals, ...INVALID_PARAMS].includes(status) &&
            (txStatus === undefined || txStatus === '1');
          const allowed: Record<string, boolean> = {
            succeeded:
              txStatus === '0' &&
              status === 0 &&
              typeId === CREATES[service].success &&
              tid !== undefined &&
              amountPaise !== undefined,
            failed:
              (txStatus === '1' && status !== 0) ||
              refused ||
              (service === 'aeps' && typeId === 1459 && status === 0 && txStatus === undefined),
            refund_pending: status === 0 && txStatus === '3',
            refunded: status === 0 && txStatus === '4',
          };
          expect([outcome.kind, allowed[outcome.kind] ?? true]).toEqual([outcome.kind, true]);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('any reader takes any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(envelopes, fc.jsonValue()), (json) => {
        for (const read of Object.values(answerTo)) expect(read(answer(json), ignore)).toHaveProperty('ok');
        for (const kind of [
          outcomeOfInquiry(answer(json), { ourReference: REF }, ignore).kind,
          outcomeOfRefund(answer(json), '5', ignore).kind,
        ])
          expect(typeof kind).toBe('string');
        expect(typeof answerToWithdrawal(answer(json), REF, ignore).kind).toBe('string');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('inquiries', () => {
  const byReference = (json: unknown): InquiryAnswer =>
    outcomeOfInquiry(answer(json), { ourReference: REF }, ignore);
  const byTid = (json: unknown, tid = '12971397'): InquiryAnswer =>
    outcomeOfInquiry(answer(json), { ourReference: REF, providerReference: tid }, ignore);
  const found = (data: Json = {}, envelope: Json = {}): Json =>
    ekoSampleWith('transaction-inquiry', 'Success', { ...ours, ...data }, envelope);

  it('a success, by reference and by tid', () => {
    const expected = {
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '12971397',
      amountPaise: 104_500n,
      utr: '8761099407',
    };
    expect(byReference(found())).toEqual(expected);
    expect(byTid(found())).toEqual(expected);
  });

  it.each(Object.entries(TX_STATUSES))('tx_status %s is %s', (txStatus, kind) => {
    expect(byReference(found({ tx_status: txStatus }))).toMatchObject({
      kind,
      sent: true,
      rawStatus: txStatus,
    });
  });

  it('the other form of the same page: type 1388, tx_status twice, numbers as numbers', () => {
    expect(
      outcomeOfInquiry(
        answer(ekoSampleWith('qr-transaction-inquiry', 'Success', ours)),
        { ourReference: REF },
        ignore,
      ),
    ).toMatchObject({ kind: 'succeeded', providerReference: '2886601782', amountPaise: 49_900n });
  });

  it('not found by our reference; by a tid of theirs a contradiction', () => {
    const none = ekoSample('qr-transaction-inquiry', 'not found');
    expect(byReference(none)).toEqual({ kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 });
    expect(byTid(none)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: '<not found>' });
  });

  it.each<[string, Json]>([
    ['another text', { message: 'Please try after some time' }],
    ['no text', { message: null }],
    ['a transaction after all', { data: { tid: '5' } }],
    ['another status', { status: 2 }],
    ['another status id', { response_status_id: 1 }],
    ['a type', { response_type_id: 1472 }],
    ['a complaint', { invalid_params: { x: 'y' } }],
    ['a success', { status: 0 }],
  ])('P5 like not found, but %s: unknown', (_name, change) => {
    expect(byReference({ ...ekoSample('qr-transaction-inquiry', 'not found'), ...change })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
  });

  it.each<[string, Json]>([
    ['of another reference', found({ client_ref_id: 'ffffffffffffffffffff' })],
    ['without our reference', found({ client_ref_id: '' })],
    ['without a tid', found({ tid: '' })],
    ['without a tx_status', found({ tx_status: '' })],
    ['of another type', found({}, { response_type_id: 325 })],
    ['without a type', found({}, { response_type_id: null })],
    ['with a status', found({ tx_status: '1' }, { status: 1 })],
    ['a success without its amount', found({ amount: '' })],
    ['with two tx_status', found({}, { tx_status: '1' })],
  ])('P5 %s: unknown', (_name, json) => {
    expect(byReference(json)).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('by tid the tid has to be that one; a reference may be missing, not another', () => {
    expect(byTid(found(), '12971398')).toMatchObject({ kind: 'unknown', rawStatus: '<other transaction>' });
    expect(byTid(found({ client_ref_id: '' })).kind).toBe('succeeded');
    expect(byTid(found({ client_ref_id: 'ffffffffffffffffffff' }))).toMatchObject({
      kind: 'unknown',
      rawStatus: '<other reference>',
    });
  });

  it('an unknown tx_status is pending and counted, and no HTTP error says anything', () => {
    const counted: string[] = [];
    expect(
      outcomeOfInquiry(answer(found({ tx_status: '8' })), { ourReference: REF }, (s) => counted.push(s)).kind,
    ).toBe('pending');
    expect(counted).toEqual(['tx_status 8']);
    for (const httpStatus of [403, 404, 500])
      expect(
        outcomeOfInquiry(answer(found({ tx_status: '1' }), httpStatus), { ourReference: REF }, ignore),
      ).toMatchObject({ kind: 'unknown', sent: true, httpStatus });
  });
});

describe('refunds', () => {
  const refund = (json: unknown): ProviderOutcome => outcomeOfRefund(answer(json), '13192443', ignore);
  it("done: the amount is the transfer's, without the charge that comes back too", () => {
    expect(refund(ekoSample('initiate-refund'))).toEqual({
      kind: 'refunded',
      sent: true,
      rawStatus: 'type 74',
      providerReference: '13192443',
      httpStatus: 200,
      amountPaise: 500_000n,
    });
  });
  it.each([
    ['Invalid or expired OTP', 'otp_wrong'],
    ['OTP session expired', 'otp_expired'],
    ['Insufficient balance', 'insufficient_balance'],
  ])('refused: %s', (label, rawReason) => {
    expect(refund(ekoSample('qr-initiate-refund', label))).toMatchObject({
      kind: 'failed',
      rawReason,
      providerReference: '13192443',
    });
  });
  it('anything else is unknown, and an inquiry tells', () => {
    for (const json of [
      ekoSample('qr-initiate-refund'),
      ekoSample('qr-get-refund-otp', 'already refunded'),
      {},
      null,
      ekoSampleWith('initiate-refund', 'Success', { tid: '13192444' }),
      ekoSampleWith('initiate-refund', 'Success', { tid: '' }),
      { status: 1, response_status_id: 302, data: { tid: '13192443' } },
      { status: 302 },
    ]) {
      expect(refund(json)).toMatchObject({ kind: 'unknown', sent: true });
    }
    expect(outcomeOfRefund(answer(ekoSample('initiate-refund'), 500), '13192443', ignore).kind).toBe(
      'unknown',
    );
  });
});

describe('the desk: every documented sample', () => {
  const page = {
    'dmt-get-sender': 'sender',
    'dmt-onboard-sender': 'enrolment',
    'dmt-fino-sender-ekyc': 'ekycStart',
    'dmt-fino-validate-ekyc-otp': 'ekycFinish',
    'dmt-get-recipients': 'recipients',
    'dmt-add-recipient': 'newRecipient',
    'dmt-send-otp': 'otp',
    'get-refund-otp': 'otp',
    'activate-aeps-fingpay': 'activation',
    'aeps-fingpay-send-otp-kyc': 'kycOtp',
    'aeps-fingpay-verify-otp-kyc': 'kycOtpCheck',
    'aeps-fingpay-biometric-ekyc': 'biometricKyc',
    'aeps-fingpay-daily-auth': 'dailyKyc',
    'aeps-fingpay-balance-enquiry': 'balance',
    'aeps-fingpay-mini-statement': 'miniStatement',
    'bbps-get-categories': 'categories',
    'bbps-get-operators': 'billers',
    'bbps-get-operator-parameters': 'parameters',
    'bbps-operator-code-circle': 'operator',
    'bbps-recharge-plans': 'plans',
    'bbps-fetch-bill': 'bill',
  } as const;
  const read = (id: keyof typeof page, label: string, httpStatus = 200): unknown =>
    answerTo[page[id]](answer(ekoSample(id, label), httpStatus), ignore);

  it.each<[keyof typeof page, string, unknown]>([
    ['dmt-get-sender', 'Success', { state: 'active', name: 'Test Sender', remainingPaise: 2_500_000n }],
    ['dmt-get-sender', 'not enrolled', { state: 'unknown', name: null, remainingPaise: null }],
    ['dmt-get-sender', 'KYC pending', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-onboard-sender', 'Success', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-onboard-sender', 'Alternate success', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-fino-sender-ekyc', 'Success', { otpRef: '666803844', kycRequestId: '9332126' }],
    ['dmt-fino-validate-ekyc-otp', 'Success', { state: 'active', name: null, remainingPaise: null }],
    [
      'dmt-get-recipients',
      'Success',
      [
        {
          ref: '117015428',
          name: 'Test Recipient',
          bank: 'State Bank of India',
          ifsc: 'SBIN0007515',
          accountNumber: '38759149196',
          mobile: '9002331157',
          isVerified: false,
        },
      ],
    ],
    ['dmt-get-recipients', 'No recipients', []],
    ['dmt-add-recipient', 'Success', { ref: '117015428' }],
    ['dmt-send-otp', 'Success', { otpRef: '666902416' }],
    [
      'get-refund-otp',
      'Success',
      { otpRef: 'zCISyglexo0Pjqp4YrS2ssweuD9v1c3aLKGxjTW8wU7An8Wem1UyNws5830yh7q/sf5J4R3BY=' },
    ], // a success under status 2133
    ['activate-aeps-fingpay', 'Success', true],
    [
      'aeps-fingpay-send-otp-kyc',
      'Success',
      { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' },
    ],
    [
      'aeps-fingpay-verify-otp-kyc',
      'Success',
      { otpRef: '815031', referenceTid: 'BEKYF4719702240123152147525I' },
    ],
    ['aeps-fingpay-biometric-ekyc', 'Success', true],
    ['aeps-fingpay-daily-auth', 'Success', true],
    ['aeps-fingpay-balance-enquiry', 'Success', { customerBalancePaise: 0n, reference: '0000000000' }],
    [
      'aeps-fingpay-mini-statement',
      'Success',
      {
        customerBalancePaise: 0n,
        reference: '0000000000',
        lines: [
          { date: '01/01', amountPaise: 0n, direction: 'debit', narration: 'MAT/W/000000' },
          { date: '31/12', amountPaise: 0n, direction: 'credit', narration: 'MAT/D/000000' },
          { date: '28/12', amountPaise: 0n, direction: 'debit', narration: 'POS/W/000000' },
        ],
      },
    ],
    [
      'bbps-get-categories',
      'Success',
      [
        { id: '1', name: 'Broadband Postpaid' },
        { id: '8', name: 'Electricity' },
        { id: '11', name: 'Water' },
        { id: '22', name: 'FASTag' },
      ],
    ],
    [
      'bbps-get-operators',
      'Success',
      [
        { id: '159', name: 'ACT Fibernet', category: '1', mustFetch: false },
        { id: '541', name: 'Port Blair Municipal Council - Water', category: '11', mustFetch: false },
      ],
    ],
    [
      'bbps-get-operator-parameters',
      'Success',
      {
        mustFetch: false,
        parameters: [
          {
            name: 'utility_acc_no',
            label: 'Mobile Number',
            dataType: 'NUMERIC',
            isOptional: false,
            pattern: '^[0-9]{10}$',
            minLength: null,
            maxLength: null,
          },
          {
            name: 'Recharge Type',
            label: 'Recharge Type',
            dataType: 'ALPHANUMERIC',
            isOptional: false,
            pattern: '^(?:1|3)$',
            minLength: null,
            maxLength: null,
          },
        ],
      },
    ],
    ['bbps-operator-code-circle', 'Success', { operatorCode: '1', circleCode: '23' }],
    [
      'bbps-recharge-plans',
      'Success',
      [
        { amountPaise: 22_400n, validity: '30 Days', description: 'Unlimited Calls + 4GB data ...' },
        { amountPaise: 34_900n, validity: '28 Days', description: '1.5 GB/day + Unlimited Calls ...' },
      ],
    ],
    [
      'bbps-fetch-bill',
      'Success',
      {
        bill: { amountPaise: 287_000n, dueDate: '2026-07-28', billDate: null, customerName: 'Test Customer' },
      },
    ],
    ['bbps-fetch-bill', 'failed at the biller', { reason: 'Please try again after some time.' }],
  ])('%s, %s', (id, label, value) => {
    expect(read(id, label)).toEqual({ ok: true, value });
  });

  it.each<[keyof typeof page, string, string, string]>([
    ['dmt-fino-sender-ekyc', 'Incorrect PID', '2135', 'K-100 EKYC Verification failed'],
    [
      'dmt-fino-sender-ekyc',
      'existing relationship',
      '2135',
      'Sorry! Since you already have an existing relationship with the bank',
    ],
    ['dmt-fino-validate-ekyc-otp', 'already registered', '2131', 'Customer Already registred'],
    ['dmt-fino-validate-ekyc-otp', 'Incorrect OTP', '2131', 'Wrong OTP'],
    ['dmt-fino-validate-ekyc-otp', 'expired', '2131', 'OTP expired'],
    ['dmt-get-recipients', 'does not exist', '463', 'customer_id does not exist in system'],
    ['dmt-add-recipient', 'already registered', '342', 'Recipient already registered'],
    ['dmt-add-recipient', 'does not exist', '463', 'customer_id does not exist in system'],
    ['dmt-send-otp', 'Sender monthly limit', '36', 'Sender/beneficiary monthly limit exhausted'],
    ['dmt-send-otp', 'Beneficiary monthly limit', '945', 'Beneficiary monthly limit exhausted'],
    ['dmt-send-otp', 'does not exist', '463', 'customer_id does not exist in system'],
    ['activate-aeps-fingpay', 'not onboarded', '1297', 'This user does not exist'],
    ['aeps-fingpay-send-otp-kyc', 'not activated', '346', 'Agent not allowed to this transaction'],
    ['aeps-fingpay-send-otp-kyc', 'Incorrectly encrypted', '97', 'Please provide the value of the field'],
    [
      'aeps-fingpay-verify-otp-kyc',
      'Invalid or expired',
      '461',
      'The details entered are incorrect or the OTP has expired. Kindly request a new OTP.',
    ],
    ['aeps-fingpay-biometric-ekyc', 'skipped', '461', 'Merchant is Inactive or Invalid Details'],
    ['aeps-fingpay-daily-auth', 'no reason', '1714', 'KYC Fail'],
    [
      'aeps-fingpay-daily-auth',
      'Bank eKYC pending',
      '1714',
      'Please complete bank eKYC to process the transaction.',
    ],
    ['aeps-fingpay-balance-enquiry', 'incorrect merchant', '1464', 'Incorrect merchantId or pin'],
    ['aeps-fingpay-mini-statement', 'incorrect merchant', '1528', 'Incorrect merchantId or pin'],
    ['bbps-get-operators', 'initiator_id', '319', 'Invalid Sender/Initiator'],
    ['bbps-fetch-bill', 'Required field', '97', 'Please provide the value of the field'],
  ])('%s, %s: refused', (id, label, rawStatus, rawReason) => {
    expect(read(id, label)).toEqual({ ok: false, kind: 'refused', rawStatus, rawReason });
  });

  it('plans that could not be fetched may be asked for again', () => {
    expect(read('bbps-recharge-plans', 'unavailable')).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: 'type 1805',
      rawReason: 'Unable to fetch plans',
    });
  });

  it('covers every sample of every page that the connector calls', () => {
    const desk = EKO_ENDPOINTS.filter((e) => Object.hasOwn(page, e.id));
    expect(desk).toHaveLength(Object.keys(page).length);
    for (const { id, samples } of desk)
      for (const { label, body } of samples)
        expect([label, answerTo[page[id as keyof typeof page]](answer(body), ignore)]).not.toEqual([
          label,
          expect.objectContaining({ rawStatus: '<unrecognised answer>' }),
        ]);
  });

  it('no page is believed under an HTTP error, and a type that is not of the page is unknown', () => {
    expect(read('dmt-get-sender', 'Success', 500)).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: '<http 500>',
    });
    expect(answerTo.sender(answer(ekoSample('dmt-send-otp')), ignore)).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: 'type 2133',
    });
    expect(
      answerTo.otp(answer(ekoSampleWith('dmt-send-otp', 'Success', { otp_ref_id: '' })), ignore),
    ).toMatchObject({ ok: false, kind: 'unknown' });
  });

  it('P7 their words lose personal numbers', () => {
    expect(forPeople('Account 38759149196 of 9002331157 is blocked')).not.toMatch(/\d{6}/);
    expect(forPeople('The account of Zxqabc is blocked')).toBe('The account of … is blocked');
    expect(forPeople('wait '.repeat(1_000))).toHaveLength(200);
  });
});
