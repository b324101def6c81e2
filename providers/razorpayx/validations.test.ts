import type { ValidationInstruction } from '../../domain/validations/port';
import type { Reply } from '../answers';
import { example, examples, type Json } from '../../test/support/razorpayx-examples';
import { parseEvent } from './callbacks';
import { answerToValidation, readValidation, scoreOf, validationRequest } from './validations';

const unlisted: string[] = [];
const onUnlisted = (word: string): void => {
  unlisted.push(word);
};
beforeEach(() => {
  unlisted.length = 0;
});

const READING = { onUnlisted, areFeesOwed: false };
const BENEFICIARY = {
  id: '0197c0de-0000-7000-8000-000000000001',
  name: 'Test Beneficiary',
  account: { kind: 'bank' as const, accountNumber: '765432123456789', ifsc: 'HDFC0000053' },
};
const ASKED: ValidationInstruction = { ourReference: '112233', method: 'either', beneficiary: BENEFICIARY };
const OF_VPA: ValidationInstruction = {
  ...ASKED,
  beneficiary: { ...BENEFICIARY, account: { kind: 'vpa', address: 'test.beneficiary@exampleupi' } },
};
const reply = (json: unknown, status = 200): Reply => ({ kind: 'answer', status, json });
const answer = (json: unknown, status = 200, asked = ASKED): unknown =>
  answerToValidation(reply(json, status), asked, onUnlisted);
const sample = (title: string, changes: (json: Json) => void = () => undefined): Json => {
  const json = structuredClone(example('validations-create-bank', title));
  changes(json);
  return json;
};
const results = (json: Json): Json => json.validation_results as Json;

describe('what leaves', () => {
  it('has the fields of the composite form, and no others', () => {
    expect(JSON.parse(validationRequest(ASKED, '7878780080316316')!)).toEqual({
      source_account_number: '7878780080316316',
      validation_type: 'optimized',
      reference_id: '112233',
      fund_account: {
        account_type: 'bank_account',
        bank_account: { name: 'Test Beneficiary', ifsc: 'HDFC0000053', account_number: '765432123456789' },
        contact: { name: 'Test Beneficiary', type: 'customer', reference_id: BENEFICIARY.id },
      },
    });
    expect(JSON.parse(validationRequest(OF_VPA, '7878780080316316')!)).toEqual({
      source_account_number: '7878780080316316',
      reference_id: '112233',
      fund_account: {
        account_type: 'vpa',
        vpa: { address: 'test.beneficiary@exampleupi' },
        contact: { name: 'Test Beneficiary', type: 'customer', reference_id: BENEFICIARY.id },
      },
    });
  });

  it.each([
    ['penny_drop', 'pennydrop'],
    ['penniless', 'penniless'],
    ['either', 'optimized'],
  ] as const)('%s is %s', (method, type) => {
    expect(JSON.parse(validationRequest({ ...ASKED, method }, '1')!)).toMatchObject({
      validation_type: type,
    });
  });

  it('nothing, for a name without a Latin letter or an account that is none', () => {
    expect(
      validationRequest({ ...ASKED, beneficiary: { ...BENEFICIARY, name: 'परीक्षण' } }, '1'),
    ).toBeUndefined();
    const account = { kind: 'bank' as const, accountNumber: '12', ifsc: 'HDFC0000053' };
    expect(validationRequest({ ...ASKED, beneficiary: { ...BENEFICIARY, account } }, '1')).toBeUndefined();
  });
});

describe('the samples of the documentation', () => {
  it('created is pending', () => {
    expect(answer(sample('Created'))).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: 'created',
      rawReason: 'validation_request_created',
      providerReference: 'fav_00000000000001',
      utr: '123456789012',
    });
  });

  it('completed with an active account is valid, with the name, the score and the UTR', () => {
    const valid = {
      kind: 'valid',
      sent: true,
      rawStatus: 'completed',
      rawReason: 'validation_completed',
      providerReference: 'fav_00000000000001',
      utr: '123456789012',
      registeredName: 'Test Beneficiary',
      nameScore: 100,
    };
    expect(answer(sample('Completed'))).toEqual(valid);
    expect(answer(example('validations-create-vpa', 'Completed'), 200, OF_VPA)).toEqual(valid);
  });

  it('`valid`, as one sample writes it, is valid too', () => {
    expect(answer(example('validations-fetch-with-id'))).toMatchObject({ kind: 'valid', nameScore: 100 });
  });

  it('completed is not valid: the status of the account decides', () => {
    expect(
      answer(sample('Completed', (json) => Object.assign(results(json), { account_status: 'invalid' }))),
    ).toMatchObject({ kind: 'invalid', rawStatus: 'completed' });
    const empty = { account_status: null, registered_name: null, name_match_score: null };
    expect(answer(sample('Completed', (json) => Object.assign(results(json), empty)))).toMatchObject({
      kind: 'invalid',
    });
    expect(unlisted).toEqual([]);
    const frozen = sample('Completed', (json) => Object.assign(results(json), { account_status: 'frozen' }));
    expect(answer(frozen)).toMatchObject({ kind: 'unknown', sent: true });
    expect(unlisted).toEqual(['completed frozen']);
  });

  it('failed is no answer about the account, in both of its shapes', () => {
    expect(answer(sample('Failed'))).toMatchObject({ kind: 'failed', rawReason: 'gateway_technical_error' });
    expect(answer(example('validations-create-vpa', 'Failed'), 200, OF_VPA)).toMatchObject({
      kind: 'failed',
      providerReference: 'fav_00000000000002',
    });
  });

  it('a word that is not documented is pending, and counted', () => {
    expect(answer(sample('Created', (json) => Object.assign(json, { status: 'queued' })))).toMatchObject({
      kind: 'pending',
    });
    expect(unlisted).toEqual(['queued']);
  });

  it('the webhooks have the older shape, and name the validation only', () => {
    for (const { json } of examples('webhooks-validations')) {
      const parsed = parseEvent(Buffer.from(JSON.stringify(json)), READING);
      expect(parsed).toEqual({
        event: json.event,
        hint: { about: 'account_validation', reference: 'fav_Fa6RwlxjoX0xeO' },
      });
      const { entity } = (json.payload as Record<string, Json>)['fund_account.validation'] as {
        entity: Json;
      };
      expect(readValidation(entity)).toMatchObject({ ok: true });
    }
    const broken = { ...example('webhooks-validations', 'VPA'), payload: {} };
    expect(() => parseEvent(Buffer.from(JSON.stringify(broken)), READING)).toThrow(
      expect.objectContaining({ code: 'CALLBACK_MALFORMED' }) as Error,
    );
  });
});

test.each([
  [100, 100],
  [0, 0],
  [84.9, 84],
  ['00', 0],
  ['90.00', 90],
  [null, undefined],
  ['', undefined],
  ['null', undefined],
  [101, undefined],
  [-1, undefined],
  ['high', undefined],
  [Number.NaN, undefined],
])('the score %p is %p', (written, score) => {
  expect(scoreOf(written)).toBe(score);
});

describe('an answer about something else is unknown', () => {
  it.each([
    ['another reference', { reference_id: 'other' }, '<other reference>'],
    [
      'another account',
      { fund_account: { bank_account: { account_number: '765432123456780' } } },
      '<other account>',
    ],
    ['another entity', { entity: 'payout' }, '<unrecognised answer>'],
    ['an id that is none', { id: 'fav_' }, '<unrecognised answer>'],
  ])('%s', (_, changes, rawStatus) => {
    expect(answer(sample('Completed', (json) => Object.assign(json, changes)))).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus,
    });
  });
});

describe('refusals', () => {
  const error = (fields: Json): Json => ({
    error: { code: 'BAD_REQUEST_ERROR', description: 'x', source: 'business', ...fields },
  });

  it.each([
    ['of the account', 400, { field: 'fund_account.bank_account.ifsc' }, 'refused', true],
    ['of our account', 400, { field: 'source_account_number' }, 'unknown', false],
    ['that names nothing', 400, {}, 'unknown', false],
    ['for want of money', 400, { reason: 'insufficient_funds' }, 'unknown', false],
    ['at the door', 401, {}, 'unknown', false],
    ['of a fault of theirs', 400, { source: 'internal', field: 'ifsc' }, 'unknown', true],
    ['with 404', 404, { field: 'ifsc' }, 'unknown', true],
    ['with 500', 500, { code: 'SERVER_ERROR' }, 'unknown', true],
  ])('one %s (%i)', (_, status, fields, kind, sent) => {
    expect(answer(error(fields), status)).toMatchObject({ kind, sent });
  });

  it('a time-out may have been paid, a refused connection was not', () => {
    const failure = (reason: 'timeout' | 'connect_refused', sent: boolean): unknown =>
      answerToValidation({ kind: 'failure', reason, sent }, ASKED, onUnlisted);
    expect(failure('timeout', true)).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    expect(failure('connect_refused', false)).toMatchObject({ kind: 'unknown', sent: false });
  });
});
