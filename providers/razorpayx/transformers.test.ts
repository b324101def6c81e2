import { inspect } from 'node:util';
import * as fc from 'fast-check';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../domain/payouts/port';
import {
  cleanName,
  cleanNarration,
  contactRequest,
  fundAccountRequest,
  payoutRequest,
  unusableField,
} from './requests';
import { readCollection, readCreated, readError, readPayout, readStatementItem } from './schemas';
import { oldestFirst } from './statement';
import {
  outcomeOfCreate,
  outcomeOfFetch,
  outcomeOfPayout,
  outcomeOfRegistration,
  outcomeOfSearch,
  PAYOUT_EVENTS,
  PAYOUT_STATUSES,
  statementLine,
} from './transformers';
import type { Reply } from '../answers';
import { example, type Json } from '../../test/support/razorpayx-examples';

const ignore = (): void => undefined;
const answer = (status: number, json: unknown): Reply => ({ kind: 'answer', status, json });
const REFERENCE = 'Acme Transaction ID 12345';
const created = example('payouts-create-bank');
const payoutWith = (fields: Json): Json => ({ ...created, ...fields });
const error = (fields: Json = {}): Json => ({
  error: {
    code: 'BAD_REQUEST_ERROR',
    description: 'The account number field is required',
    source: 'business',
    step: 'null',
    reason: 'input_validation_failed',
    metadata: {},
    field: 'account_number',
    ...fields,
  },
});
const create = (reply: Reply): ProviderOutcome =>
  outcomeOfCreate(reply, { ourReference: REFERENCE, fundAccount: 'fa_00000000000001' }, ignore);

describe('status words', () => {
  // "Payout States and Life Cycle" and domain.md 2.3 name these nine and no others.
  it('every documented status has its meaning', () => {
    expect(PAYOUT_STATUSES).toEqual({
      queued: 'pending',
      pending: 'pending',
      scheduled: 'pending',
      processing: 'pending',
      processed: 'succeeded',
      failed: 'failed',
      rejected: 'failed',
      cancelled: 'failed',
      reversed: 'reversed',
    });
  });

  it('every payout event of the documentation is known', () => {
    const documented = [
      'pending',
      'rejected',
      'queued',
      'initiated',
      'processed',
      'updated',
      'reversed',
      'failed',
    ].map((e) => `payout.${e}`);
    expect(Object.keys(PAYOUT_EVENTS).sort()).toEqual(documented.sort());
  });

  it.each(Object.entries(PAYOUT_STATUSES))('%s is %s', (status, kind) => {
    expect(create(answer(200, payoutWith({ status })))).toMatchObject({
      kind,
      sent: true,
      rawStatus: status,
    });
  });

  it.each(['on_hold', 'expired', 'initiated', 'created', 'constructor', 'tostring', 'success'])(
    'an unlisted status (%s) is pending and counted',
    (status) => {
      const counted: string[] = [];
      const outcome = outcomeOfCreate(answer(200, payoutWith({ status })), {}, (s) => counted.push(s));
      expect([outcome.kind, outcome.rawStatus, counted]).toEqual(['pending', status, [status]]);
    },
  );

  it('P5 no status but the four documented ones fails or reverses a transaction', () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^[a-z_]{1,40}$/), fc.string()), (status) => {
        const { kind } = outcomeOfCreate(answer(200, payoutWith({ status })), {}, ignore);
        const listed = Object.hasOwn(PAYOUT_STATUSES, status);
        expect(listed || kind === 'pending' || kind === 'unknown').toBe(true);
      }),
    );
  });
});

describe('documented payout samples', () => {
  it.each([
    ['payouts-create-bank', 'Success', 'pending', 'queued', 'low_balance'],
    ['payouts-create-vpa', 'Success', 'pending', 'queued', 'low_balance'],
    ['payouts-idempotent', 'Success', 'pending', 'queued', undefined],
    ['payouts-entity', 'Sample Entity', 'pending', 'queued', 'low_balance'],
    ['payouts-cancel', 'Success', 'failed', 'failed', 'amount_limit_exhausted'],
    ['payouts-fetch-with-id', 'Success', 'succeeded', 'processed', 'payout_processed'],
    ['errors', 'Complete Error Response', 'failed', 'failed', 'imps_not_allowed'],
    [
      'errors-status-details',
      'Complete Status Details Response Code',
      'failed',
      'failed',
      'imps_not_allowed',
    ],
  ])('%s %s: %s', (file, title, kind, rawStatus, rawReason) => {
    const outcome = outcomeOfFetch(
      answer(200, example(file, title)),
      { ourReference: REFERENCE, providerReference: 'pout_00000000000001' },
      ignore,
    );
    expect(outcome).toMatchObject({
      kind,
      rawStatus,
      sent: true,
      providerReference: 'pout_00000000000001',
      amountPaise: 1_000_000n,
    });
    expect(outcome.rawReason).toBe(rawReason);
    expect(outcome.utr).toBeUndefined(); // null, and in one sample the word "null"
  });

  it('their fees include the tax', () => {
    const outcome = outcomeOfFetch(answer(200, example('payouts-fetch-with-id')), {}, ignore);
    expect([outcome.providerFeePaise, outcome.providerTaxPaise]).toEqual([500n, 90n]);
  });

  it('fees that have not been taken are absent, not zero', () => {
    const outcome = create(answer(200, payoutWith({ fees: null, tax: null })));
    expect('providerFeePaise' in outcome || 'providerTaxPaise' in outcome).toBe(false);
  });

  it('the list: an item by its reference', () => {
    const list = example('payouts-fetch-all');
    const items = list.items as Json[];
    const one = { entity: 'collection', count: 1, items: [items[0]] };
    expect(outcomeOfSearch(answer(200, one), { ourReference: REFERENCE }, ignore)).toMatchObject({
      kind: 'succeeded',
      providerFeePaise: 500n,
    });
    expect(outcomeOfSearch(answer(200, list), { ourReference: `${REFERENCE}6` }, ignore)).toMatchObject({
      kind: 'reversed',
      rawStatus: 'reversed',
    });
  });

  it('contacts, fund accounts and statement lines are read', () => {
    expect(readCreated(example('contacts-create'), 'contact', 'cont')).toEqual({
      ok: true,
      value: 'cont_00000000000001',
    });
    for (const file of ['fund-accounts-bank', 'fund-accounts-vpa'])
      expect(readCreated(example(file), 'fund_account', 'fa', 'cont_00000000000001')).toMatchObject({
        ok: true,
      });
    expect(readCreated(example('fund-accounts-bank'), 'fund_account', 'fa', 'cont_00000000000002')).toEqual({
      ok: false,
      field: 'contact_id',
    });
    expect(readCreated({ ...example('contacts-create'), active: false }, 'contact', 'cont')).toEqual({
      ok: false,
      field: 'active',
    });
    const items = readCollection(example('transactions-fetch-all'));
    const lines = (items.ok ? items.value : [])
      .map((item) => readStatementItem(item))
      .map((r) => (r.ok ? statementLine(r.value) : r));
    expect(lines).toEqual([
      {
        id: 'txn_00000000000001',
        creditPaise: 10_000_000n,
        debitPaise: 0n,
        balancePaise: 10_000_000n,
        sourceKind: 'bank_transfer',
        sourceId: 'bt_00000000000001',
        at: new Date(1_545_125_568_000),
      },
      {
        id: 'txn_00000000000003',
        creditPaise: 0n,
        debitPaise: 1_000_000n,
        balancePaise: 9_000_000n,
        sourceKind: 'payout',
        sourceId: 'pout_00000000000001',
        at: new Date(1_545_224_066_000),
      },
    ]);
  });

  it('error bodies are read', () => {
    expect(readError(example('errors', 'Sample Error Response'))).toMatchObject({
      code: 'BAD_REQUEST_ERROR',
      reason: 'input_validation_failed',
      field: 'account_number',
      source: 'business',
    });
    expect(readError(example('payouts-idempotent', 'Failure'))).toMatchObject({
      reason: undefined,
      field: 'X-Payout-Idempotency',
    });
    for (const body of [
      null,
      [],
      'x',
      {},
      { error: null },
      { error: { code: 400 } },
      { error: { code: 'lower' } },
    ])
      expect(readError(body)).toBeUndefined();
  });
});

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
      'a key that was used with another body',
      answer(
        400,
        error({ description: 'Different request body sent for the same Idempotency Header.', field: null }),
      ),
      { kind: 'unknown', sent: true },
    ],
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
      { kind: 'unknown', sent: false },
    ],
    ['a 403 of theirs', answer(403, error()), { kind: 'unknown', sent: false }],
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
          expect(outcome.sent || status === 401 || status === 403).toBe(true);
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
    [answer(400, example('contacts-create', 'Failure')), 'failed', 'BAD_REQUEST_ERROR'],
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
});

describe('requests', () => {
  const instruction: PayoutInstruction = {
    ourReference: 'txn-ref-1',
    idempotencyKey: '53cda91c-8f81-4e77-bbb9-7388f4ac6bf4',
    amountPaise: 1_000_000n,
    currency: 'INR',
    mode: 'IMPS',
    narration: 'Test Fund-Transfer, #1',
    refs: { contact: 'cont_00000000000001', fund_account: 'fa_00000000000001' },
  };
  const bank: BeneficiaryDetails = {
    id: 'b-1',
    name: 'Test Beneficiary',
    account: { kind: 'bank', accountNumber: '765432123456789', ifsc: 'HDFC0000053' },
  };

  it('a payout is byte-identical each time', () => {
    const { body, bodyHash } = payoutRequest(instruction, '7878780080316316');
    expect(body).toBe(
      '{"account_number":"7878780080316316","fund_account_id":"fa_00000000000001","amount":1000000,"currency":"INR","mode":"IMPS","purpose":"payout","queue_if_low_balance":true,"reference_id":"txn-ref-1","narration":"Test Fund Transfer 1"}',
    );
    const shuffled = Object.fromEntries(
      Object.entries(instruction).reverse(),
    ) as unknown as PayoutInstruction;
    expect(payoutRequest(shuffled, '7878780080316316')).toEqual({ body, bodyHash });
    expect(bodyHash).toHaveLength(32);
  });

  it.each([
    { idempotencyKey: 'abc' },
    { idempotencyKey: 'k'.repeat(37) },
    { idempotencyKey: 'key:1' },
    { idempotencyKey: 'key\n1' },
    { ourReference: '' },
    { ourReference: 'r'.repeat(41) },
    { amountPaise: 99n },
    { refs: {} },
    { refs: { fund_account: 'x' } },
  ])('what the contract cannot express is not sent: %p', (fields) => {
    expect(() =>
      payoutRequest({ ...instruction, ...fields } as PayoutInstruction, '7878780080316316'),
    ).toThrow('PROVIDER_REJECTED');
  });

  it('narrations', () => {
    for (const [given, sent] of [
      [null, ''],
      ['', ''],
      ['!!!', ''],
      ['  a  b ', 'a b'],
      ['x'.repeat(40), 'x'.repeat(30)],
      ['वेतन', ''],
      ['Café Nº1', 'Cafe No1'],
    ] as const)
      expect(cleanNarration(given)).toBe(sent);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleanNarration(text)).toMatch(/^(?:[A-Za-z0-9](?:[A-Za-z0-9 ]{0,28}[A-Za-z0-9])?)?$/);
      }),
    );
  });

  it('names', () => {
    for (const [given, sent] of [
      ['Test Beneficiary', 'Test Beneficiary'],
      ['Om', 'Om.'],
      ['X', 'X..'],
      ['Test & Sons (Pvt.) Ltd.', 'Test Sons (Pvt.) Ltd.'],
      ['Test Traders (India)', 'Test Traders (India'],
      ["O'Test", 'O’Test'],
      ['Trading-', 'Trading'],
      ['Té st', 'Te st'],
    ] as const)
      expect(cleanName(given, 50)).toBe(sent);
    for (const none of ['', '   ', '---', 'परीक्षण', '...']) expect(cleanName(none, 50)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(50, 120), (text, max) => {
        expect(cleanName(text, max) ?? 'none').toMatch(
          new RegExp(`^[A-Za-z0-9 ’\\-_/().]{2,${max - 1}}[A-Za-z0-9.]$`),
        );
      }),
    );
  });

  it('contacts and fund accounts', () => {
    expect(contactRequest(bank)).toBe('{"name":"Test Beneficiary","type":"customer","reference_id":"b-1"}');
    expect(fundAccountRequest(bank, 'cont_1')).toBe(
      '{"contact_id":"cont_1","account_type":"bank_account","bank_account":{"name":"Test Beneficiary","ifsc":"HDFC0000053","account_number":"765432123456789"}}',
    );
    const vpa: BeneficiaryDetails = {
      id: 'b-2',
      name: 'Test Beneficiary',
      account: { kind: 'vpa', address: 'test.beneficiary@exampleupi' },
    };
    expect(fundAccountRequest(vpa, 'cont_1')).toBe(
      '{"contact_id":"cont_1","account_type":"vpa","vpa":{"address":"test.beneficiary@exampleupi"}}',
    );
    expect(unusableField(bank)).toBeUndefined();
    expect(unusableField({ ...bank, name: 'परीक्षण' })).toBe('name');
    expect(
      unusableField({ ...bank, account: { kind: 'bank', accountNumber: '12 34', ifsc: 'HDFC0000053' } }),
    ).toBe('account_number');
    expect(
      unusableField({ ...bank, account: { kind: 'bank', accountNumber: '12345', ifsc: 'hdfc0000053' } }),
    ).toBe('ifsc');
    expect(unusableField({ ...vpa, account: { kind: 'vpa', address: 'nobody' } })).toBe('vpa');
  });
});

describe('order of a statement', () => {
  const line = (n: number, atS: number, balance: bigint) => ({
    id: `txn_${n}`,
    creditPaise: 10n,
    debitPaise: 0n,
    balancePaise: balance,
    sourceKind: 'payout',
    sourceId: 'p',
    at: new Date(atS * 1_000),
  });
  const chain = [line(1, 1, 10n), line(2, 1, 20n), line(3, 2, 30n), line(4, 2, 40n), line(5, 3, 50n)];

  it('is oldest first whichever way round the list came', () => {
    for (const given of [chain, chain.toReversed()])
      expect(oldestFirst(given).map((l) => l.id)).toEqual(chain.map((l) => l.id));
  });

  it('within one second the balances tell', () => {
    const second = [line(1, 1, 10n), line(2, 1, 20n), line(3, 1, 30n)];
    for (const given of [second, second.toReversed()])
      expect(oldestFirst(given).map((l) => l.id)).toEqual(['txn_1', 'txn_2', 'txn_3']);
    expect(oldestFirst([])).toEqual([]);
  });
});

describe('outcomeOfPayout', () => {
  it('keeps what is asked for apart from what is said', () => {
    const payout = readPayout(created);
    expect(payout.ok && outcomeOfPayout(payout.value, {}, undefined, ignore)).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: 'queued',
      rawReason: 'low_balance',
      providerReference: 'pout_00000000000001',
      amountPaise: 1_000_000n,
      providerFeePaise: 0n,
      providerTaxPaise: 0n,
    });
  });
});
