import { OUTCOME_KINDS } from '../../domain/provider/outcome';
import { HTTP_FAILURE_REASONS } from '../../platform/http/types';
import { masked } from './call-log';
import { readPayout } from './schemas';
import type { Reply } from '../answers';
import { outcomeOfPayout, PAYOUT_STATUSES } from './transformers';

const unlisted: string[] = [];
const outcome = (reply: Reply) => outcomeOfPayout(reply, readPayout, (status) => unlisted.push(status));
const answer = (status: number, json: unknown) => outcome({ kind: 'answer', status, json });
const payout = (over: object = {}) => ({ id: 'pay_0001', status: 'accepted', amount: 150_000, ...over });

describe('P5 what the provider says of a payout', () => {
  // List every documented status here, so that nobody changes one by accident.
  test('each documented status has its meaning', () => {
    expect(PAYOUT_STATUSES).toEqual({});
    for (const kind of Object.values(PAYOUT_STATUSES)) expect(OUTCOME_KINDS).toContain(kind);
  });

  test.each(['accepted', 'failed', 'FAILED', 'toString', 'constructor'])(
    'an unlisted status (%s) is pending, and counted',
    (status) => {
      expect(answer(200, payout({ status }))).toEqual({
        kind: 'pending',
        sent: true,
        rawStatus: status,
        providerReference: 'pay_0001',
        amountPaise: 150_000n,
        httpStatus: 200,
      });
      expect(unlisted.at(-1)).toBe(status);
    },
  );

  test.each([200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503])(
    'HTTP %s that is not documented is unknown, never failed',
    (status) => {
      for (const json of [
        undefined,
        null,
        '',
        0,
        [],
        {},
        'failed',
        { status: 'failed' },
        { error: { code: 'REFUSED' } },
      ])
        expect(answer(status, json)).toMatchObject({ kind: 'unknown', sent: true });
    },
  );

  test.each(HTTP_FAILURE_REASONS)(
    'the failure %s is unknown, and says whether a byte was written',
    (reason) => {
      for (const sent of [true, false])
        expect(outcome({ kind: 'failure', reason, sent })).toMatchObject({ kind: 'unknown', sent });
    },
  );

  test('what we refused ourselves was certainly not sent', () => {
    expect(outcome({ kind: 'refusal', word: '<breaker open>', retryAfterMs: 700 })).toEqual({
      kind: 'unknown',
      sent: false,
      rawStatus: '<breaker open>',
      retryAfterMs: 700,
    });
  });
});

test.each([
  { id: 1 },
  { id: 'a b' },
  { id: '' },
  { status: '' },
  { status: 'two words' },
  { status: 5 },
  { amount: 1.5 },
  { amount: '150000' },
  { amount: 0 },
  { amount: -1 },
  { amount: 2 ** 53 },
  { amount: null },
])('a payout with %j breaks the contract', (over) => {
  expect(readPayout(payout(over))).toBeUndefined();
});

test('the API log keeps listed fields only', () => {
  expect(
    masked({
      ...payout(),
      name: 'Test Beneficiary',
      account_number: '000111222333',
      nested: { otp: 123_456 },
    }),
  ).toEqual({ ...payout(), name: '<hidden>', account_number: '<hidden>', nested: { otp: '<hidden>' } });
});
