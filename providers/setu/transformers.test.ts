import type { ProviderOutcome } from '../../domain/provider/outcome';
import {
  EXACTNESS,
  FETCH_STATES,
  FETCH_TYPES,
  LISTED_STATUSES,
  PAYMENT_REFUSALS,
  refusesUs,
  PAYMENT_STATUSES,
  RECHARGE_STATUSES,
  VALIDATION_STATUSES,
  findPayment,
  outcomeOfPayment,
  outcomeOfPaymentRequest,
  outcomeOfRechargeRequest,
} from './transformers';
import type { Reply } from '../answers';
import { type Json } from '../../test/support/setu-contract';
import {
  REF_ID,
  REFERENCE,
  PAY,
  PAID,
  billpay,
  ignore,
  answer,
  error,
  ok,
  paid,
  recharged,
  NO_ANSWERS,
} from '../../test/support/setu-answers';

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

  it('wrong credentials are about us: nothing was created, and no payment fails', () => {
    expect(outcomeOfPaymentRequest(answer(400, error('invalid-credentials')))).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
      rawStatus: 'invalid-credentials',
    });
    expect(refusesUs(error('invalid-credentials'))).toBe(true);
    expect(refusesUs(error('invalid-amount'))).toBe(false);
  });

  it('refused at the door: nothing was created', () => {
    expect(outcomeOfPaymentRequest(answer(401, error('unauthorised')))).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
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
