/** What Razorpay says of our money: the balance, fees that are owed, and payouts that fail for the balance. */
import * as fc from 'fast-check';
import { answer, create, created, ignore, payoutWith } from '../../test/support/razorpayx-answers';
import { example } from '../../test/support/razorpayx-examples';
import { readCollection } from '../razorpay-forms';
import { readBankingBalance, readPayout } from './schemas';
import { outcomeOfFetch, outcomeOfPayout } from './transformers';

const balances = (): unknown[] => {
  const items = readCollection(example('banking-balances'));
  return items.ok ? items.value : [];
};

describe('the balance', () => {
  test('each account of the sample is read, one without a bank and a fixed deposit too', () => {
    expect(balances().map(readBankingBalance)).toMatchObject([
      { ok: true, value: { accountNumber: '0000111122223333', availablePaise: 186_682_638n } },
      { ok: true, value: { amountPaise: 10_489_829n, availablePaise: 186_682_638n } },
      { ok: true, value: { amountPaise: 1_029n, refreshedAt: 1_729_847_660 } },
    ]);
  });

  test('an overdrawn account is below zero', () => {
    expect(
      readBankingBalance({ ...(balances()[0] as object), amount: -5, available_amount: -5 }),
    ).toMatchObject({
      ok: true,
      value: { amountPaise: -5n, availablePaise: -5n },
    });
  });

  test.each([
    ['entity', 'balance'],
    ['account_number', ''],
    ['account_number', 12],
    ['currency', 'USD'],
    ['amount', '186682638'],
    ['amount', 1.5],
    ['available_amount', 2 ** 53],
    ['available_amount', null],
    ['refreshed_at', null],
    ['refreshed_at', -1],
    ['refreshed_at', 1_721_889_110_000],
  ])('%s as %j breaks the contract', (field, value) => {
    expect(readBankingBalance({ ...(balances()[0] as object), [field]: value })).toEqual({
      ok: false,
      field,
    });
  });
});

describe('a failure for the balance', () => {
  const failed = (statusDetails: object): object =>
    payoutWith({ status: 'failed', status_details: statusDetails });

  test('is known by status, reason and source', () => {
    for (const source of ['business', undefined])
      expect(create(answer(200, failed({ reason: 'insufficient_funds', source })))).toMatchObject({
        kind: 'failed',
        rawReason: 'insufficient_funds',
        isShortOfFunds: true,
      });
  });

  test.each([
    [{ status: 'failed', status_details: { reason: 'insufficient_funds', source: 'beneficiary_bank' } }],
    [{ status: 'failed', status_details: { reason: 'bank_account_invalid', source: 'business' } }],
    [{ status: 'reversed', status_details: { reason: 'insufficient_funds', source: 'business' } }],
    [{ status: 'queued', status_details: { reason: 'low_balance', source: 'business' } }],
    [{ status: 'cancelled', status_details: { reason: 'insufficient_funds', source: 'business' } }],
  ])('%j is none', (fields) => {
    expect(create(answer(200, payoutWith(fields)))).not.toHaveProperty('isShortOfFunds');
  });

  test('P5 whatever the answer is, only a failed payout can be one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 100, max: 599 }), (json, status) => {
        const outcome = outcomeOfFetch(answer(status, json), {}, ignore);
        expect(outcome.isShortOfFunds === true && outcome.kind !== 'failed').toBe(false);
      }),
    );
  });
});

describe('fees', () => {
  const outcomeOf = (fields: object, areFeesOwed: boolean) => {
    const payout = readPayout({ ...created, ...fields });
    return payout.ok ? outcomeOfPayout(payout.value, {}, undefined, { ...ignore, areFeesOwed }) : undefined;
  };
  const charged = { status: 'processed', fees: 354, tax: 54 };

  test('of a current account are owed, of a Lite account taken', () => {
    expect(outcomeOf(charged, true)).toMatchObject({ providerFeePaise: 300n, isProviderFeeOwed: true });
    expect(outcomeOf(charged, false)).not.toHaveProperty('isProviderFeeOwed');
  });

  test('that are nothing, or not charged yet, are not owed', () => {
    for (const none of [
      { fees: 0, tax: 0 },
      { fees: null, tax: null },
    ])
      expect(outcomeOf({ status: 'processed', ...none }, true)).not.toHaveProperty('isProviderFeeOwed');
  });
});
