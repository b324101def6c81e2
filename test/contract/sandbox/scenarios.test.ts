/**
 * RazorpayX's scenarios: the answer to the caller, the callbacks, and the final state of book and statement.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import {
  ACCOUNT,
  startTestSandbox,
  WEBHOOK_SECRET,
  type Received,
  type TestSandbox,
} from '../../support/sandbox';
import { until } from '../../support/until';

const SLOW_MS = 300;
let t: TestSandbox;

beforeAll(async () => {
  t = await startTestSandbox({ slowMs: SLOW_MS });
});
afterAll(async () => {
  await t.close();
});

const reportOf = async (reference: string): Promise<Record<string, unknown>[]> =>
  (await t.client.request('GET', `/__sandbox/book/payouts?reference_ids=${reference}`)).body.items!;
const callbacksOf = (reference: string): Received[] =>
  t.receiver.received.filter((r) => r.body.payload.payout.entity.reference_id === reference);
const ended = (reference: string, status: string) =>
  until(
    () => reportOf(reference),
    (items) => items[0]?.status === status,
  );
const isGenuine = ({ raw, signature }: Received): boolean =>
  createHmac('sha256', WEBHOOK_SECRET).update(raw).digest('hex') === signature;
const fetched = async (id: unknown) => (await t.client.request('GET', `/v1/payouts/${String(id)}`)).body;
/** Long enough for an unwanted callback to arrive. */
const quiet = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 250);
  });

/** The rows of the statement that belong to a payout, oldest first. */
async function statementOf(id: unknown): Promise<Record<string, unknown>[]> {
  const { body } = await t.client.request('GET', `/v1/transactions?account_number=${ACCOUNT}&count=100`);
  return body
    .items!.filter((row) => {
      const source = row.source as Record<string, unknown>;
      return source.id === id || source.payout_id === id;
    })
    .toReversed();
}

describe.each(['bank_account', 'vpa'] as const)('to a %s', (kind) => {
  const mode = kind === 'vpa' ? 'UPI' : 'IMPS';
  const send = async (ending: string, reference: string, key?: string, timeoutMs?: number) =>
    t.client.payout(
      { fund_account_id: await t.client.fundAccount(ending, kind), mode, reference_id: reference },
      key,
      timeoutMs,
    );

  it.each(['0000', '5432'])('%s is processed, with one callback', async (ending) => {
    const reference = randomUUID();
    expect((await send(ending, reference)).body.status).toBe('processing');
    await ended(reference, 'processed');
    await until(
      () => callbacksOf(reference).length,
      (n) => n === 1,
    );
    expect(callbacksOf(reference)[0]!.event).toBe('payout.processed');
  });

  it('1111 fails at once by callback, and the money comes back', async () => {
    const reference = randomUUID();
    const { body } = await send('1111', reference);
    expect(body).toMatchObject({ status: 'processing', fees: 354, tax: 54 });
    const [callback] = await until(
      () => callbacksOf(reference),
      (seen) => seen.length === 1,
    );
    expect(callback!.event).toBe('payout.failed');
    expect(callback!.body.payload.payout.entity).toMatchObject({
      status: 'failed',
      fees: 0,
      tax: 0,
      utr: null,
      status_details: { reason: 'bank_account_invalid', source: 'beneficiary_bank' },
    });
    expect(await fetched(body.id)).toMatchObject({ status: 'failed', fees: 0, tax: 0 });
    const [debit, credit] = await statementOf(body.id);
    expect(debit).toMatchObject({
      debit: 1_000_354,
      credit: 0,
      source: { entity: 'payout', amount: 1_000_000, fees: 354, tax: 54, status: 'failed' },
    });
    expect(credit).toMatchObject({
      debit: 0,
      credit: 1_000_354,
      amount: 1_000_354,
      source: { entity: 'reversal', payout_id: body.id, amount: 1_000_000, fees: 354, tax: 54 },
    });
    expect((await reportOf(reference))[0]).toMatchObject({
      debit_paise: 1_000_354,
      credit_paise: 1_000_354,
      net_debit_paise: 0,
    });
  });

  it.each([
    ['2222', 'processed'],
    ['3333', 'failed'],
  ])('%s is %s by callback after a while', async (ending, status) => {
    const reference = randomUUID();
    const sentAt = Date.now();
    const { body } = await send(ending, reference);
    expect((await fetched(body.id)).status).toBe('processing');
    const [callback] = await until(
      () => callbacksOf(reference),
      (seen) => seen.length === 1,
    );
    expect(callback!.event).toBe(`payout.${status}`);
    expect(callback!.atMs - sentAt).toBeGreaterThanOrEqual(SLOW_MS - 5);
    expect((await reportOf(reference))[0]).toMatchObject({
      status,
      net_debit_paise: status === 'processed' ? 1_000_354 : 0,
    });
  });

  it('4444 is processed, then reversed, fees and tax included', async () => {
    const reference = randomUUID();
    const { body } = await send('4444', reference);
    await until(
      () => callbacksOf(reference),
      (seen) => seen.some((c) => c.event === 'payout.processed'),
    );
    const utr = (await fetched(body.id)).utr;
    await ended(reference, 'reversed');
    await until(
      () => callbacksOf(reference).map((c) => c.event),
      (events) => events.includes('payout.reversed'),
    );
    expect(callbacksOf(reference)).toHaveLength(2);
    expect(await fetched(body.id)).toMatchObject({
      status: 'reversed',
      utr,
      fees: 354,
      tax: 54,
      status_details: { reason: 'beneficiary_bank_offline' },
    });
    expect((await statementOf(body.id)).map((row) => [row.debit, row.credit])).toEqual([
      [1_000_354, 0],
      [0, 1_000_354],
    ]);
  });

  it.each([
    ['5555', 'processed', 1_000_354],
    ['6666', 'failed', 0],
  ] as const)(
    '%s never answers, is booked once and %s; only an inquiry finds out',
    async (ending, status, net) => {
      const reference = randomUUID();
      const key = randomUUID();
      await expect(send(ending, reference, key, 400)).rejects.toThrow(/timeout|abort/i);
      await ended(reference, status);
      const found = await t.client.request(
        'GET',
        `/v1/payouts?account_number=${ACCOUNT}&reference_id=${reference}`,
      );
      expect(found.body.items).toEqual([expect.objectContaining({ status, reference_id: reference })]);
      expect((await send(ending, reference, key)).body).toMatchObject({
        id: found.body.items![0]!.id,
        status,
      }); // a repeat of the key is answered
      await quiet();
      expect(callbacksOf(reference)).toEqual([]);
      expect(await reportOf(reference)).toEqual([
        expect.objectContaining({ net_debit_paise: net, requests_seen: 2 }),
      ]);
    },
  );

  it('7777 answers 500 and books nothing; the same request again is booked', async () => {
    const reference = randomUUID();
    const key = randomUUID();
    const first = await send('7777', reference, key);
    expect(first.status).toBe(500);
    expect(first.body).toEqual({
      error: {
        code: 'SERVER_ERROR',
        description:
          'We are facing some trouble completing your request at the moment. Please try again shortly.',
        source: 'internal',
        step: null,
        reason: 'server_error',
        metadata: {},
      },
    });
    expect(
      (await t.client.request('GET', `/v1/payouts?account_number=${ACCOUNT}&reference_id=${reference}`)).body
        .count,
    ).toBe(0);
    expect(await reportOf(reference)).toEqual([]);
    expect((await send('7777', reference, key)).body.status).toBe('processing');
    await ended(reference, 'processed');
    const raw = JSON.stringify({
      account_number: ACCOUNT,
      amount: 1_000_000,
      currency: 'INR',
      mode,
      purpose: 'payout',
      narration: 'Munim payout',
      fund_account_id: await t.client.fundAccount('7777', kind),
      reference_id: reference,
    });
    expect(await reportOf(reference)).toEqual([
      expect.objectContaining({
        idempotency_key: key,
        requests_seen: 2,
        net_debit_paise: 1_000_354,
        body_sha256: [createHash('sha256').update(raw).digest('hex')],
      }),
    ]);
  });

  it('7777 keeps the hash of a repeat that was not byte-identical', async () => {
    const reference = randomUUID();
    const key = randomUUID();
    await send('7777', reference, key);
    await t.client.payout(
      { mode, reference_id: reference, fund_account_id: await t.client.fundAccount('7777', kind) },
      key,
    );
    await ended(reference, 'processed');
    expect((await reportOf(reference))[0]!.body_sha256).toHaveLength(2);
  });

  it('8888 is processed; its callbacks are repeated, out of order, and one is forged', async () => {
    const reference = randomUUID();
    await send('8888', reference);
    const seen = await until(
      () => callbacksOf(reference),
      (all) => all.length === 5,
    );
    const [forged] = seen.filter((c) => !isGenuine(c));
    expect(forged!.body.payload.payout.entity).toMatchObject({ status: 'failed', fees: 0 });
    const genuine = seen.filter(isGenuine);
    expect(genuine.map((c) => [c.event, c.body.payload.payout.entity.status])).toEqual([
      ['payout.processed', 'processed'],
      ['payout.initiated', 'processing'],
      ['payout.processed', 'processed'],
      ['payout.processed', 'processed'],
    ]);
    const [first, , again, fresh] = genuine;
    expect([again!.eventId, again!.raw]).toEqual([first!.eventId, first!.raw]);
    expect(new Set([first!.eventId, fresh!.eventId, genuine[1]!.eventId, forged!.eventId]).size).toBe(4);
    expect((await reportOf(reference))[0]).toMatchObject({ status: 'processed', net_debit_paise: 1_000_354 });
  });

  it('9999 is processed after a second without any callback', async () => {
    const reference = randomUUID();
    const { body } = await send('9999', reference);
    expect((await fetched(body.id)).status).toBe('processing');
    await ended(reference, 'processed');
    await quiet();
    expect(callbacksOf(reference)).toEqual([]);
  });
});

it('drops the connection of a 5555 request when the client goes, and goes on serving', async () => {
  const fundAccount = await t.client.fundAccount('5555');
  const attempts = Array.from({ length: 20 }, () =>
    t.client.payout({ fund_account_id: fundAccount }, randomUUID(), 100),
  );
  await Promise.allSettled(attempts);
  expect((await t.client.request('GET', '/__sandbox/health')).body).toEqual({ status: 'ok' });
});

it('the statement adds up, line by line', async () => {
  const rows: Record<string, number>[] = [];
  for (let skip = 0; ; skip += 100) {
    const { body } = await t.client.request(
      'GET',
      `/v1/transactions?account_number=${ACCOUNT}&count=100&skip=${skip}`,
    );
    rows.push(...(body.items as Record<string, number>[]));
    if (body.items!.length < 100) break;
  }
  rows.reverse();
  expect(rows[0]).toMatchObject({
    credit: 1_000_000_000_000,
    balance: 1_000_000_000_000,
    source: { entity: 'bank_transfer' },
  });
  let balance = 0;
  for (const row of rows) {
    balance += row.credit! - row.debit!;
    expect(row.balance).toBe(balance);
  }
  expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  const { body: book } = await t.client.request('GET', '/__sandbox/book/summary');
  expect(book).toMatchObject({ balance_paise: balance, statement_rows: rows.length });
});
