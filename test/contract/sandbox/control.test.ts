/**
 * Balance and queueing, callback retries, ordered scenarios and faults, settings, and the reports of the
 * book.
 */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, startTestSandbox, type TestSandbox } from '../../support/sandbox';
import { until } from '../../support/until';

const OPENING = 3_000_000n; // holds two payouts of 10,000.00 rupees and their fees
let t: TestSandbox;
let fundAccount: string;

beforeEach(async () => {
  t = await startTestSandbox({ openingBalancePaise: OPENING, slowMs: 60 });
  fundAccount = await t.client.fundAccount('0000');
});
afterEach(async () => {
  await t.close();
});

const control = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
  t.client.request(method, `/__sandbox${path}`, { body });
const statusOf = async (id: unknown) =>
  (await t.client.request('GET', `/v1/payouts/${String(id)}`)).body.status;

describe('balance', () => {
  it('refuses a payout that the balance does not hold, fees included', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => t.client.payout({ fund_account_id: fundAccount })),
    );
    expect(answers.filter((a) => a.status === 200)).toHaveLength(2);
    for (const answer of answers.filter((a) => a.status !== 200)) {
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'BAD_REQUEST_ERROR',
        description: 'Your account does not have enough balance to carry out the payout operation.',
        source: 'business',
      });
    }
    expect((await control('GET', '/book/summary')).body).toMatchObject({
      balance_paise: 3_000_000 - 2 * 1_000_354,
      payouts: 2,
    });
    expect((await t.client.payout({ fund_account_id: fundAccount, amount: 999_292 })).status).toBe(400); // one paisa short with its fees
    expect((await t.client.payout({ fund_account_id: fundAccount, amount: 998_938 })).status).toBe(200); // to the last paisa
    expect((await control('GET', '/book/summary')).body).toMatchObject({ balance_paise: 0 });
  });

  it('queues when asked, pays in the order they came when money arrives, and cancels only what is queued', async () => {
    const queued: Record<string, unknown>[] = [];
    for (let i = 0; i < 3; i += 1)
      queued.push(
        (
          await t.client.payout({
            fund_account_id: fundAccount,
            amount: 4_000_000,
            queue_if_low_balance: true,
          })
        ).body,
      );
    for (const body of queued)
      expect(body).toMatchObject({
        status: 'queued',
        fees: 0,
        tax: 0,
        utr: null,
        status_details: { reason: 'low_balance', source: 'business' },
      });
    expect((await control('GET', '/book/summary')).body).toMatchObject({
      balance_paise: 3_000_000,
      debits_paise: 0,
    });

    const cancelled = await t.client.request('POST', `/v1/payouts/${String(queued[1]!.id)}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({
      id: queued[1]!.id,
      status: 'cancelled',
      fees: 0,
      status_details: null,
    });

    expect((await control('POST', '/deposits', { amount_paise: 2_000_000 })).status).toBe(200);
    await until(
      () => statusOf(queued[0]!.id),
      (status) => status === 'processed',
    );
    expect(await statusOf(queued[2]!.id)).toBe('queued');
    expect(await statusOf(queued[1]!.id)).toBe('cancelled');
    const refusal = await t.client.request('POST', `/v1/payouts/${String(queued[0]!.id)}/cancel`);
    expect(refusal.status).toBe(400);
    expect(refusal.body.error).toMatchObject({
      description: 'Only payouts in the queued state can be cancelled.',
    });
    expect((await control('GET', '/book/summary')).body).toMatchObject({
      balance_paise: 5_000_000 - 4_000_354,
    });
  });

  it('pays a queued payout with money that came back', async () => {
    const reversed = await t.client.fundAccount('4444');
    await t.client.payout({ fund_account_id: reversed, amount: 2_500_000 });
    const { body } = await t.client.payout({
      fund_account_id: fundAccount,
      amount: 2_000_000,
      queue_if_low_balance: true,
    });
    expect(body.status).toBe('queued');
    await until(
      () => statusOf(body.id),
      (status) => status === 'processed',
    );
  });
});

describe('callbacks', () => {
  it('come again with the same bytes until a 2xx', async () => {
    t.receiver.answer = (count) => (count <= 2 ? 500 : 204);
    await t.client.payout({ fund_account_id: fundAccount });
    const seen = await until(
      () => t.receiver.received,
      (all) => all.length === 3,
    );
    expect(new Set(seen.map((r) => `${r.eventId} ${r.signature} ${r.raw}`)).size).toBe(1);
    expect(seen[1]!.atMs - seen[0]!.atMs).toBeGreaterThanOrEqual(480);
    expect(seen[2]!.atMs - seen[1]!.atMs).toBeGreaterThanOrEqual(980);
    const report = await until(
      async () => (await control('GET', '/webhooks')).body,
      (body) => body.pending === 0,
    );
    expect(report).toMatchObject({ delivered: 1, failed_attempts: 2, attempts: 3, disabled: 0 });
  });

  it('stop when they are switched off, and the status is still there to ask for', async () => {
    expect((await control('POST', '/settings', { callbacks_on: false })).body).toEqual({
      delay_ms: 0,
      slow_ms: 60,
      callbacks_on: false,
    });
    const { body } = await t.client.payout({ fund_account_id: fundAccount });
    await until(
      () => statusOf(body.id),
      (status) => status === 'processed',
    );
    expect((await control('GET', '/webhooks')).body).toMatchObject({ pending: 0, delivered: 0 });
    await control('POST', '/settings', { callbacks_on: true });
    await t.client.payout({ fund_account_id: fundAccount });
    await until(
      () => t.receiver.received.length,
      (n) => n === 1,
    );
  });

  it('are given up after 24 hours and listed', async () => {
    let skewMs = 0;
    const late = await startTestSandbox({ nowMs: () => Date.now() + skewMs });
    late.receiver.answer = () => 503;
    const { body } = await late.client.payout({ fund_account_id: await late.client.fundAccount('0000') });
    await until(
      () => late.receiver.received.length,
      (n) => n === 1,
    );
    skewMs = 24 * 60 * 60 * 1_000 + 1_000;
    const report = await until(
      async () => (await late.client.request('GET', '/__sandbox/webhooks')).body,
      (seen) => seen.disabled === 1,
    );
    expect(report.disabled_events).toEqual([
      { event_id: late.receiver.received[0]!.eventId, event: 'payout.processed', payout_id: body.id },
    ]);
    await late.close();
  });
});

describe('orders', () => {
  it('a scenario by reference, ending or for any payout, a number of times', async () => {
    const reference = randomUUID();
    const order = await control('POST', '/scenarios', {
      match: { reference_id: reference },
      scenario: '1111',
    });
    expect(order).toMatchObject({ status: 201, body: { id: expect.any(Number), scenario: '1111', left: 1 } });
    await control('POST', '/scenarios', { match: { account_ending: '00' }, scenario: '9999', times: 2 });
    const plain = await t.client.payout({ fund_account_id: fundAccount, amount: 100 });
    const named = await t.client.payout({
      fund_account_id: fundAccount,
      amount: 100,
      reference_id: reference,
    });
    await until(
      () => statusOf(named.body.id),
      (status) => status === 'failed',
    );
    expect(await statusOf(plain.body.id)).toBe('processing');
    const listed = await control('GET', '/scenarios');
    expect(listed.body.orders).toEqual([expect.objectContaining({ scenario: '9999', left: 1 })]);
    expect(listed.body.table).toMatchObject({ '0000': 'processed' });
    expect((await control('DELETE', '/scenarios')).body).toEqual({ removed: 1 });
    const after = await t.client.payout({ fund_account_id: fundAccount, amount: 100 });
    await until(
      () => statusOf(after.body.id),
      (status) => status === 'processed',
    );
    await control('POST', '/scenarios', { match: { any: true }, scenario: '7777' });
    const key = randomUUID();
    expect((await t.client.payout({ fund_account_id: fundAccount, amount: 100 }, key)).status).toBe(500);
    expect((await t.client.payout({ fund_account_id: fundAccount, amount: 100 }, key)).status).toBe(200);
  });

  it('a fault answers instead of the provider, and books nothing', async () => {
    await control('POST', '/faults', {
      status: 429,
      retry_after_s: 7,
      times: 1,
      path: '/v1/payouts',
      method: 'POST',
    });
    await control('POST', '/faults', { status: 503, times: 2, path: '/v1/payouts' });
    const key = randomUUID();
    const limited = await t.client.payout({ fund_account_id: fundAccount }, key);
    expect([limited.status, limited.headers['retry-after'], limited.body.error!.code]).toEqual([
      429,
      '7',
      'BAD_REQUEST_ERROR',
    ]);
    const down = await t.client.payout({ fund_account_id: fundAccount }, key);
    expect([down.status, down.headers['retry-after'], down.body.error!.code]).toEqual([
      503,
      undefined,
      'SERVER_ERROR',
    ]);
    expect((await t.client.request('GET', `/v1/payouts?account_number=${ACCOUNT}`)).status).toBe(503);
    expect((await control('GET', '/book/summary')).body.payouts).toBe(0);
    const fine = await t.client.payout({ fund_account_id: fundAccount }, key);
    expect(fine.status).toBe(200);
    const order = await control('POST', '/faults', { status: 500, times: 5 });
    expect((await control('GET', '/faults')).body.orders).toEqual([order.body]);
    expect((await control('DELETE', `/faults/${String(order.body.id)}`)).body).toEqual({ removed: 1 });
    expect(await statusOf(fine.body.id)).toMatch(/process/);
  });

  it.each([
    ['/scenarios', {}],
    ['/scenarios', { match: {}, scenario: '0000' }],
    ['/scenarios', { match: { any: true }, scenario: '1234' }],
    ['/scenarios', { match: { any: true, account_ending: '1' }, scenario: '0000' }],
    ['/scenarios', { match: { any: true }, scenario: '0000', times: 0 }],
    ['/scenarios', { match: { colour: 'red' }, scenario: '0000' }],
    ['/faults', { status: 404 }],
    ['/faults', { status: 500, path: '/__sandbox' }],
    ['/faults', { status: 500, times: 1.5 }],
    ['/settings', { delay_ms: -1 }],
    ['/settings', { callbacks_on: 'no' }],
    ['/settings', { speed: 9 }],
    ['/deposits', { amount_paise: 0 }],
    ['/deposits', [1]],
  ])('POST %s refuses %j', async (path, body) => {
    const answer = await control('POST', path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toEqual({ code: 'INVALID', message: expect.any(String) });
  });
});

describe('reports', () => {
  it('pages through the payouts in booking order, and finds them by reference', async () => {
    const references = Array.from({ length: 25 }, () => randomUUID());
    for (const reference of references)
      await t.client.payout({ fund_account_id: fundAccount, amount: 100, reference_id: reference });
    const seen: unknown[] = [];
    for (let after: unknown = -1; after !== null;) {
      const { body } = await control(
        'GET',
        `/book/payouts?limit=10${after === -1 ? '' : `&after=${JSON.stringify(after)}`}`,
      );
      seen.push(...body.items!.map((item) => item.reference_id));
      after = body.next_after;
    }
    expect(seen).toEqual(references);
    const { body } = await control(
      'GET',
      `/book/payouts?reference_ids=${references[3]},unknown,${references[1]}`,
    );
    expect(body.items!.map((item) => item.reference_id)).toEqual([references[3], references[1]]);
    for (const query of ['limit=0', 'limit=1001', 'after=x', 'reference_ids=', 'colour=red'])
      expect((await control('GET', `/book/payouts?${query}`)).status).toBe(400);
    expect((await control('GET', '/nothing')).body.error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('filters the provider’s lists by status, mode and time, newest first', async () => {
    const failing = await t.client.fundAccount('1111');
    const ids: unknown[] = [];
    for (const account of [fundAccount, failing, fundAccount])
      ids.push(
        (
          await t.client.payout({
            fund_account_id: account,
            amount: 100,
            mode: account === failing ? 'NEFT' : 'IMPS',
            reference_id: 'same',
          })
        ).body.id,
      );
    await until(
      async () => (await control('GET', '/book/summary')).body.by_status,
      (by) => JSON.stringify(by).includes('"processing":{"count":0'),
    );
    const list = async (query: string) =>
      (await t.client.request('GET', `/v1/payouts?account_number=${ACCOUNT}${query}`)).body.items!.map(
        (item) => item.id,
      );
    expect(await list('')).toEqual(ids.toReversed());
    expect(await list('&reference_id=same')).toEqual(ids.toReversed());
    expect(await list('&reference_id=same&skip=1&count=1')).toEqual([ids[1]]);
    expect(await list('&status=failed')).toEqual([ids[1]]);
    expect(await list('&mode=IMPS&skip=1')).toEqual([ids[0]]);
    expect(await list('&from=4000000000')).toEqual([]);
    expect(await list('&to=1000000000')).toEqual([]);
  });

  it('never answers 5xx to hostile paths', async () => {
    for (const path of [
      '/v1/payouts/%E0%A4%A',
      '/v1/payouts/..%2f..%2fetc',
      '/v1/payouts/pout_%F0%9F%98%80',
      `/v1/payouts/${'x'.repeat(4_000)}`,
      '/__sandbox/scenarios/99999999999',
      '/__sandbox/%E0%A4%A',
    ]) {
      expect((await t.client.request('GET', path)).status).toBeLessThan(500);
    }
  });
});
