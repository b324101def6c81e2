import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { fund, payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { queueBackends } from '../../support/redis';
import { until } from '../../support/until';

interface Wallet {
  id: string;
  object: string;
  kind: string;
  currency: string;
  balance: number;
  held: number;
  available: number;
  created_at: string;
}
interface Line {
  object: string;
  id: string;
  at: string;
  code: string;
  direction: 'credit' | 'debit';
  amount: number;
  balance_after: number;
  transaction: string | null;
}

const PRICE = 150_000 + 500 + 90; // amount, fee, GST of it

async function walletOf(p: Platform, apiKey: string): Promise<Wallet> {
  const { status, body } = await p.call('GET', '/v1/wallets', { key: apiKey });
  expect([status, body.object, body.has_more, body.next_cursor]).toEqual([200, 'list', false, null]);
  expect(body.data).toHaveLength(1);
  return (body.data as Wallet[])[0]!;
}
async function statementOf(p: Platform, apiKey: string, walletId: string, limit = 100): Promise<Line[]> {
  const lines: Line[] = [];
  for (let query = `limit=${limit}`; ;) {
    const { status, body } = await p.call('GET', `/v1/wallets/${walletId}/statement?${query}`, {
      key: apiKey,
    });
    expect(status).toBe(200);
    lines.push(...(body.data as Line[]));
    if (body.next_cursor === null) return lines;
    query = `limit=${limit}&cursor=${body.next_cursor as string}`;
  }
}
/** Each line leads from the balance after the line before it to its own; the last of them is the wallet's. */
function expectRunning(lines: readonly Line[], balance: number): void {
  let running = 0;
  for (const line of lines.toReversed()) {
    running += line.direction === 'credit' ? line.amount : -line.amount;
    expect(line.balance_after).toBe(running);
  }
  expect(running).toBe(balance);
}
const booksSum = async (p: Platform): Promise<bigint> =>
  (
    await rows<{ sum: bigint }>(
      p.c.knex,
      'select sum(credits_paise - debits_paise)::int8 as sum from ledger_accounts',
    )
  )[0]!.sum;

describe('a payout as its caller sees it', () => {
  let p: Platform;
  let user: Awaited<ReturnType<Platform['user']>>;
  beforeAll(async () => {
    p = await startPlatform({ workers: [], sandbox: { slowMs: 100 } });
    user = await p.user(1_000_000n);
  });
  afterAll(async () => {
    await p.close();
  });

  it('202 says exactly this', async () => {
    const before = Date.now();
    const reply = await p.payout(user.apiKey, '0000', { reference: 'order-1' });
    const { body } = reply;
    const id = body.id as string;
    expect(reply.status).toBe(202);
    expect(Object.keys(body)).toEqual([
      'id',
      'object',
      'service',
      'status',
      'amount',
      'currency',
      'fee',
      'tax',
      'reference',
      'created_at',
      'links',
    ]);
    expect(body).toEqual({
      id: expect.stringMatching(/^txn_[0-9a-z]{26}$/),
      object: 'transaction',
      service: 'payout',
      status: 'PENDING',
      amount: 150_000,
      currency: 'INR',
      fee: 500,
      tax: 90,
      reference: 'order-1',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
    });
    const createdMs = Date.parse(body.created_at as string);
    expect([createdMs >= before, createdMs <= Date.now()]).toEqual([true, true]);
    expect(reply.headers.get('location')).toBe(`/v1/transactions/${id}`);
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.headers.get('idempotent-replayed')).toBeNull();
    expect(reply.text).not.toMatch(/beneficiary|account|ifsc|wallet/);
  });

  it('P3 what was accepted is there, whatever the queue says', async () => {
    const { body, headers } = await p.payout(user.apiKey, '0000', { reference: 'order-2' });
    const shown = (await p.call('GET', headers.get('location')!, { key: user.apiKey })).body;
    expect(shown).toEqual({
      ...body,
      charge: 0,
      disputed: 0,
      total: 150_590,
      status_reason: null,
      status_message: null,
      provider_reason: null,
      next_action: { who: 'munim', what: 'send', until: expect.stringMatching(/Z$/) },
      details: {
        mode: 'IMPS',
        narration: 'Munim test',
        beneficiary: {
          kind: 'bank',
          account: '…0000',
          ifsc: 'HDFC0000053',
          bank: 'HDFC Bank',
          reconfirm: null,
        },
      },
      utr: null,
      next_check_at: null,
      expected_by: expect.stringMatching(/Z$/),
      overdue: false,
      updated_at: body.created_at,
      finished_at: null,
    });
    expect(Object.keys(shown)).toEqual([
      'id',
      'object',
      'service',
      'status',
      'status_reason',
      'status_message',
      'provider_reason',
      'next_action',
      'amount',
      'currency',
      'fee',
      'tax',
      'charge',
      'total',
      'disputed',
      'reference',
      'utr',
      'next_check_at',
      'expected_by',
      'overdue',
      'details',
      'created_at',
      'updated_at',
      'finished_at',
      'links',
    ]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['IMPS up to a thousand', { amount: 100_000, mode: 'IMPS' }, { fee: 300, tax: 54 }],
    ['IMPS above', { amount: 100_001, mode: 'IMPS' }, { fee: 500, tax: 90 }],
    [
      'the mode we choose, above five lakh NEFT',
      { amount: 50_000_001, mode: undefined },
      { fee: 500, tax: 90 },
    ],
    ['RTGS', { amount: 20_000_001, mode: 'RTGS' }, { fee: 1_500, tax: 270 }],
    [
      'UPI to a VPA',
      { amount: 100, mode: undefined, beneficiary: { name: 'Test Beneficiary', vpa: 'test.trader@okbank' } },
      { fee: 300, tax: 54 },
    ],
  ])('is priced by its mode: %s', async (_name, fields, price) => {
    const reply = await p.call('POST', '/v1/payouts', {
      key: user.apiKey,
      body: { ...payoutBody('0000'), ...fields },
      headers: { 'idempotency-key': randomUUID() },
    });
    expect([reply.status, reply.body]).toEqual([202, expect.objectContaining(price)]);
  });

  it('a wallet shows what may be counted on: accepted payouts are off it, held ones are out of the balance', async () => {
    const trader = await p.user(1_000_000n);
    expect(await walletOf(p, trader.apiKey)).toEqual({
      id: publicId('wallet', trader.walletId),
      object: 'wallet',
      kind: 'main',
      currency: 'INR',
      balance: 1_000_000,
      held: 0,
      lien: 0,
      credit_limit: 0,
      frozen: false,
      available: 1_000_000,
      created_at: expect.stringMatching(/Z$/),
    });
    await p.payout(trader.apiKey, '2222');
    await p.payout(trader.apiKey, '2222');
    expect(await walletOf(p, trader.apiKey)).toMatchObject({
      balance: 1_000_000,
      held: 0,
      available: 1_000_000 - 2 * PRICE,
    });
    for (let i = 0; i < 6; i += 1) await p.payout(trader.apiKey, '2222'); // more than there is: accepted, and then refused by the ledger
    expect(await walletOf(p, trader.apiKey)).toMatchObject({ balance: 1_000_000, held: 0, available: 0 });
    const ledger = p.startWorker('ledger');
    const pending = async (): Promise<number> =>
      (
        await rows<{ n: number }>(
          p.c.knex,
          "select count(*)::int as n from transactions where user_id = ? and state = 'accepted'",
          [trader.userId],
        )
      )[0]!.n;
    await until(pending, (n) => n === 0);
    expect(await walletOf(p, trader.apiKey)).toMatchObject({
      balance: 1_000_000 - 6 * PRICE,
      held: 6 * PRICE,
      available: 1_000_000 - 6 * PRICE,
    });
    await ledger.stop();
  });
});

describe.each(queueBackends())('wallets and their statements, queues on %s', (backend) => {
  let p: Platform;
  beforeAll(async () => {
    p = await startPlatform({
      redisUrl: backend === 'redis' ? process.env.TEST_REDIS_URL : undefined,
      sandbox: { slowMs: 150 },
    });
  });
  afterAll(async () => {
    await p.close();
  });

  it(
    'P2 200 payouts at once on a wallet that holds ten: ten succeed, 190 end as ' +
      'LEDGER_INSUFFICIENT_FUNDS, and nothing is left over',
    async () => {
      const user = await p.user(BigInt(10 * PRICE));
      const replies: Reply[] = await Promise.all(
        Array.from({ length: 200 }, () => p.payout(user.apiKey, '0000')),
      );
      expect(new Set(replies.map((r) => r.status))).toEqual(new Set([202]));
      const finals = await Promise.all(replies.map((r) => p.final(user.apiKey, r.body.id as string)));
      expect(finals.filter((t) => t.status === 'SUCCESS')).toHaveLength(10);
      const failed = finals.filter((t) => t.status === 'FAILED');
      expect(failed).toHaveLength(190);
      expect(new Set(failed.map((t) => t.status_reason))).toEqual(new Set(['LEDGER_INSUFFICIENT_FUNDS']));
      expect(new Set(failed.map((t) => t.utr))).toEqual(new Set([null]));
      expect(await walletOf(p, user.apiKey)).toMatchObject({ balance: 0, held: 0, available: 0 });
      expect(await booksSum(p)).toBe(0n);
      const lines = await statementOf(p, user.apiKey, publicId('wallet', user.walletId));
      expect(lines).toHaveLength(11);
      expectRunning(lines, 0);
      const book = (await (await fetch(`${p.sandbox.url}/__sandbox/book/summary`)).json()) as {
        payouts: number;
        by_status: { processed: unknown };
      };
      expect([book.payouts, book.by_status.processed]).toEqual([10, { count: 10, amount_paise: 1_500_000 }]);
    },
  );

  it('a statement runs from the newest line back, and every balance in it follows from the one before', async () => {
    const user = await p.user(10_000_000n);
    const walletId = publicId('wallet', user.walletId);
    const endings = ['0000', '1111', '0000', '3333', '0000', '0000', '1111', '2222'];
    const replies = await Promise.all(endings.map((ending) => p.payout(user.apiKey, ending)));
    const finals = await Promise.all(replies.map((r) => p.final(user.apiKey, r.body.id as string)));
    await fund(p.c, user, 12_345n);
    const succeeded = finals.filter((t) => t.status === 'SUCCESS').length;
    expect(succeeded).toBe(5);
    const balance = 10_000_000 + 12_345 - succeeded * PRICE;
    expect(await walletOf(p, user.apiKey)).toMatchObject({ balance, held: 0, available: balance });

    const lines = await statementOf(p, user.apiKey, walletId);
    expect(lines.map((l) => l.code).toSorted()).toEqual([
      ...Array<string>(2).fill('funding'),
      ...Array<string>(8).fill('hold'),
      ...Array<string>(3).fill('release'),
    ]);
    expect(lines[0]).toMatchObject({
      object: 'statement_line',
      code: 'funding',
      direction: 'credit',
      amount: 12_345,
      balance_after: balance,
      transaction: null,
    });
    expectRunning(lines, balance);
    for (const line of lines)
      expect(Object.keys(line)).toEqual([
        'object',
        'id',
        'at',
        'code',
        'direction',
        'amount',
        'balance_after',
        'transaction',
        'service',
        'reference',
        'utr',
        'split',
      ]);
    expect(lines[0]).toMatchObject({ service: null, reference: null, utr: null, split: null });
    for (const line of lines.filter((l) => l.transaction !== null)) {
      const t = finals[replies.findIndex((reply) => reply.body.id === line.transaction)]!;
      expect(line).toMatchObject({
        service: 'payout',
        reference: t.reference,
        utr: t.utr,
        split: { amount: t.amount, fee: t.fee, tax: t.tax, charge: 0 },
      });
    }
    expect(new Set(lines.map((l) => l.id)).size).toBe(lines.length);
    for (const [i, t] of finals.entries()) {
      expect(
        lines
          .filter((l) => l.transaction === replies[i]!.body.id)
          .map((l) => [l.code, l.direction, l.amount]),
      ).toEqual(
        t.status === 'SUCCESS'
          ? [['hold', 'debit', PRICE]]
          : [
              ['release', 'credit', PRICE],
              ['hold', 'debit', PRICE],
            ],
      );
    }
    for (const limit of [1, 3, 13]) expect(await statementOf(p, user.apiKey, walletId, limit)).toEqual(lines);
    expect(await booksSum(p)).toBe(0n);
  });

  it('a page of a statement stays where it is while money moves', async () => {
    const user = await p.user(1_000n);
    const walletId = publicId('wallet', user.walletId);
    for (let i = 0; i < 5; i += 1) await fund(p.c, user, 1n);
    const before = await statementOf(p, user.apiKey, walletId);
    const first = (await p.call('GET', `/v1/wallets/${walletId}/statement?limit=3`, { key: user.apiKey }))
      .body;
    await fund(p.c, user, 7n);
    const second = (
      await p.call('GET', `/v1/wallets/${walletId}/statement?limit=3&cursor=${first.next_cursor as string}`, {
        key: user.apiKey,
      })
    ).body;
    expect([...(first.data as Line[]), ...(second.data as Line[])]).toEqual(before);
  });
});
