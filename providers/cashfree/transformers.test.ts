import { OUTCOME_KINDS } from '../../domain/provider/outcome';
import { HTTP_FAILURE_REASONS } from '../../platform/http/types';
import { cashfreeExample, transferWith, type Json } from '../../test/support/cashfree-examples';
import type { Reply } from '../answers';
import { readTransfer } from './schemas';
import {
  BENEFICIARY_STATUSES,
  clashOf,
  isSetupFault,
  outcomeOfCreate,
  outcomeOfFetch,
  outcomeOfRegistration,
  outcomeOfTransfer,
  REFUSALS,
  SUCCESS_CODES,
  TRANSFER_EVENTS,
  TRANSFER_STATUSES,
} from './transformers';

const unlisted: string[] = [];
const onUnlisted = (status: string): void => void unlisted.push(status);
const answer = (status: number, json: unknown): Reply => ({ kind: 'answer', status, json });
const expected = { ourReference: 'JUNOB2018', beneficiary: 'JOHN18011' };
const create = (reply: Reply) => outcomeOfCreate(reply, expected, onUnlisted);
const fetched = (reply: Reply, more = {}) => outcomeOfFetch(reply, { ...expected, ...more }, onUnlisted);
const refused = (code: string, status = 400, type = 'invalid_request_error'): Reply =>
  answer(status, { type, code, message: 'Test Customer is not liked' });

beforeEach(() => {
  unlisted.length = 0;
});

describe('P5 what Cashfree says of a transfer', () => {
  test('each documented word has its meaning', () => {
    expect(TRANSFER_STATUSES).toEqual({
      RECEIVED: 'pending',
      APPROVAL_PENDING: 'pending',
      QUEUED: 'pending',
      PENDING: 'pending',
      SUCCESS: 'succeeded',
      FAILED: 'failed',
      REJECTED: 'failed',
      MANUALLY_REJECTED: 'failed',
      REVERSED: 'reversed',
    });
    expect(SUCCESS_CODES).toEqual({ COMPLETED: 'succeeded', SENT_TO_BENEFICIARY: 'pending' });
    expect(Object.keys(TRANSFER_EVENTS)).toEqual([
      'TRANSFER_SUCCESS',
      'TRANSFER_ACKNOWLEDGED',
      'TRANSFER_FAILED',
      'TRANSFER_REJECTED',
      'TRANSFER_REVERSED',
    ]);
    expect(BENEFICIARY_STATUSES).toEqual({
      VERIFIED: true,
      INITIATED: true,
      INVALID: false,
      FAILED: null,
      CANCELLED: null,
      DELETED: null,
    });
    for (const kind of Object.values(TRANSFER_EVENTS).flat()) expect(OUTCOME_KINDS).toContain(kind);
  });

  test.each([
    ['transfer_received_response_v2', 'pending', undefined],
    ['transfer_pending_approval_response_v2', 'pending', undefined],
    ['transfer_pending_response_v2', 'pending', undefined],
    ['transfer_completed_response_v2', 'succeeded', undefined],
    ['transfer_failed_response_v2', 'failed', 'IMPS_MODE_FAIL'],
    ['transfer_rejected_response_v2', 'failed', 'INVALID_MODE_FOR_PYID'],
    ['transfer_reversed_response_v2', 'reversed', 'INVALID_ACCOUNT_FAIL'],
  ])('the sample %s is %s', (name, kind, rawReason) => {
    const sample = cashfreeExample(name);
    for (const outcome of [create(answer(200, sample)), fetched(answer(200, sample))])
      expect(outcome).toEqual({
        kind,
        sent: true,
        rawStatus: sample.status,
        providerReference: '123456',
        amountPaise: 100n,
        httpStatus: 200,
        ...(rawReason === undefined ? {} : { rawReason }),
        ...('transfer_utr' in sample ? { utr: 'TESTR92023012200543116' } : {}),
        // The charge comes without its tax.
        ...(kind === 'succeeded' ? { providerFeePaise: 100n, providerTaxPaise: 18n } : {}),
      });
    expect(unlisted).toEqual([]);
  });

  test('a transfer that was sent to the bank of the payee is no success yet', () => {
    expect(create(answer(200, transferWith({ status_code: 'SENT_TO_BENEFICIARY' })))).toMatchObject({
      kind: 'pending',
      rawStatus: 'SUCCESS',
      rawReason: 'SENT_TO_BENEFICIARY',
    });
    expect(unlisted).toEqual([]);
  });

  test.each([undefined, null, '', 'NEARLY', 'constructor', 'a b', 7])(
    'a success with the code %j is pending, and counted',
    (status_code) => {
      expect(create(answer(200, transferWith({ status_code })))).toMatchObject({ kind: 'pending' });
      expect(unlisted).toEqual([expect.stringMatching(/^SUCCESS\//)]);
    },
  );

  test.each(['SCHEDULED', 'success', 'Failed', 'toString', 'constructor', 'COMPLETED'])(
    'an unlisted status (%s) is pending, and counted',
    (status) => {
      expect(create(answer(200, transferWith({ status })))).toMatchObject({
        kind: 'pending',
        rawStatus: status,
      });
      expect(unlisted).toEqual([status]);
    },
  );

  test.each(['FAILED', 'REJECTED'])('%s for our balance is not the failure of the customer', (status) => {
    expect(create(answer(200, transferWith({ status, status_code: 'INSUFFICIENT_BALANCE' })))).toMatchObject({
      kind: 'failed',
      isShortOfFunds: true,
    });
    expect(create(answer(200, transferWith({ status, status_code: 'FAILED' })))).not.toHaveProperty(
      'isShortOfFunds',
    );
  });

  test('money that came back is not a matter of our balance', () => {
    const reply = answer(200, transferWith({ status: 'REVERSED', status_code: 'INSUFFICIENT_BALANCE' }));
    expect(create(reply)).toMatchObject({ kind: 'reversed' });
    expect(create(reply)).not.toHaveProperty('isShortOfFunds');
  });

  test.each([
    [{ transfer_id: 'OTHER' }, '<other reference>'],
    [{ beneficiary_details: { beneficiary_id: 'OTHER' } }, '<other beneficiary>'],
  ])('an answer about another (%j) is none about ours', (fields, rawStatus) => {
    expect(create(answer(200, transferWith(fields)))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus,
    });
  });

  test('an answer about another id of theirs is none about ours', () => {
    expect(fetched(answer(200, transferWith()), { providerReference: '7' })).toMatchObject({
      kind: 'unknown',
      rawStatus: '<other transfer>',
    });
  });

  test('numbers in rupees become paise by their text', () => {
    const read = (fields: Json) => readTransfer(transferWith(fields));
    for (const [transfer_amount, paise] of [
      [170.0, 17_000n],
      [0.07, 7n],
      [1_234_567.89, 123_456_789n],
      [999_999_999.99, 99_999_999_999n],
    ] as const)
      expect(read({ transfer_amount })).toMatchObject({ ok: true, value: { amountPaise: paise } });
    for (const transfer_amount of [
      0,
      -1,
      0.001,
      1e21,
      '170.00',
      null,
      undefined,
      Number.NaN,
      12_345_678_901_234.56,
    ])
      expect(read({ transfer_amount })).toEqual({ ok: false, field: 'transfer_amount' });
    expect(read({ transfer_service_tax: undefined })).toEqual({ ok: false, field: 'transfer_service_tax' });
    expect(read({ transfer_service_charge: -1 })).toEqual({ ok: false, field: 'transfer_service_charge' });
    expect(read({ cf_transfer_id: 123_456 })).toMatchObject({ value: { cfTransferId: '123456' } });
    expect(read({ cf_transfer_id: undefined })).toMatchObject({ value: { cfTransferId: undefined } });
    expect(read({ cf_transfer_id: 'a b' })).toEqual({ ok: false, field: 'cf_transfer_id' });
    expect(read({ transfer_utr: 'pending' })).toMatchObject({ value: { utr: undefined } });
  });
});

describe('P5 a refused transfer', () => {
  test.each(Object.entries(REFUSALS.transfer).filter(([, about]) => about === 'content'))(
    'the documented refusal %s is a failure: nothing was created',
    (code) => {
      expect(create(refused(code))).toEqual({ kind: 'failed', sent: true, rawStatus: code, httpStatus: 400 });
      for (const status of [402, 404, 409, 412, 422, 429, 500, 503])
        expect(create(refused(code, status))).toMatchObject({ kind: 'unknown', sent: true });
      expect(create(refused(code, 400, 'api_error'))).toMatchObject({ kind: 'unknown', sent: true });
    },
  );

  test.each(Object.entries(REFUSALS.transfer).filter(([, about]) => about === 'setup'))(
    'the documented refusal %s is about us: held, and nothing failed',
    (code) => {
      expect(create(refused(code))).toMatchObject({ kind: 'unknown', sent: false, isSetupFault: true });
      expect(isSetupFault({ type: 'invalid_request_error', code, message: '' }, 400, 'transfer')).toBe(true);
    },
  );

  test.each(['something_new', 'toString', 'constructor', 'insufficient_balance'])(
    'a code that is not documented (%s) proves nothing',
    (code) => {
      expect(create(refused(code))).toMatchObject({ kind: 'unknown', sent: true, rawStatus: code });
    },
  );

  test('a beneficiary that is gone is registered again', () => {
    expect(create(answer(404, cashfreeExample('BeneficiaryNotFoundV2')))).toEqual({
      kind: 'unknown',
      sent: false,
      refusesRefs: true,
      rawStatus: 'beneficiary_not_found',
      httpStatus: 404,
    });
  });

  test.each([401, 403])('%s at the door is certain, with an error of theirs only', (status) => {
    expect(create(answer(status, cashfreeExample('APIsDisabledExampleV2')))).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
      rawStatus: 'apis_not_enabled',
    });
    expect(create(answer(status, { message: 'Forbidden' }))).toMatchObject({ kind: 'unknown', sent: true });
  });

  test('a used reference shows that a transfer of ours is there: it is asked about', () => {
    for (const [code, message] of [
      ['transfer_id_already_exists', ''],
      ['transfer_id_invalid', 'Transfer Id already exists'],
    ] as const)
      for (const status of [400, 409]) {
        const error = { type: 'invalid_request_error', code, message };
        expect(create(answer(status, error))).toEqual({
          kind: 'unknown',
          sent: true,
          foundThere: 'one',
          rawStatus: code,
          httpStatus: status,
        });
        expect(isSetupFault(error, status, 'transfer')).toBe(false);
      }
    expect(create(refused('beneficiary_id_already_exists', 409))).not.toHaveProperty('foundThere');
  });

  test.each([200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503])(
    'HTTP %s in no form of theirs is unknown, never failed',
    (status) => {
      for (const json of [
        undefined,
        null,
        '',
        0,
        [],
        {},
        'FAILED',
        { status: 'FAILED' },
        { error: { code: 'x' } },
      ])
        expect(create(answer(status, json))).toMatchObject({ kind: 'unknown', sent: true });
    },
  );

  test.each(HTTP_FAILURE_REASONS)(
    'the failure %s is unknown, and says whether a byte was written',
    (reason) => {
      for (const sent of [true, false]) {
        expect(create({ kind: 'failure', reason, sent })).toMatchObject({ kind: 'unknown', sent });
        expect(fetched({ kind: 'failure', reason, sent })).toMatchObject({ kind: 'unknown', sent: true });
        expect(outcomeOfRegistration({ kind: 'failure', reason, sent })).toMatchObject({
          kind: 'unknown',
          sent: false,
        });
      }
    },
  );

  test('no sentence of theirs is taken over', () => {
    const said = [
      create(refused('transfer_amount_invalid')),
      create(refused('something_new')),
      create(
        answer(200, transferWith({ status: 'FAILED', status_description: 'Test Customer is not liked' })),
      ),
    ];
    expect(
      JSON.stringify(said, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toMatch(/liked/);
  });
});

describe('P5 asking', () => {
  test('not found is what they say of our own reference, and nothing else', () => {
    const missing = answer(404, cashfreeExample('transfer_id_not_found'));
    expect(fetched(missing)).toEqual({
      kind: 'not_found',
      rawStatus: 'transfer_id_not_found',
      httpStatus: 404,
    });
    expect(fetched(missing, { providerReference: '123456' })).toMatchObject({ kind: 'unknown', sent: true });
    const unknownToThem = answer(404, cashfreeExample('cf_transfer_id_not_found'));
    for (const more of [{}, { providerReference: '123456' }])
      expect(fetched(unknownToThem, more)).toMatchObject({ kind: 'unknown', sent: true });
    for (const reply of [answer(404, undefined), answer(404, {}), refused('transfer_id_not_found', 400)])
      expect(fetched(reply)).toMatchObject({ kind: 'unknown', sent: true });
  });

  test('a refusal says nothing of the transfer', () => {
    expect(fetched(answer(403, cashfreeExample('APIsDisabledExampleV2')))).toMatchObject({
      kind: 'unknown',
      sent: true,
      isSetupFault: true,
    });
    expect(fetched(answer(500, cashfreeExample('authentication_internal_server_error')))).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: 'internal_server_error',
      httpStatus: 500,
    });
  });
});

describe('a refused registration', () => {
  test.each([
    ['bank_account_number_too_short', 400, 'failed'],
    ['bank_account_number_too_large', 400, 'failed'],
    ['bank_account_invalid', 400, 'failed'],
    ['invalid_ifsc', 400, 'failed'],
    ['same_bene_as_source_v2', 422, 'failed'],
    ['vba_beneiciary_not_allowed', 422, 'failed'],
    ['bene_id_too_large_v2', 400, 'unknown'],
    ['APIsDisabledExampleV2', 403, 'unknown'],
    ['internal_server_error_v2', 500, 'unknown'],
    ['same_bene_as_source_v2', 400, 'unknown'],
  ])('the sample %s with %s: %s, and no payout came of it', (name, status, kind) => {
    expect(outcomeOfRegistration(answer(status, cashfreeExample(name)))).toMatchObject({ kind, sent: false });
  });

  test('one that is there already is asked for', () => {
    expect(clashOf(answer(409, cashfreeExample('duplicate_bene_creation_response')))).toBe('id');
    expect(clashOf(answer(409, cashfreeExample('bene_exist_for_bank_account_and_ifsc')))).toBe('account');
    expect(clashOf(answer(400, cashfreeExample('duplicate_bene_creation_response')))).toBeUndefined();
    expect(clashOf(answer(409, {}))).toBeUndefined();
  });
});

test('a transfer without an id of theirs has no reference', () => {
  const read = readTransfer(transferWith({ cf_transfer_id: null }));
  if (!read.ok) throw new Error(read.field);
  expect(outcomeOfTransfer(read.value, {}, undefined, onUnlisted)).not.toHaveProperty('providerReference');
});
