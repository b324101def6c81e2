/**
 * A current account in the sandbox: the balance by its own call, payouts that are queued for the balance or for a
 * floor, that fail for it, and the statement with and without the fee in the debit.
 */
import { randomUUID } from 'node:crypto';
import { startSandbox } from '../../../sandbox/app';
import { askRazorpaySdk } from '../../support/razorpay-oracle';
import {
  ACCOUNT,
  createClient,
  inputError,
  KEY_ID,
  KEY_SECRET,
  sandboxOptions,
  startTestSandbox,
  WEBHOOK_SECRET,
  type Answer,
  type TestSandbox,
} from '../../support/sandbox';
import { until } from '../../support/until';

const OPENING = 5_000_000n;
const AMOUNT = 1_000_000;
const HOUR_MS = 3_600_000;
let t: TestSandbox;
let good: string;

beforeEach(async () => {
  t = await startTestSandbox({ accountType: 'current_account', openingBalancePaise: OPENING, slowMs: 80 });
  good = await t.client.fundAccount('0000');
});
afterEach(async () => {
  await t.close();
});

const control = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer['body']> =>
  (await t.client.request(method, `/__sandbox${path}`, { body })).body;
const get = (path: string): Promise<Answer> => t.client.request('GET', path);
const pay = async (fields: Record<string, unknown> = {}): Promise<Answer['body']> =>
  (await t.client.payout({ fund_account_id: good, queue_if_low_balance: true, ...fields })).body;
const ended = (id: unknown, status: string): Promise<Answer> =>
  until(
    () => get(`/v1/payouts/${String(id)}`),
    (a) => a.body.status === status,
  );
const statusOf = async (id: unknown): Promise<unknown> =>
  (await get(`/v1/payouts/${String(id)}`)).body.status;
const lines = async (): Promise<Record<string, unknown>[]> =>
  (await get(`/v1/transactions?account_number=${ACCOUNT}&count=100`)).body.items!.toReversed();
/** Money that leaves the account without Razorpay, which does not see it for an hour. */
async function withdrawUnseen(paise: number): Promise<void> {
  await control('POST', '/account', { refresh_ms: HOUR_MS });
  await control('POST', '/withdrawals', { amount_paise: paise });
}

describe('the balance', () => {
  const balance = (amount: number): object => ({
    entity: 'banking_balance',
    currency: 'INR',
    account_number: ACCOUNT,
    account_type: 'current_account',
    bank_name: expect.any(String),
    bank_code: 'SNDB',
    amount,
    available_amount: amount,
    refreshed_at: expect.any(Number),
  });

  it('is a collection with the account, and follows the filters', async () => {
    const one = { entity: 'collection', count: 1, items: [balance(5_000_000)] };
    const none = { entity: 'collection', count: 0, items: [] };
    for (const query of ['', '?account_type=current_account', '?bank_code=SNDB', '?count=1'])
      expect((await get(`/v1/banking_balances${query}`)).body).toEqual(one);
    for (const query of ['?account_type=razorpayx_lite', '?skip=1'])
      expect((await get(`/v1/banking_balances${query}`)).body).toEqual(none);
  });

  it.each([
    ['?account_type=Current_Account', 'account_type', 'The selected account type is invalid.'],
    ['?bank_code=rbl', 'bank_code', 'Invalid channel name: rbl'],
    ['?count=101', 'count', 'The count may not be greater than 100'],
    ['?count=x', 'count', 'The count must be an integer.'],
    ['?account_number=1', undefined, 'account_number is/are not required and should not be sent'],
  ])('refuses %s', async (query, field, description) => {
    const answer = await get(`/v1/banking_balances${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(inputError(field, description));
  });

  it('is as old as its refresh: what the bank has paid otherwise is not in it yet', async () => {
    await withdrawUnseen(3_000_000);
    expect((await get('/v1/banking_balances')).body.items).toEqual([balance(5_000_000)]);
    expect(await control('GET', '/account')).toMatchObject({
      balance_paise: 2_000_000,
      known_balance_paise: 5_000_000,
    });
    await control('POST', '/account/refresh', {});
    expect((await get('/v1/banking_balances')).body.items).toEqual([balance(2_000_000)]);
  });

  it('of a Lite account has no bank', async () => {
    const lite = await startTestSandbox({ openingBalancePaise: 700n });
    const { body } = await lite.client.request('GET', '/v1/banking_balances?account_type=razorpayx_lite');
    expect(body.items).toEqual([
      {
        entity: 'banking_balance',
        currency: 'INR',
        account_number: ACCOUNT,
        account_type: 'razorpayx_lite',
        bank_name: null,
        bank: null,
        amount: 700,
        available_amount: 700,
        refreshed_at: expect.any(Number),
      },
    ]);
    await lite.close();
  });
});

describe('payouts that wait', () => {
  it('are queued for a low balance, first in first out, and one too large keeps nobody up', async () => {
    const large = await pay({ amount: 6_000_000 });
    const small = await pay({ amount: 4_000_000 });
    const next = await pay({ amount: 2_000_000 });
    expect([large, next].map(({ status }) => status)).toEqual(['queued', 'queued']);
    expect(large.status_details).toMatchObject({ reason: 'low_balance', source: 'business' });
    await ended(small.id, 'processed');
    await control('POST', '/deposits', { amount_paise: 1_000_000 });
    await ended(next.id, 'processed');
    expect(await statusOf(large.id)).toBe('queued');
    await control('POST', '/deposits', { amount_paise: 6_000_000 });
    await ended(large.id, 'processed');
  });

  it('are queued for the balance threshold although the money is there, and go when the floor allows it', async () => {
    await control('POST', '/account', { threshold_paise: 4_500_000 });
    const held = await pay();
    expect(held).toMatchObject({ status: 'queued', fees: 0, tax: 0 });
    expect((await get('/v1/banking_balances')).body.items![0]).toMatchObject({ available_amount: 5_000_000 });
    const within = await pay({ amount: 500_000 });
    await ended(within.id, 'processed');
    await control('POST', '/account', { threshold_paise: 0 });
    await ended(held.id, 'processed');
  });

  it('without queue_if_low_balance are refused, and nothing is booked', async () => {
    const answer = await t.client.payout({ fund_account_id: good, amount: 6_000_000 });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ reason: 'insufficient_funds', source: 'business' });
  });
});

describe('payouts that fail', () => {
  it('for the balance, although they ask to be queued: Razorpay believed that the money is there', async () => {
    await withdrawUnseen(4_500_000);
    const payout = await pay();
    expect(payout.status).toBe('processing');
    const failed = await ended(payout.id, 'failed');
    expect(failed.body).toMatchObject({
      fees: 0,
      tax: 0,
      utr: null,
      status_details: {
        reason: 'insufficient_funds',
        source: 'business',
        description: 'Payout failed due to insufficient funds in your account.',
      },
    });
    expect(await lines()).toHaveLength(2); // the opening and the withdrawal
    expect((await control('GET', '/book/summary')).fees_due_paise).toBe(0);
    await until(
      () => t.receiver.received,
      (all) => all.some(({ event }) => event === 'payout.failed'),
    );
  });

  it('when a queued one is released against a balance that is not there', async () => {
    await control('POST', '/account', { refresh_ms: HOUR_MS, threshold_paise: 4_500_000 });
    const payout = await pay();
    await control('POST', '/withdrawals', { amount_paise: 4_500_000 });
    await control('POST', '/account', { threshold_paise: 0 });
    const failed = await ended(payout.id, 'failed');
    expect(failed.body.status_details).toMatchObject({ reason: 'insufficient_funds' });
  });

  it.each([
    ['1111', 'bank_account_invalid'],
    ['3333', 'beneficiary_bank_rejected'],
  ])('%s at the bank, which takes nothing', async (ending, reason) => {
    const payout = await pay({ fund_account_id: await t.client.fundAccount(ending) });
    const failed = await ended(payout.id, 'failed');
    expect(failed.body.status_details).toMatchObject({ reason });
    expect(await lines()).toHaveLength(1);
    expect(await control('GET', '/account')).toMatchObject({ balance_paise: 5_000_000, fees_due_paise: 0 });
  });

  it('after the debit are reversed only when the money has come back', async () => {
    await control('POST', '/account', { debit_before_failure: true });
    const payout = await pay({ fund_account_id: await t.client.fundAccount('3333') });
    await ended(payout.id, 'reversed');
    const events = await until(
      () => t.receiver.received.map(({ event }) => event),
      (all) => all.length === 2,
    );
    expect(events.toSorted()).toEqual(['payout.failed', 'payout.reversed']);
    expect((await lines()).map(({ debit, credit }) => [debit, credit])).toEqual([
      [0, 5_000_000],
      [AMOUNT, 0],
      [0, AMOUNT],
    ]);
    expect(await control('GET', '/account')).toMatchObject({ balance_paise: 5_000_000, fees_due_paise: 0 });
  });
});

describe('the statement', () => {
  it('debits the amount; the fees are owed, and one payout of the day collects them', async () => {
    const first = await pay();
    const back = await pay({ fund_account_id: await t.client.fundAccount('4444') });
    await ended(first.id, 'processed');
    await ended(back.id, 'reversed');
    expect(await control('GET', '/account')).toMatchObject({ balance_paise: 4_000_000, fees_due_paise: 354 });
    expect(await control('POST', '/fees/collect', {})).toEqual({
      collected_paise: 354,
      balance_paise: 3_999_646,
    });
    const statement = await lines();
    expect(statement.map(({ debit, credit, balance }) => [debit, credit, balance])).toEqual([
      [0, 5_000_000, 5_000_000],
      [AMOUNT, 0, 4_000_000],
      [AMOUNT, 0, 3_000_000],
      [0, AMOUNT, 4_000_000],
      [354, 0, 3_999_646],
    ]);
    expect(statement[1]!.source).toMatchObject({ id: first.id, entity: 'payout', amount: AMOUNT, fees: 354 });
    expect(statement.at(-1)!.source).toMatchObject({
      entity: 'payout',
      id: expect.stringMatching(/^pout_/),
      amount: 354,
    });
    expect((await control('POST', '/fees/collect', {})).collected_paise).toBe(0);
  });

  it('debits amount and fee together where the account is set so', async () => {
    await control('POST', '/account', { fee_in_debit: true });
    const payout = await pay();
    await ended(payout.id, 'processed');
    const [, line] = await lines();
    expect(line).toMatchObject({ debit: AMOUNT + 354, amount: AMOUNT + 354, balance: 3_999_646 });
    expect(await control('GET', '/account')).toMatchObject({ fees_due_paise: 0 });
  });

  it.each([
    ['/withdrawals', { amount_paise: 5_000_001 }],
    ['/withdrawals', { amount_paise: 0 }],
    ['/account', { threshold_paise: -1 }],
    ['/account', { refresh_ms: 1.5 }],
    ['/account', { fee_in_debit: 'yes' }],
    ['/account', { floor: 1 }],
  ])('%s refuses %j', async (path, body) => {
    const answer = await t.client.request('POST', `/__sandbox${path}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'INVALID' });
  });
});

it("Razorpay's SDK reads balances, refusals and statement, and accepts the signature of a failure", async () => {
  await withdrawUnseen(4_500_000);
  const payout = await pay({ reference_id: randomUUID() });
  await ended(payout.id, 'failed');
  const [callback] = await until(
    () => t.receiver.received,
    (all) => all.length > 0,
  );
  const { version, answers, isSigned } = await askRazorpaySdk({
    baseUrl: t.sandbox.url,
    keyId: KEY_ID,
    keySecret: KEY_SECRET,
    calls: [
      { url: '/banking_balances', data: { account_type: 'current_account' } },
      { url: '/banking_balances', data: { account_type: 'savings' } },
      { url: '/transactions', data: { account_number: ACCOUNT, count: 5 } },
      { url: `/payouts/${String(payout.id)}`, data: {} },
    ],
    webhook: { raw: callback!.raw, signature: callback!.signature, secret: WEBHOOK_SECRET },
  });
  expect(version).toBe('2.9.8');
  expect(isSigned).toBe(true);
  expect(answers[0]!.ok).toMatchObject({ count: 1, items: [{ account_number: ACCOUNT }] });
  expect(answers[1]!.refused).toEqual({
    statusCode: 400,
    ...inputError('account_type', 'The selected account type is invalid.'),
  });
  expect(answers[2]!.ok).toMatchObject({ entity: 'collection', count: 2 });
  expect(answers[3]!.ok).toMatchObject({
    id: payout.id,
    status: 'failed',
    status_details: { reason: 'insufficient_funds' },
  });
});

it('a restart keeps what was taken, what came back and what is owed', async () => {
  await control('POST', '/account', { debit_before_failure: true });
  const kept = await pay();
  const failing = await pay({ fund_account_id: await t.client.fundAccount('3333') });
  await ended(kept.id, 'processed');
  await ended(failing.id, 'reversed');
  const before = await control('GET', '/book/summary');
  const { dir, receiver } = t;
  await t.sandbox.close();
  const again = await startSandbox({
    ...sandboxOptions(dir, receiver.url),
    accountType: 'current_account',
    openingBalancePaise: OPENING,
  });
  const client = createClient(again.url);
  expect((await client.request('GET', '/__sandbox/book/summary')).body).toEqual(before);
  await client.close();
  await again.close();
});
