import * as fc from 'fast-check';
import type { DeskAnswer } from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { readComplaint, readNumberDetails, readPlans } from './schemas';
import { forPeople } from '../known-words';
import {
  EXACTNESS,
  FETCH_STATES,
  FETCH_TYPES,
  LISTED_STATUSES,
  PAYMENT_REFUSALS,
  PAYMENT_STATUSES,
  RECHARGE_STATUSES,
  VALIDATION_STATUSES,
  deskProblem,
  findPayment,
  outcomeOfPayment,
  outcomeOfPaymentRequest,
  outcomeOfRechargeRequest,
  outcomeOfRechargeStatus,
  validationAnswer,
} from './transformers';
import type { Reply } from '../answers';
import { setuContract, type Json } from '../../test/support/setu-contract';

const REF_ID = 'HENSVVR4QOS7X1UGPY7JGUV444P10102202';
const REFERENCE = '01jd3m5v8k2q7x9r4t6w';
const PAY = '/api/v2/bbps/bills/payment/request';
const PAID = '/api/v2/bbps/bills/payment/response';
const billpay = setuContract('billpay');
const recharge = setuContract('recharge');
const ignore = (): void => undefined;
const answer = (status: number, json: unknown, more: { retryAfterMs?: number } = {}): Reply => ({
  kind: 'answer',
  status,
  json,
  ...more,
});
const error = (code: string, more: Json = {}): Json => ({
  success: false,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  error: { code, message: 'Input is invalid', ...more },
});
const ok = (data: unknown): Json => ({ success: true, traceId: 'C3SFG0O6N88R6UI7EQ', data });
const paid = (data: Json, onUnlisted: (s: string) => void = ignore): ProviderOutcome =>
  outcomeOfPayment(
    answer(200, ok({ refId: REF_ID, ...data })),
    { ourReference: REFERENCE, providerReference: REF_ID },
    onUnlisted,
  );
const recharged = (data: Json, onUnlisted: (s: string) => void = ignore): ProviderOutcome =>
  outcomeOfRechargeRequest(answer(200, ok(data)), onUnlisted);
const statusOf = (reply: Reply, providerReference?: string): InquiryAnswer =>
  outcomeOfRechargeStatus(
    reply,
    { ourReference: REFERENCE, ...(providerReference === undefined ? {} : { providerReference }) },
    ignore,
  );

/** Whatever is no answer at all. */
const NO_ANSWERS: [Reply, boolean, string][] = [
  [{ kind: 'failure', reason: 'timeout', sent: true }, true, '<timeout>'],
  [{ kind: 'failure', reason: 'reset', sent: true }, true, '<connection reset>'],
  [{ kind: 'failure', reason: 'connect_refused', sent: false }, false, '<connection refused>'],
  [{ kind: 'failure', reason: 'too_late', sent: false }, false, '<too late>'],
  [{ kind: 'refusal', word: '<breaker open>', retryAfterMs: 5 }, false, '<breaker open>'],
  [{ kind: 'refusal', word: '<no token>', retryAfterMs: 5 }, false, '<no token>'],
  [{ kind: 'unreadable', status: 200 }, true, '<unreadable answer>'],
];

describe('status words', () => {
  it('every documented word has its meaning', () => {
    expect(PAYMENT_STATUSES).toEqual({
      Processing: 'pending',
      Success: 'succeeded',
      Failure: 'failed',
      Credit_Adjustment: 'reversed',
    });
    expect(LISTED_STATUSES).toEqual({
      Processing: 'pending',
      Success: 'succeeded',
      Error: 'failed',
      Credit_Adjustment: 'reversed',
    });
    expect(RECHARGE_STATUSES).toEqual({
      Processing: 'pending',
      Successful: 'succeeded',
      Failure: 'failed',
      REVERSED: 'reversed',
    });
    expect(FETCH_STATES).toEqual({
      Processing: 'processing',
      Success: 'fetched',
      Failure: 'failed',
      Credit_Adjustment: 'failed',
    });
    expect(VALIDATION_STATUSES).toEqual({ 'Validation Successful': true, 'Validation Failed': false });
    expect(Object.keys(EXACTNESS)).toEqual(['Exact', 'Exact and above', 'Exact and below', 'Any', 'RANGE']);
    expect(Object.keys(FETCH_TYPES)).toEqual(['BILL_FETCH', 'BILL_VALIDATE', 'BILL_DIRECT']);
  });

  it.each(Object.entries(PAYMENT_STATUSES))('a payment that is %s is %s', (status, kind) => {
    expect(paid({ status })).toMatchObject({
      kind,
      sent: true,
      rawStatus: status,
      providerReference: REF_ID,
    });
  });
  it.each(Object.entries(RECHARGE_STATUSES))('a recharge that is %s is %s', (status, kind) => {
    expect(recharged({ status, transactionRefId: 'CYJSTPM37695672' })).toMatchObject({
      kind,
      sent: true,
      rawStatus: status,
      providerReference: 'CYJSTPM37695672',
    });
  });

  it.each([
    'SUCCESS',
    'success',
    'Failed',
    'FAILURE',
    'Pending',
    'Refunded',
    'constructor',
    'toString',
    'Error',
  ])('an unlisted word (%s) is pending and counted', (status) => {
    const counted: string[] = [];
    const kinds = [
      paid({ status }, (s) => counted.push(s)).kind,
      recharged({ status, transactionRefId: 'CYJSTPM37695672' }, (s) => counted.push(s)).kind,
    ];
    expect([kinds, counted]).toEqual([
      ['pending', 'pending'],
      [status, status],
    ]);
  });
});

describe('the answer to payment/request', () => {
  it('accepted is pending with their reference', () => {
    expect(outcomeOfPaymentRequest(answer(200, ok({ refId: REF_ID })))).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: '<accepted>',
      providerReference: REF_ID,
      httpStatus: 200,
    });
  });

  it('P4 a duplicate is the payment that exists', () => {
    const duplicate = (data: Json): ProviderOutcome => outcomeOfPaymentRequest(answer(409, ok(data)));
    const note = { code: 'duplicate-ref-id', message: 'Duplicate payment reference ID' };
    expect(duplicate({ refId: REF_ID, duplicate: { ...note, refId: REF_ID } })).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: 'duplicate-ref-id',
      providerReference: REF_ID,
      httpStatus: 409,
    });
    expect(duplicate({ refId: REF_ID, duplicate: note })).toMatchObject({
      kind: 'pending',
      providerReference: REF_ID,
    });
    // Two that differ name no payment for sure: the list is asked.
    expect(duplicate({ refId: REF_ID, duplicate: { ...note, refId: 'OTHERREFID' } })).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: 'duplicate-ref-id',
      httpStatus: 409,
    });
    expect(duplicate({ refId: REF_ID })).toMatchObject({ kind: 'unknown', sent: true });
    expect(outcomeOfPaymentRequest(answer(409, error('conflict')))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'conflict',
    });
  });

  it.each([...PAYMENT_REFUSALS])('400 %s is a definite failure', (code) => {
    expect(outcomeOfPaymentRequest(answer(400, error(code)))).toEqual({
      kind: 'failed',
      sent: true,
      rawStatus: code,
      description: 'Input is invalid',
      httpStatus: 400,
    });
  });

  it.each([...PAYMENT_REFUSALS])('P5 %s with another status is not', (code) => {
    for (const status of [404, 409, 422, 500, 502, 503])
      expect(outcomeOfPaymentRequest(answer(status, error(code))).kind).toBe('unknown');
  });

  it.each([
    'internal-error',
    'core-banking-error',
    'insufficient-funds',
    'invalid-credentials',
    'not-found',
    'duplicate-ref-id',
    'something-new',
  ])('P5 400 %s is unknown', (code) => {
    expect(outcomeOfPaymentRequest(answer(400, error(code)))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: code,
    });
  });

  it('refused at the door: nothing was created', () => {
    expect(outcomeOfPaymentRequest(answer(401, error('unauthorised')))).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: 'unauthorised',
      httpStatus: 401,
    });
    expect(outcomeOfPaymentRequest(answer(403, undefined))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<http 403>',
    });
    expect(outcomeOfPaymentRequest(answer(429, undefined, { retryAfterMs: 9_000 }))).toMatchObject({
      kind: 'unknown',
      sent: true,
      retryAfterMs: 9_000,
    });
  });

  it.each(NO_ANSWERS)('%j', (reply, sent, rawStatus) => {
    expect(outcomeOfPaymentRequest(reply)).toMatchObject({ kind: 'unknown', sent, rawStatus });
    expect(outcomeOfRechargeRequest(reply, ignore)).toMatchObject({ kind: 'unknown', sent, rawStatus });
  });

  it.each(billpay.answers('post', PAY).map((a) => [a.title, a.status, a.json] as const))(
    'documented: %s',
    (_title, status, json) => {
      const expected = { 200: 'pending', 400: 'failed', 409: 'pending', 500: 'unknown' }[status];
      expect(outcomeOfPaymentRequest(answer(status, json)).kind).toBe(status === 409 ? 'pending' : expected);
    },
  );

  it.each([
    null,
    [],
    'OK',
    ok(null),
    ok({}),
    ok({ refId: 5 }),
    ok({ refId: '../../x' }),
    ok({ refId: 'x' }),
    { data: { refId: REF_ID } },
    { success: 'true', data: { refId: REF_ID } },
    { success: false, data: { refId: REF_ID } },
  ])('P5 200 with %j is unknown', (json) => {
    expect(outcomeOfPaymentRequest(answer(200, json))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<unrecognised answer>',
    });
  });
});

describe('the answer to payment/response', () => {
  const details = {
    mode: 'Cash',
    paymentRefId: REFERENCE,
    amount: 287_000,
    timestamp: '2026-11-24T13:12:00+05:30',
    custConvFee: 59,
    COUcustConvFee: 10,
  };

  it('a success has the reference of the network, the amount without the fee, and the biller’s reference for people', () => {
    expect(
      paid({
        status: 'Success',
        transactionId: 'AX30910192192192192',
        billerRefId: 'ZA6291A177',
        billerId: 'MAHI00000NATIC',
        paymentDetails: details,
      }),
    ).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: 'Success',
      providerReference: REF_ID,
      utr: 'AX30910192192192192',
      amountPaise: 287_000n,
      description: "the biller's reference is ZA6291A177",
      httpStatus: 200,
    });
  });

  it.each(['FUND_TRANSFER', 'BBPS', 'APP'])('a failure of %s is failed, with its code', (type) => {
    expect(
      paid({
        status: 'Failure',
        failureReason: { type, code: 'ERR001', message: 'Insufficient funds' },
        paymentDetails: details,
      }),
    ).toMatchObject({
      kind: 'failed',
      rawReason: 'ERR001',
      description: `${type}: Insufficient funds`,
      amountPaise: 287_000n,
    });
  });

  it('P5 a failure that could not be confirmed stays pending', () => {
    expect(
      paid({
        status: 'Failure',
        failureReason: {
          type: 'BBPS',
          code: 'npci-connectivity-timeout',
          message: 'The transaction could not be confirmed.',
        },
      }),
    ).toMatchObject({ kind: 'pending', rawStatus: 'Failure', rawReason: 'npci-connectivity-timeout' });
    expect(
      paid({
        status: 'Failure',
        failureReason: { type: 'BBPS', code: 'npci-connectivity-error', message: 'x' },
      }).kind,
    ).toBe('failed');
    expect(paid({ status: 'Failure' })).toMatchObject({ kind: 'failed' });
  });

  it.each(billpay.answers('post', PAID).map((a) => [a.title, a.status, a.json] as const))(
    'documented: %s',
    (title, status, json) => {
      const data = json.data as Json | undefined;
      const outcome = outcomeOfPayment(
        answer(status, json),
        { ourReference: 'BD019181220291', providerReference: REF_ID },
        ignore,
      );
      expect(outcome).toMatchObject(
        status !== 200
          ? { kind: 'unknown', sent: true, rawStatus: 'validation-error' }
          : {
              kind: title.includes('failed')
                ? 'failed'
                : title.includes('processing')
                  ? 'pending'
                  : 'succeeded',
              rawStatus: data?.status,
              providerReference: REF_ID,
              amountPaise: 100n,
            },
      );
    },
  );

  it('P5 an answer about another payment is unknown', () => {
    expect(paid({ refId: 'OTHERREFID', status: 'Failure' })).toMatchObject({
      kind: 'unknown',
      rawStatus: '<other payment>',
    });
    expect(
      paid({ status: 'Failure', paymentDetails: { ...details, paymentRefId: 'another' } }),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<other reference>' });
  });

  it.each<Json>([
    { status: 5 },
    { status: '' },
    {},
    { status: 'Success', refId: null },
    { status: 'Failure', paymentDetails: { amount: 1.5 } },
    { status: 'Failure', paymentDetails: { amount: '100' } },
    { status: 'Failure', paymentDetails: { amount: 2 ** 53 } },
    { status: 'Failure', paymentDetails: { paymentRefId: 5 } },
  ])('P5 %j breaks the contract', (data) => {
    expect(paid(data)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: '<unrecognised answer>' });
  });

  it('P5 an inquiry that failed says nothing: never failed, never not sent, never not found', () => {
    for (const [reply] of NO_ANSWERS)
      expect(
        outcomeOfPayment(reply, { ourReference: REFERENCE, providerReference: REF_ID }, ignore),
      ).toMatchObject({ kind: 'unknown', sent: true });
    for (const [status, code] of [
      [400, 'invalid-ref-id'],
      [401, 'unauthorised'],
      [404, 'x'],
      [500, 'internal-error'],
    ] as const)
      expect(
        outcomeOfPayment(
          answer(status, error(code)),
          { ourReference: REFERENCE, providerReference: REF_ID },
          ignore,
        ),
      ).toMatchObject({ kind: 'unknown', sent: true, rawStatus: code });
  });
});

describe('a payment whose refId never came', () => {
  const list = (...transactions: unknown[]): Reply => answer(200, ok({ transactions }));
  const item = (fields: Json = {}): Json => ({
    refId: REF_ID,
    status: 'Processing',
    amount: 287_000,
    paymentRefId: REFERENCE,
    timestamp: '2026-11-24T13:12:00+05:30',
    ...fields,
  });

  it('is found by our reference, among others too', () => {
    expect(
      findPayment(list(item({ refId: 'OTHERREFID', paymentRefId: 'another' }), item()), REFERENCE),
    ).toMatchObject({ refId: REF_ID });
  });

  it('is not found in an empty list, and not in one without it', () => {
    expect(findPayment(list(), REFERENCE)).toMatchObject({ kind: 'not_found', rawStatus: '<not found>' });
    expect(findPayment(answer(200, ok({})), REFERENCE)).toMatchObject({ kind: 'not_found' });
    expect(findPayment(list(item({ paymentRefId: 'another' })), REFERENCE)).toMatchObject({
      kind: 'not_found',
      rawStatus: '<not in the list>',
    });
  });

  it('of several the one that did not fail counts; two that did not are a double payment', () => {
    expect(
      findPayment(list(item({ status: 'Error' }), item({ refId: 'SECONDREF' })), REFERENCE),
    ).toMatchObject({ refId: 'SECONDREF' });
    expect(
      findPayment(list(item({ status: 'Error' }), item({ refId: 'SECONDREF', status: 'Error' })), REFERENCE),
    ).toMatchObject({ refId: REF_ID });
    expect(
      findPayment(list(item(), item({ refId: 'SECONDREF', status: 'Success' })), REFERENCE),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<duplicate at provider>' });
  });

  it('P5 a list that cannot be read, or did not come, is unknown and never not-found', () => {
    for (const reply of [
      list({}),
      list(item({ amount: 1.5 })),
      answer(200, ok({ transactions: {} })),
      answer(200, null),
      answer(400, error('validation-error')),
      answer(500, undefined),
      ...NO_ANSWERS.map(([r]) => r),
    ]) {
      expect(findPayment(reply, REFERENCE)).toMatchObject({ kind: 'unknown', sent: true });
    }
  });

  it('the documented list', () => {
    const [documented] = billpay.answers('get', '/api/v2/bbps/transactions');
    expect(findPayment(answer(200, documented!.json), 'BD019181220291')).toMatchObject({
      refId: REF_ID,
      status: 'Processing',
    });
  });
});

describe('the answer to recharge/request', () => {
  const data = {
    error: null,
    amount: 1_900,
    transactionRefId: 'CYJSTPM37695672',
    status: 'Successful',
    operatorRefId: 'F3MV358Q19',
    details: { mobile_number: '7066573353', provider: 'vi' },
  };
  const rechargeError = (code: string, failureReason: string): Json => ({
    success: false,
    trace_id: 't',
    error: { code, failureReason, message: 'Duplicate Payment Reference ID : TEST6291DD4004750702202402' },
  });

  it('a success has the operator’s reference', () => {
    expect(recharged(data)).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: 'Successful',
      providerReference: 'CYJSTPM37695672',
      utr: 'F3MV358Q19',
      amountPaise: 1_900n,
      httpStatus: 200,
    });
  });

  it('a failure, with an object or a text for its error', () => {
    const failed = { ...data, status: 'Failure', operatorRefId: undefined };
    expect(
      recharged({
        ...failed,
        error: { code: '2', message: 'Invalid Amount.', failureReason: 'Invalid Amount' },
      }),
    ).toMatchObject({ kind: 'failed', rawReason: '2', description: 'Invalid Amount.' });
    expect(recharged({ ...failed, error: 'Insufficient balance' })).toMatchObject({
      kind: 'failed',
      description: 'Insufficient balance',
    });
  });

  it('a failure for which the operator has a reference was done and taken back', () => {
    expect(
      recharged({ ...data, status: 'Failure', error: 'Transaction reversed by operator' }),
    ).toMatchObject({ kind: 'reversed', rawStatus: 'Failure', providerReference: 'CYJSTPM37695672' });
  });

  it('P4 a duplicate comes as HTTP 500: the recharge exists', () => {
    expect(
      outcomeOfRechargeRequest(answer(500, rechargeError('ERR005', 'duplicate-payment-ref-id')), ignore),
    ).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: 'ERR005',
      rawReason: 'duplicate-payment-ref-id',
      httpStatus: 500,
    });
  });

  it('P5 their faults are unknown', () => {
    for (const code of ['ERR999', 'ERR100', 'ERR003', 'ERR007', 'ERR012', 'ERR777'])
      expect(outcomeOfRechargeRequest(answer(500, rechargeError(code, 'x')), ignore)).toMatchObject({
        kind: 'unknown',
        sent: true,
        rawStatus: code,
      });
    expect(outcomeOfRechargeRequest(answer(500, undefined), ignore)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<http 500>',
    });
  });

  it('a request that breaks the rules is a definite failure, and only with the documented status', () => {
    expect(
      outcomeOfRechargeRequest(answer(422, rechargeError('ERR011', 'input-params-invalid')), ignore),
    ).toMatchObject({ kind: 'failed', sent: true, rawStatus: 'ERR011', rawReason: 'input-params-invalid' });
    for (const status of [400, 404, 500, 502])
      expect(
        outcomeOfRechargeRequest(answer(status, rechargeError('ERR011', 'input-params-invalid')), ignore)
          .kind,
      ).toBe('unknown');
    expect(
      outcomeOfRechargeRequest(answer(422, rechargeError('ERR007', 'invalid-params')), ignore).kind,
    ).toBe('unknown');
  });

  it('a wrong instance id and a wrong token are refused at the door', () => {
    expect(
      outcomeOfRechargeRequest(answer(500, rechargeError('ERR009', 'invalid-instance-id')), ignore),
    ).toMatchObject({ kind: 'unknown', sent: false, rawStatus: 'ERR009' });
    expect(
      outcomeOfRechargeRequest(answer(401, { status: 401, type: '', message: 'no', trace_id: 'x' }), ignore),
    ).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<http 401>' });
  });

  it.each(recharge.answers('post', '/recharge/request').map((a) => [a.title, a.status, a.json] as const))(
    'documented: %s',
    (_title, status, json) => {
      const code = (json.error as Json | undefined)?.code as string | undefined;
      expect(outcomeOfRechargeRequest(answer(status, json), ignore).kind).toBe(
        code === undefined ? 'succeeded' : { ERR011: 'failed', ERR999: 'unknown', ERR005: 'pending' }[code],
      );
    },
  );

  it.each<Json>([
    { ...data, status: undefined },
    { ...data, status: 1 },
    { ...data, amount: 19.5 },
    { ...data, amount: '1900' },
    { ...data, transactionRefId: 5 },
  ])('P5 %j breaks the contract', (broken) => {
    expect(recharged(broken)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<unrecognised answer>',
    });
  });
});

describe('the answer to recharge/status', () => {
  it.each(recharge.answers('post', '/recharge/status').map((a) => [a.title, a.status, a.json] as const))(
    'documented: %s',
    (_title, status, json) => {
      const code = (json.error as Json | undefined)?.code;
      expect(statusOf(answer(status, json))).toMatchObject(
        status === 200
          ? { kind: 'succeeded' }
          : code === 'ERR003'
            ? { kind: 'not_found' }
            : { kind: 'unknown', sent: true, rawStatus: code },
      );
    },
  );

  it('not found for a recharge that they gave us a reference of is a contradiction', () => {
    const unknownThere = {
      success: false,
      error: {
        code: 'ERR003',
        message: 'Invalid Transaction Reference ID : x',
        failureReason: 'invalid-txn-ref-id',
      },
      trace_id: 't',
    };
    expect(statusOf(answer(422, unknownThere), 'CYJSTPM37695672')).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'ERR003',
    });
    for (const status of [404, 500]) expect(statusOf(answer(status, unknownThere)).kind).toBe('unknown');
  });

  it('P5 another recharge, and no answer, are unknown', () => {
    expect(
      statusOf(answer(200, ok({ status: 'Failure', transactionRefId: 'OTHERTXN' })), 'CYJSTPM37695672'),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<other payment>' });
    for (const [reply] of NO_ANSWERS) expect(statusOf(reply)).toMatchObject({ kind: 'unknown', sent: true });
  });
});

describe('questions that move no money', () => {
  it.each(recharge.answers('post', '/recharge/validate').map((a) => [a.title, a.status, a.json] as const))(
    'documented validation: %s',
    (title, status, json) => {
      const code = (json.error as Json | undefined)?.code as string | undefined;
      const expected = title.includes('validation-success')
        ? { ok: true }
        : status === 200
          ? {
              ok: false,
              kind: title.includes('error-in-validation-api-call') ? 'unknown' : 'refused',
              rawStatus: 'Validation Failed',
            }
          : { ok: false, kind: status < 500 && code === 'ERR011' ? 'refused' : 'unknown', rawStatus: code };
      expect(validationAnswer(answer(status, json), ignore)).toMatchObject(expected);
    },
  );

  it('an unlisted word of a validation is unknown and counted', () => {
    const counted: string[] = [];
    expect(validationAnswer(answer(200, ok({ status: 'Validated' })), (s) => counted.push(s))).toMatchObject({
      ok: false,
      kind: 'unknown',
    });
    expect(counted).toEqual(['Validated']);
  });

  it('documented plans and number details', () => {
    expect(readPlans(recharge.answers('post', '/fetch-plans')[0]!.json)).toEqual({
      ok: true,
      value: [
        {
          amountPaise: 1_000n,
          name: 'Talktime (top up voucher)',
          description: 'Talktime : Rs 7.47',
          validity: undefined,
        },
      ],
    });
    expect(readNumberDetails(recharge.answers('post', '/fetch-operator-details')[0]!.json)).toEqual({
      ok: true,
      value: { operator: 'jio', circle: 'Maharashtra' },
    });
  });

  it.each(
    billpay
      .answers('post', '/api/v2/bbps/bills/complaint/response')
      .filter((a) => a.status === 200)
      .map((a) => [a.title, a.json] as const),
  )('documented complaint: %s', (_title, json) => {
    expect(readComplaint(json)).toMatchObject({ ok: true, value: { status: (json.data as Json).status } });
  });

  it('a refusal has their code; faults, ours and theirs, are unknown', () => {
    const problem = (reply: Reply): DeskAnswer<never> => deskProblem(reply);
    expect(problem(answer(400, error('invalid-customer-param')))).toEqual({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-customer-param',
    });
    expect(
      problem(
        answer(422, {
          success: false,
          error: { code: 'ERR011', failureReason: 'input-params-invalid', message: 'x' },
        }),
      ),
    ).toEqual({ ok: false, kind: 'refused', rawStatus: 'ERR011', rawReason: 'input-params-invalid' });
    for (const [status, code] of [
      [400, 'internal-error'],
      [400, 'ERR009'],
      [500, 'validation-error'],
      [401, 'unauthorised'],
      [403, 'x'],
    ] as const)
      expect(problem(answer(status, error(code)))).toMatchObject({
        ok: false,
        kind: 'unknown',
        rawStatus: code,
      });
    for (const [reply, , rawStatus] of NO_ANSWERS)
      expect(problem(reply)).toMatchObject({ ok: false, kind: 'unknown', rawStatus });
  });
});

it('P5 no undocumented answer fails or reverses a payment or a recharge', () => {
  const json = fc.oneof(
    fc.json().map((t) => JSON.parse(t) as unknown),
    fc.record({
      success: fc.boolean(),
      error: fc.record({
        code: fc.stringMatching(/^[a-z-]{1,20}$|^ERR\d{3}$/),
        message: fc.string(),
        failureReason: fc.string(),
      }),
      data: fc.record({ refId: fc.constant(REF_ID), status: fc.string() }),
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), json, (status, body) => {
      const kinds: { kind: string; isDocumented: boolean }[] = [];
      const code = ((body as Json | null)?.error as Json | undefined)?.code as string;
      const word = ((body as Json | null)?.data as Json | undefined)?.status as string;
      kinds.push({
        kind: outcomeOfPaymentRequest(answer(status, body)).kind,
        isDocumented: status === 400 && PAYMENT_REFUSALS.has(code),
      });
      kinds.push({
        kind: outcomeOfPayment(
          answer(status, body),
          { ourReference: REFERENCE, providerReference: REF_ID },
          ignore,
        ).kind,
        isDocumented: Object.hasOwn(PAYMENT_STATUSES, word ?? ''),
      });
      kinds.push({
        kind: outcomeOfRechargeRequest(answer(status, body), ignore).kind,
        isDocumented: (status === 422 && code === 'ERR011') || Object.hasOwn(RECHARGE_STATUSES, word ?? ''),
      });
      kinds.push({
        kind: statusOf(answer(status, body)).kind,
        isDocumented: Object.hasOwn(RECHARGE_STATUSES, word ?? ''),
      });
      for (const { kind, isDocumented } of kinds)
        expect(isDocumented || ['pending', 'unknown', 'not_found'].includes(kind)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

it('P7 texts for people lose numbers and addresses', () => {
  expect(forPeople('Failed for 9876543210 and someone@ybl, account 50100 0123 4567')).not.toMatch(
    /9876543210|@ybl|50100/,
  );
  expect(forPeople('x'.repeat(1_000))!.length).toBeLessThanOrEqual(200);
});
