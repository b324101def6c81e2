import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { readCollection, readError } from '../razorpay-forms';
import { readCreated, readPayout, readStatementItem } from './schemas';
import { isSetupFault, outcomeOfFetch, outcomeOfRegistration, outcomeOfSearch } from './transformers';
import type { Reply } from '../answers';
import { example, type Json } from '../../test/support/razorpayx-examples';
import {
  ignore,
  answer,
  REFERENCE,
  created,
  payoutWith,
  error,
  create,
} from '../../test/support/razorpayx-answers';

describe('P5 what the answer to a create decides', () => {
  it.each<[string, Reply, object]>([
    [
      'a documented validation error',
      answer(400, error()),
      {
        kind: 'failed',
        sent: true,
        rawStatus: 'BAD_REQUEST_ERROR',
        rawReason: 'input_validation_failed',
        httpStatus: 400,
      },
    ],
    [
      'without a reason, the field',
      answer(400, error({ reason: 'null', field: 'amount' })),
      { kind: 'failed', rawReason: 'amount' },
    ],
    [
      'a key that was used with another body: a payout with it exists',
      answer(
        400,
        error({ description: 'Different request body sent for the same Idempotency Header.', field: null }),
      ),
      { kind: 'unknown', sent: true, foundThere: 'one' },
    ],
    ...(
      [
        [
          'a path that does not exist',
          {
            description: 'The requested URL was not found on the server.',
            source: null,
            reason: null,
            field: null,
          },
        ],
        ['neither a field nor a reason', { reason: 'NA', field: '', source: 'NA' }],
        [
          'our own account number',
          { field: 'account_number', description: 'The account number is invalid.' },
        ],
        ['the purpose that we send', { field: 'purpose' }],
        ['our balance', { reason: 'insufficient_funds', field: null }],
        ['our keys', { reason: 'authentication_failed', field: null }],
      ] as const
    ).map(([what, fields]): [string, Reply, object] => [
      `a refusal of us, by ${what}: held, and nobody's payout fails`,
      answer(400, error(fields)),
      { kind: 'unknown', sent: false, isSetupFault: true },
    ]),
    ...[
      'Payouts cannot be created on an inactive fund account',
      'Payouts cannot be created on an inactive contact',
      'The id provided does not exist',
    ].map((description): [string, Reply, object] => [
      `a fund account that it takes no more (${description})`,
      answer(400, error({ description, reason: null, field: null })),
      { kind: 'unknown', sent: false, refusesRefs: true },
    ]),
    [
      'a complaint about the key header',
      answer(400, error({ reason: null, field: 'X-Payout-Idempotency', description: 'x' })),
      { kind: 'unknown', sent: true },
    ],
    [
      'a 400 that is their own fault',
      answer(400, error({ source: 'internal' })),
      { kind: 'unknown', sent: true },
    ],
    [
      'a 400 with another code',
      answer(400, error({ code: 'SERVER_ERROR' })),
      { kind: 'unknown', sent: true, rawStatus: 'SERVER_ERROR' },
    ],
    [
      'a 400 that is not theirs',
      answer(400, { message: 'bad request' }),
      { kind: 'unknown', sent: true, rawStatus: '<http 400>' },
    ],
    [
      'a 401 of theirs',
      answer(401, error({ code: 'BAD_REQUEST_AUTHENTICATION_ERROR', reason: 'authentication_failed' })),
      { kind: 'unknown', sent: false, isSetupFault: true },
    ],
    ['a 403 of theirs', answer(403, error()), { kind: 'unknown', sent: false, isSetupFault: true }],
    [
      'a 403 of something on the way',
      answer(403, undefined),
      { kind: 'unknown', sent: true, rawStatus: '<http 403>' },
    ],
    ['a 404', answer(404, error()), { kind: 'unknown', sent: true }],
    ['a conflict', answer(409, error()), { kind: 'unknown', sent: true }],
    ['a 422', answer(422, error()), { kind: 'unknown', sent: true }],
    [
      'too many requests',
      { kind: 'answer', status: 429, json: error(), retryAfterMs: 2_000 },
      { kind: 'unknown', sent: true, retryAfterMs: 2_000 },
    ],
    ['a redirect', answer(302, undefined), { kind: 'unknown', sent: true, rawStatus: '<http 302>' }],
    [
      'a server error with a body',
      answer(500, error({ code: 'SERVER_ERROR' })),
      { kind: 'unknown', sent: true, rawStatus: 'SERVER_ERROR', httpStatus: 500 },
    ],
    ['a gateway error in a BAD_REQUEST body', answer(502, error()), { kind: 'unknown', sent: true }],
    [
      '200 with no JSON',
      { kind: 'unreadable', status: 200 },
      { kind: 'unknown', sent: true, rawStatus: '<unreadable answer>' },
    ],
    [
      '200 with an error body',
      answer(200, error()),
      { kind: 'unknown', sent: true, rawStatus: '<unrecognised answer>' },
    ],
    ['200 with a list', answer(200, []), { kind: 'unknown', sent: true }],
    [
      '200 with another reference',
      answer(200, payoutWith({ reference_id: 'another', status: 'failed' })),
      { kind: 'unknown', sent: true, rawStatus: '<other reference>' },
    ],
    [
      '200 with another fund account',
      answer(200, payoutWith({ fund_account_id: 'fa_00000000000009', status: 'failed' })),
      { kind: 'unknown', rawStatus: '<other beneficiary>' },
    ],
    [
      '200 without a reference',
      answer(200, payoutWith({ reference_id: null, status: 'processed' })),
      { kind: 'succeeded' },
    ],
    [
      'a time-out',
      { kind: 'failure', reason: 'timeout', sent: true },
      { kind: 'unknown', sent: true, rawStatus: '<timeout>' },
    ],
    [
      'a refused connection',
      { kind: 'failure', reason: 'connect_refused', sent: false },
      { kind: 'unknown', sent: false, rawStatus: '<connection refused>' },
    ],
    [
      'an open breaker',
      { kind: 'refusal', word: '<breaker open>', retryAfterMs: 900 },
      { kind: 'unknown', sent: false, rawStatus: '<breaker open>', retryAfterMs: 900 },
    ],
  ])('%s', (_name, reply, expected) => {
    expect(create(reply)).toMatchObject(expected);
  });

  it('any status with any body: failed only by a documented refusal or a documented status', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.jsonValue(), fc.constant(error()), fc.constant(created)),
        (status, json) => {
          const outcome = create(answer(status, json));
          expect(
            outcome.kind !== 'failed' || (status === 400 && outcome.rawStatus === 'BAD_REQUEST_ERROR'),
          ).toBe(true);
          expect(outcome.sent || status === 400 || status === 401 || status === 403).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('hostile answers', () => {
  it.each([
    ['id', 'x'],
    ['id', 'pout_../../etc'],
    ['id', 7],
    ['amount', '1000000'],
    ['amount', 10.5],
    ['amount', -1],
    ['amount', 0],
    ['amount', 9_007_199_254_740_992],
    ['amount', null],
    ['currency', 'USD'],
    ['status', null],
    ['status', 1],
    ['status', 'pro cessed'],
    ['status', 'x'.repeat(41)],
    ['fund_account_id', 'cont_00000000000001'],
    ['reference_id', 'r'.repeat(41)],
    ['reference_id', 'a\nb'],
    ['fees', -1],
    ['fees', 1.5],
    ['fees', '5'],
    ['tax', 1],
    ['entity', 'refund'],
  ])('%s = %p is refused', (field, value) => {
    expect(readPayout(payoutWith({ fees: 0, tax: 0, [field]: value }))).toMatchObject({ ok: false });
    expect(
      create(answer(200, payoutWith({ status: 'failed', fees: 0, tax: 0, [field]: value }))),
    ).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('a tax without a fee, or above it, is refused', () => {
    expect(readPayout(payoutWith({ fees: null, tax: 90 }))).toEqual({ ok: false, field: 'tax' });
    expect(readPayout(payoutWith({ fees: 80, tax: 90 }))).toEqual({ ok: false, field: 'tax' });
  });

  it('an odd UTR or reason is left out and holds nothing up', () => {
    for (const utr of ['null', '', 'x', '<script>', 12, 'pending', 'u'.repeat(41)])
      expect(create(answer(200, payoutWith({ utr, status: 'processed' }))).utr).toBeUndefined();
    for (const utr of ['933815233814', 'HDFCN00000000001', 'XXXXR7310682908954385XX', 'qwer12uijaaasssd'])
      expect(create(answer(200, payoutWith({ utr, status: 'processed' }))).utr).toBe(utr);
    const outcome = create(
      answer(200, payoutWith({ status: 'processed', status_details: { reason: 'a b\nc' } })),
    );
    expect([outcome.kind, outcome.rawReason]).toEqual(['succeeded', undefined]);
  });

  it('no JSON value makes a reader throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(() => {
          readPayout(json);
          readError(json);
          readCollection(json);
          readStatementItem(json);
          readCreated(json, 'contact', 'cont');
          outcomeOfFetch(answer(200, json), {}, ignore);
          outcomeOfSearch(answer(200, json), { ourReference: 'r' }, ignore);
          outcomeOfRegistration(answer(400, json));
        }).not.toThrow();
      }),
    );
  });

  it.each([
    { credit: 1, debit: 1 },
    { credit: 0, debit: 0 },
    { credit: 1.5 },
    { balance: 'x' },
    { created_at: 1e15 },
    { id: 'pout_00000000000001' },
    { currency: 'USD' },
    { entity: 'x' },
  ])('a statement line with %p is refused', (fields) => {
    const [line] = example('transactions-fetch-all').items as Json[];
    expect(readStatementItem({ ...line, ...fields }).ok).toBe(false);
  });

  it('P7 no sentence of theirs is taken over: it may name a person', () => {
    const sentence = 'Test Beneficiary, account 765432123456789';
    const taken = [
      create(answer(400, error({ description: sentence }))),
      create(
        answer(
          200,
          payoutWith({
            status: 'failed',
            status_details: { reason: 'bank_account_invalid', description: sentence, source: sentence },
          }),
        ),
      ),
      create(
        answer(
          200,
          payoutWith({
            status: 'failed',
            status_details: { reason: sentence, description: sentence },
            error: { description: sentence },
          }),
        ),
      ),
      outcomeOfRegistration(answer(400, error({ description: sentence, reason: sentence, field: sentence }))),
      outcomeOfFetch(answer(500, error({ description: sentence })), {}, ignore),
      outcomeOfSearch(answer(400, error({ description: sentence })), { ourReference: REFERENCE }, ignore),
    ];
    for (const outcome of taken) {
      for (const part of ['Test', 'Beneficiary', '765432123456789'])
        expect(inspect(outcome)).not.toContain(part);
      expect(outcome).not.toHaveProperty('description');
    }
  });
});

describe('inquiries', () => {
  const search = (json: unknown, status = 200): unknown =>
    outcomeOfSearch(answer(status, json), { ourReference: REFERENCE }, ignore);
  const list = (...items: unknown[]): Json => ({ entity: 'collection', count: items.length, items });

  it('P5 not found only for an empty collection', () => {
    expect(search(list())).toEqual({ kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 });
    for (const [json, status] of [
      [{}, 200],
      [{ entity: 'collection', count: 1, items: [] }, 200],
      [[], 200],
      [null, 200],
      [error(), 400],
      [error(), 404],
      [undefined, 404],
      [undefined, 500],
      [list(), 500],
      [list(), 304],
    ] as const) {
      expect(search(json, status)).toMatchObject({ kind: 'unknown', sent: true });
    }
  });

  it('a list without our reference shows a filter that was not applied', () => {
    expect(search(list(payoutWith({ reference_id: 'another' })))).toMatchObject({
      kind: 'unknown',
      rawStatus: '<filter ignored>',
    });
    expect(search(list(payoutWith({ reference_id: null })))).toMatchObject({
      kind: 'unknown',
      rawStatus: '<filter ignored>',
    });
  });

  it('two payouts with our reference: none is picked, and both are named', () => {
    const two = search(
      list(
        payoutWith({ id: 'pout_00000000000001', status: 'failed' }),
        payoutWith({ id: 'pout_00000000000002', status: 'processed' }),
      ),
    );
    expect(two).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<duplicate at provider>',
      description: '2 payouts carry the reference: pout_00000000000001, pout_00000000000002',
    });
  });

  it('"does not exist" for an id that they gave us is unknown', () => {
    expect(
      outcomeOfFetch(
        answer(400, error({ description: 'The id provided does not exist' })),
        { providerReference: 'pout_00000000000001' },
        ignore,
      ),
    ).toMatchObject({ kind: 'unknown', sent: true });
    expect(
      outcomeOfFetch(answer(404, undefined), { providerReference: 'pout_00000000000001' }, ignore),
    ).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('another payout than the one asked for is unknown', () => {
    expect(
      outcomeOfFetch(
        answer(200, payoutWith({ status: 'failed' })),
        { providerReference: 'pout_00000000000002' },
        ignore,
      ),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<other payout>' });
  });

  it('P5 an inquiry that did not leave never says that the payout did not', () => {
    const refused: Reply = { kind: 'failure', reason: 'connect_refused', sent: false };
    expect(outcomeOfFetch(refused, {}, ignore)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<connection refused>',
    });
    expect(
      outcomeOfSearch(
        { kind: 'refusal', word: '<rate limited>', retryAfterMs: 5 },
        { ourReference: 'r' },
        ignore,
      ),
    ).toMatchObject({ kind: 'unknown', sent: true, retryAfterMs: 5 });
    expect(outcomeOfFetch(answer(401, error()), {}, ignore)).toMatchObject({ sent: true });
  });
});

describe('registration', () => {
  it.each<[Reply, string, string]>([
    [answer(400, error({ field: 'bank_account.ifsc' })), 'failed', 'BAD_REQUEST_ERROR'],
    [answer(400, example('contacts-create', 'Failure')), 'unknown', 'BAD_REQUEST_ERROR'], // our type of contact
    [
      answer(401, error({ code: 'BAD_REQUEST_AUTHENTICATION_ERROR' })),
      'unknown',
      'BAD_REQUEST_AUTHENTICATION_ERROR',
    ],
    [answer(500, error({ code: 'SERVER_ERROR' })), 'unknown', 'SERVER_ERROR'],
    [answer(502, undefined), 'unknown', '<http 502>'],
    [answer(200, {}), 'unknown', '<unrecognised answer>'],
    [{ kind: 'failure', reason: 'timeout', sent: true }, 'unknown', '<timeout>'],
    [{ kind: 'unreadable', status: 200 }, 'unknown', '<unreadable answer>'],
  ])('%#: no payout can have come of it', (reply, kind, rawStatus) => {
    expect(outcomeOfRegistration(reply)).toMatchObject({ kind, rawStatus, sent: false });
  });

  it.each([
    ['the type of contact that we send', example('contacts-create', 'Failure')],
    ['nothing', error({ reason: null, field: null })],
  ])('a refusal that names %s is about us', (_what, json) => {
    expect(outcomeOfRegistration(answer(400, json))).toMatchObject({ isSetupFault: true });
    expect(isSetupFault(json, 'registration')).toBe(true);
  });

  it('a contact that is gone or switched off is forgotten', () => {
    for (const description of ['The contact ID provided does not exist.', 'x is not a valid id.'])
      expect(outcomeOfRegistration(answer(400, error({ description, field: 'contact_id' })))).toMatchObject({
        kind: 'unknown',
        sent: false,
        refusesRefs: true,
      });
  });
});
