import { accountId, transactionId, userId, type AccountId } from '../ids/ids';
import type { Effect } from '../lifecycle/decide';
import { NO_EARNINGS } from '../posting/commission';
import { createDispatches, createPostingRules, SCOPES } from '../services/services';
import { COLLECTION } from './service';

const WALLET = accountId(1n);
/** What the gateway takes of 1,000.00: 2 %, and the tax on it. */
const GATEWAY = {
  feePaise: 2_000n,
  taxPaise: 360n,
  areFeesOwed: false,
  told: NO_EARNINGS,
  posted: NO_EARNINGS,
};
const codes = ['wallet'];
/** The same id for the same code. */
function idOf(code: string): AccountId {
  if (!codes.includes(code)) codes.push(code);
  return accountId(BigInt(codes.indexOf(code) + 1));
}
const facts = {
  id: transactionId('01980000-0000-7000-8000-000000000001'),
  userId: userId('01980000-0000-7000-8000-000000000002'),
  service: COLLECTION.name,
  provider: 'acmepay',
  accountId: WALLET,
  amountPaise: 100_000n,
  feePaise: 2_000n,
  taxPaise: 360n,
  chargePaise: 0n,
};
const rules = createPostingRules({ accounts: { id: (code) => Promise.resolve(idOf(code)) } })[
  COLLECTION.name
]!;
const lines = async (effect: Effect, over = {}): Promise<string[]> =>
  (await rules.effect(effect, { ...facts, ...over }, GATEWAY)).map(
    ({ debitAccountId, creditAccountId, amountPaise }) =>
      `${codes[Number(debitAccountId) - 1]} -> ${codes[Number(creditAccountId) - 1]} ${amountPaise}`,
  );
const TAKEN = [
  'expense:provider-fee:acmepay -> receivable:acmepay:collection 2000',
  'tax:gst-input -> receivable:acmepay:collection 360',
];

test('has a scope of its own, and is asked about after a failure', () => {
  expect(SCOPES).toContain(COLLECTION.scope);
  const dispatches = createDispatches({ knex: undefined!, cipher: undefined!, beneficiaries: undefined! });
  expect([dispatches.collection!.asksAfterFailure, rules.asksAfterFailure]).toEqual([true, true]);
  expect(dispatches.aeps!.asksAfterFailure).toBeUndefined();
});

test('nothing is held; a success credits the wallet, with or without what the user bears', async () => {
  expect(await rules.hold(facts)).toEqual([]);
  expect(await lines('success', { feePaise: 0n, taxPaise: 0n })).toEqual([
    'receivable:acmepay:collection -> wallet 100000',
    ...TAKEN,
  ]);
  expect(await lines('success')).toEqual([
    'receivable:acmepay:collection -> wallet 97640',
    'receivable:acmepay:collection -> income:fee:collection 2000',
    'receivable:acmepay:collection -> tax:gst-payable 360',
    ...TAKEN,
  ]);
});

test('what the gateway gives back leaves the wallet; its fee it keeps, in time or late', async () => {
  expect(await lines('reversal')).toEqual([
    'wallet -> receivable:acmepay:collection 97640',
    'income:fee:collection -> receivable:acmepay:collection 2000',
    'tax:gst-payable -> receivable:acmepay:collection 360',
  ]);
  expect(await lines('late_success_reversed')).toEqual([
    'suspense:acmepay -> receivable:acmepay:collection 100000',
  ]);
});

test('a failure moves nothing, what comes late goes to suspense', async () => {
  expect(await lines('failure')).toEqual([]);
  expect(await lines('late_success')).toEqual([
    'receivable:acmepay:collection -> suspense:acmepay 100000',
    ...TAKEN,
  ]);
});
