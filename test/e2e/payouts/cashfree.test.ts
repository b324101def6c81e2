/** Payouts by Cashfree from end to end: what becomes of each, our books beside Cashfree's own, and who is believed. */
import { sign } from '../../../sandbox/cashfree/entities';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { assertCleanBooks } from '../../support/books';
import { CASHFREE } from '../../support/cashfree';
import { tablesOf } from '../../support/everywhere';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { until } from '../../support/until';

const ENDINGS = [
  ['0000', 'SUCCESS'],
  ['1111', 'FAILED'],
  ['2222', 'SUCCESS'],
  ['3333', 'FAILED'],
  ['5555', 'SUCCESS'],
  ['6666', 'FAILED'],
  ['7777', 'SUCCESS'],
  ['8888', 'SUCCESS'],
  ['9999', 'SUCCESS'],
] as const;

interface Booked {
  transfer_id: string;
  cf_transfer_id: string;
  status: string;
  status_code: string;
  net_debit_paise: number;
  requests_seen: number;
  body_sha256: string[];
}

let p: Platform;
let apiKey: string;
const accepted = new Map<string, Reply>();

// One ending is known after a quarter of a minute: all of them are under way from the beginning.
beforeAll(async () => {
  p = await startPlatform({ cashfree: true, sandbox: { slowMs: 1_500 } });
  ({ apiKey } = await p.user(1_000_000_000n));
  for (const [ending] of ENDINGS) accepted.set(ending, await p.payout(apiKey, ending));
});
afterAll(async () => {
  await p.close();
});

async function control<T>(path: string, body?: object): Promise<T> {
  const res = await fetch(`${p.sandbox.url}/__sandbox/cashfree${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(res.ok).toBe(true);
  return (await res.json()) as T;
}
const bookOf = async (): Promise<Booked[]> => (await control<{ items: Booked[] }>('/book/transfers')).items;
const shown = async (id: unknown): Promise<Record<string, unknown>> =>
  (await p.call('GET', `/v1/transactions/${String(id)}`, { key: apiKey })).body;
const becomes = (id: unknown, status: string): Promise<Record<string, unknown>> =>
  until(
    () => shown(id),
    (transaction) => transaction.status === status,
  );
/** Waits until every webhook of Cashfree was delivered and read. */
async function allRead(): Promise<void> {
  await until(
    () => control<{ pending: number }>('/webhooks'),
    ({ pending }) => pending === 0,
  );
  await until(
    () =>
      rows<{ id: string }>(
        p.c.knex,
        "select id from callbacks where provider = 'cashfree' and state = 'received'",
      ),
    (unread) => unread.length === 0,
  );
}
/** The kinds of what was recorded of a payout, whether it is posted yet or not. */
const outcomesOf = async (id: unknown): Promise<string[]> => [
  ...new Set(
    (
      await rows<{ kind: string }>(
        p.c.knex,
        'select kind from transaction_outcomes where transaction_id = :id',
        { id: parsePublicId('transaction', String(id))! },
      )
    ).map(({ kind }) => kind),
  ),
];
async function floatPaise(): Promise<bigint> {
  const [float] = await rows<{ paise: bigint }>(
    p.c.knex,
    "select debits_paise - credits_paise as paise from ledger_accounts where code = 'float:cashfree'",
  );
  return float!.paise;
}
/** Our references of a payout at Cashfree, one for each attempt. */
const referencesOf = async (id: unknown): Promise<string[]> =>
  (
    await rows<{ provider: string; reference: string }>(
      p.c.knex,
      `select provider, our_reference as reference from dispatch_attempts
        where transaction_id = :id order by attempt_no`,
      { id: parsePublicId('transaction', String(id))! },
    )
  ).map(({ provider, reference }) => `${provider} ${reference}`);

it.each(ENDINGS)('account ending %s ends as %s', async (ending, status) => {
  const { id, status: first } = accepted.get(ending)!.body;
  expect(first).toBe('PENDING');
  expect(await becomes(id, status)).toMatchObject({ status, amount: 150_000 });
});

describe('the money', () => {
  it('is paid once each, and our float is what Cashfree took', async () => {
    for (const [ending] of ENDINGS) {
      const references = await referencesOf(accepted.get(ending)!.body.id);
      expect(references).toEqual([expect.stringMatching(/^cashfree [0-9a-z]{20}$/)]);
      const [row, ...others] = (await bookOf()).filter((b) => `cashfree ${b.transfer_id}` === references[0]);
      expect([ending, others.length, row!.body_sha256.length]).toEqual([ending, 0, 1]);
      expect([ending, row!.requests_seen]).toEqual([ending, ending === '7777' ? 2 : 1]);
    }
    await assertCleanBooks(p.c.knex);
    const taken = (await bookOf()).reduce((sum, row) => sum + row.net_debit_paise, 0);
    // Amount, charge and tax of each that succeeded.
    expect([taken, await floatPaise()]).toEqual([6 * 150_354, -6n * 150_354n]);
  });

  it('an empty wallet fails nobody: held, and sent again as a new attempt when there is money', async () => {
    const { balance_paise } = await control<{ balance_paise: number }>('/book/summary');
    await control('/withdrawals', { amount_paise: balance_paise });
    await control('/settings', { queue_low_balance: false });
    const { body } = await p.payout(apiKey, '0000');
    await until(bookOf, (book) => book.some((row) => row.status_code === 'INSUFFICIENT_BALANCE'));
    expect(await shown(body.id)).toMatchObject({ status: 'PENDING' });
    await control('/deposits', { amount_paise: balance_paise });
    expect(await becomes(body.id, 'SUCCESS')).toMatchObject({ status: 'SUCCESS' });
    expect((await referencesOf(body.id)).length).toBeGreaterThan(1);
    await control('/settings', { queue_low_balance: true });
    await assertCleanBooks(p.c.knex);
  });
});

it('what was sent to the bank of the payee is PENDING, also when Cashfree tells of it', async () => {
  await fetch(`${p.sandbox.url}/__sandbox/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ slow_ms: 3_600_000 }), // it is never completed here
  });
  const { body } = await p.payout(apiKey, '2222');
  await until(
    async () => {
      const [reference] = await referencesOf(body.id);
      return (await bookOf()).find((row) => `cashfree ${row.transfer_id}` === reference);
    },
    (row) => row?.status_code === 'SENT_TO_BENEFICIARY',
  );
  await allRead();
  expect([await outcomesOf(body.id), (await shown(body.id)).status]).toEqual([['pending'], 'PENDING']);
});

it('P7 what the payee is called and where the money goes is in no table in clear', async () => {
  const [name, account] = ['Qxwv Planted Payee', '739184652739184'];
  const beneficiary = { name, account_number: `${account}0000`, ifsc: 'HDFC0000053' };
  const { body } = await p.payout(apiKey, '0000', { beneficiary });
  await becomes(body.id, 'SUCCESS');
  await p.c.callLog.drain();
  const tables = await tablesOf(p, 'public');
  expect(tables.get('public.api_calls')).toContain('transfer_id');
  for (const planted of [name, account, CASHFREE.clientSecret, 'bank_account_number='])
    expect([...tables].filter(([, text]) => text.includes(planted)).map(([table]) => table)).toEqual([]);
});

describe('webhooks', () => {
  const post = (raw: string, timestamp: string, secret: string) =>
    p.call('POST', '/callbacks/cashfree', {
      body: raw,
      headers: { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': sign(timestamp, raw, secret) },
    });
  const told = (row: Booked, status: string, code: string): string =>
    `{"type":"TRANSFER_${status}","event_time":"2026-01-09T11:56:26","data":{"transfer_id":"${row.transfer_id}",` +
    `"cf_transfer_id":"${row.cf_transfer_id}","status":"${status}","status_code":"${code}","transfer_amount":1500.00}}`;
  /** How often we asked about a payout. Once it has ended that is a day later, or when somebody speaks of it. */
  const inquiriesOf = async (id: unknown): Promise<number> => {
    await p.c.callLog.drain();
    const calls = await rows<{ id: string }>(
      p.c.knex,
      "select id from api_calls where transaction_id = :id and operation like 'transfer_by_%'",
      { id: parsePublicId('transaction', String(id))! },
    );
    return calls.length;
  };
  const rowOf = async (ending: string): Promise<Booked> => {
    const [reference] = await referencesOf(accepted.get(ending)!.body.id);
    return (await bookOf()).find((row) => `cashfree ${row.transfer_id}` === reference)!;
  };
  const stateOf = async (ending: string): Promise<unknown> =>
    (await shown(accepted.get(ending)!.body.id)).status;

  it('P6 one that Cashfree did not sign is refused, and moves nothing', async () => {
    const raw = told(await rowOf('0000'), 'REVERSED', 'ACCOUNT_BLOCKED');
    const now = String(Date.now());
    expect((await post(raw, now, 'another-secret')).status).toBe(401);
    // The same bytes parsed and printed: 1500.00 is 1500.
    const signature = sign(now, raw, CASHFREE.clientSecret);
    const printed = await p.call('POST', '/callbacks/cashfree', {
      body: JSON.stringify(JSON.parse(raw)),
      headers: { 'x-webhook-timestamp': now, 'x-webhook-signature': signature },
    });
    expect([printed.status, await stateOf('0000')]).toEqual([401, 'SUCCESS']);
  });

  it('P6 a genuine one of another day only makes us ask', async () => {
    const raw = told(await rowOf('0000'), 'REVERSED', 'ACCOUNT_BLOCKED');
    const yesterday = String(Date.now() - 86_400_000);
    const before = await inquiriesOf(accepted.get('0000')!.body.id);
    expect((await post(raw, yesterday, CASHFREE.clientSecret)).status).toBe(200);
    await allRead();
    await until(
      () => inquiriesOf(accepted.get('0000')!.body.id),
      (asked) => asked > before,
    );
    expect([await outcomesOf(accepted.get('0000')!.body.id), await stateOf('0000')]).toEqual([
      ['succeeded'],
      'SUCCESS',
    ]);
  });

  it('one that is signed now and says that the money came back is believed', async () => {
    const raw = told(await rowOf('9999'), 'REVERSED', 'RETURNED_FROM_BENEFICIARY');
    expect((await post(raw, String(Date.now()), CASHFREE.clientSecret)).status).toBe(200);
    expect(await becomes(accepted.get('9999')!.body.id, 'REVERSED')).toMatchObject({ status: 'REVERSED' });
    await assertCleanBooks(p.c.knex);
  });
});
