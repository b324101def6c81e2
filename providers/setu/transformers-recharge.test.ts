import * as fc from 'fast-check';
import type { DeskAnswer } from '../../domain/provider/calls';
import { readComplaint, readNumberDetails, readPlans } from './schemas';
import { forPeople } from '../known-words';
import {
  PAYMENT_REFUSALS,
  PAYMENT_STATUSES,
  RECHARGE_STATUSES,
  questionProblem,
  outcomeOfPayment,
  outcomeOfPaymentRequest,
  outcomeOfRechargeRequest,
  validationAnswer,
} from './transformers';
import type { Reply } from '../answers';
import { type Json } from '../../test/support/setu-contract';
import {
  REF_ID,
  REFERENCE,
  billpay,
  recharge,
  ignore,
  answer,
  error,
  ok,
  recharged,
  statusOf,
  NO_ANSWERS,
} from '../../test/support/setu-answers';

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
              kind: /error-in-validation-api-call|operator-internal/.test(title) ? 'unknown' : 'refused',
              rawStatus: 'Validation Failed',
            }
          : { ok: false, kind: status < 500 && code === 'ERR011' ? 'refused' : 'unknown', rawStatus: code };
      expect(validationAnswer(answer(status, json), ignore)).toMatchObject(expected);
    },
  );

  it.each([
    ['2', 'Invalid Amount.', 'refused'],
    ['2', 'Invalid mobile number', 'refused'],
    ['4', 'Amount Less Or Equalto Zero', 'refused'],
    ['2', 'Operator Internal processing error', 'unknown'],
    ['2', 'Operator is busy', 'unknown'],
    ['2', 'Internal error while checking the amount', 'unknown'],
    ['1', 'Error in Validation API call', 'unknown'],
    ['9', '', 'unknown'],
  ])('a validation that failed with code %s and "%s" is %s', (code, message, kind) => {
    const failed = { status: 'Validation Failed', error: { code, message, failureReason: message } };
    expect(validationAnswer(answer(200, ok(failed)), ignore)).toMatchObject({ ok: false, kind });
  });

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
    const problem = (reply: Reply): DeskAnswer<never> => questionProblem(reply);
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
      const final = kinds.filter(({ kind }) => !['pending', 'unknown', 'not_found'].includes(kind));
      expect(final.filter(({ isDocumented }) => !isDocumented)).toEqual([]);
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
