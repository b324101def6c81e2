import * as fc from 'fast-check';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { readEnvelope, readTransaction } from './schemas';
import {
  answerTo,
  answerToWithdrawal,
  CREATES,
  outcomeOfCreate,
  outcomeOfInquiry,
  outcomeOfRefund,
  type Service,
} from './transformers';
import { INVALID_PARAMS, isRefusalOfParams } from './set-up';
import { ekoSampleWith, type Json } from '../../test/support/eko-examples';
import {
  REF,
  ignore,
  answer,
  create,
  ours,
  success,
  TRANSFER_DECLINES,
} from '../../test/support/eko-answers';

describe('P5 what is not documented ends nothing', () => {
  it('only a 200 carries an answer; a 403 is the door', () => {
    const declined = ekoSampleWith('dmt-initiate-transfer', 'wrong OTP', ours);
    for (const httpStatus of [201, 202, 204, 301, 400, 401, 404, 405, 409, 415, 422, 429, 500, 502, 503, 504])
      expect(create(declined, 'dmt', httpStatus)).toEqual({
        kind: 'unknown',
        sent: true,
        rawStatus: `<http ${httpStatus}>`,
        httpStatus,
        ...(httpStatus < 500 && httpStatus !== 429 ? { isSetupFault: true } : {}),
      });
    expect(create(declined, 'dmt', 403)).toEqual({
      kind: 'unknown',
      sent: false,
      rawStatus: '<http 403>',
      httpStatus: 403,
      isSetupFault: true,
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

  it('refused parameters in the whole documented form: any status but 0, and never about our reference', () => {
    const refused = (more: Json = {}): ProviderOutcome =>
      create({
        status: 461,
        response_status_id: 1,
        response_type_id: -1,
        invalid_params: { name: 'Name too long', dob: 'Must be over 18 years' },
        ...more,
      });
    for (const status of [1, 17, 98, 346, 461, 945])
      expect(refused({ status })).toMatchObject({
        kind: 'failed',
        sent: true,
        rawStatus: `status ${status}`,
        rawReason: 'invalid_params',
        description: 'refused: name, dob',
      });
    expect(refused({ invalid_params: undefined, invalid_parameters: { name: 'x' } }).kind).toBe('failed');
    for (const more of [
      { status: 0 },
      { response_status_id: 0 },
      { response_status_id: undefined },
      { response_type_id: 461 },
      { response_type_id: undefined },
      { invalid_params: {} },
      { invalid_params: { name: 'x', client_ref_id: 'duplicate' } },
      { invalid_params: { client_ref_id: 'x' }, invalid_parameters: { name: 'x' } },
      { data: { tid: '5' } },
      { data: { tx_status: '1' } },
    ])
      expect(refused(more)).toMatchObject({ kind: 'unknown', sent: true });
    expect(refused({ invalid_params: { initiator_id: 'x' } })).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
    });
  });

  it('refused parameters in the form of the samples: only documented statuses', () => {
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
          const envelope = httpStatus === 200 ? readEnvelope(json) : undefined;
          const read = envelope === undefined ? undefined : readTransaction(envelope);
          const { txStatus, tid, amountPaise } =
            read?.ok === true ? read.value : { txStatus: undefined, tid: undefined, amountPaise: undefined };
          const { status, typeId } = envelope ?? { status: undefined, typeId: undefined };
          const refused =
            status !== undefined &&
            ([...CREATES[service].refusals, ...INVALID_PARAMS].includes(status) ||
              isRefusalOfParams(envelope!)) &&
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
          const { kind, sent } = outcome;
          expect([kind, sent, allowed[kind] ?? true]).toEqual([kind, httpStatus !== 403, true]);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('any reader takes any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(envelopes, fc.jsonValue()), (json) => {
        const mute = Object.entries(answerTo).filter(([, read]) => !('ok' in read(answer(json), ignore)));
        const kinds = [
          outcomeOfInquiry(answer(json), { ourReference: REF }, ignore).kind,
          outcomeOfRefund(answer(json), '5', ignore).kind,
          answerToWithdrawal(answer(json), REF, ignore).kind,
        ];
        expect([mute, ...kinds.map((kind) => typeof kind)]).toEqual([[], 'string', 'string', 'string']);
      }),
      { numRuns: 1_000 },
    );
  });
});
