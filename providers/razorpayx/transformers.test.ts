import * as fc from 'fast-check';
import { readCollection, readError } from '../razorpay-forms';
import { readCreated, readPayout, readStatementItem } from './schemas';
import {
  outcomeOfCreate,
  outcomeOfFetch,
  outcomeOfPayout,
  outcomeOfSearch,
  PAYOUT_EVENTS,
  PAYOUT_STATUSES,
  statementLine,
} from './transformers';
import { example, type Json } from '../../test/support/razorpayx-examples';
import { ignore, answer, REFERENCE, created, payoutWith, create } from '../../test/support/razorpayx-answers';

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
      const outcome = outcomeOfCreate(
        answer(200, payoutWith({ status })),
        {},
        {
          ...ignore,
          onUnlisted: (s) => counted.push(s),
        },
      );
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
      value: { id: 'cont_00000000000001', isActive: true },
    });
    for (const file of ['fund-accounts-bank', 'fund-accounts-vpa'])
      expect(readCreated(example(file), 'fund_account', 'fa', 'cont_00000000000001')).toMatchObject({
        ok: true,
      });
    expect(readCreated(example('fund-accounts-bank'), 'fund_account', 'fa', 'cont_00000000000002')).toEqual({
      ok: false,
      field: 'contact_id',
    });
    expect(readCreated({ ...example('contacts-create'), active: false }, 'contact', 'cont')).toMatchObject({
      value: { isActive: false },
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
