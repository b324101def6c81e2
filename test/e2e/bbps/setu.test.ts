/** Bills through Setu's own contract: API, workers, connector and sandbox, from the catalogue to the receipt and the complaint. */
import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import type { ErrorCode } from '../../../domain/error-codes';
import { expectProblem } from '../../support/problems';
import { filesOf } from '../../support/everywhere';
import { until } from '../../support/until';
import { closeWithCleanBooks } from '../../support/books';

let p: Platform;
let key: string;
/** Before it is credited back, a payment was heard of as paid: also on a busy machine. */
const HEARD_MS = 3_000;
beforeAll(async () => {
  p = await startPlatform({ setu: true, sandbox: { delayMs: 150, slowMs: HEARD_MS } });
  ({ apiKey: key } = await p.user(10_000_000_000n));
});
afterAll(async () => {
  await closeWithCleanBooks(p.c.knex, p);
});

const setuBook = (): string =>
  [...filesOf(p.sandboxDir)].flatMap(([file, text]) => (file.endsWith('setu.jsonl') ? [text] : [])).join('');
const get = (url: string, headers: Record<string, string> = {}): Promise<Reply> =>
  p.call('GET', url, { key, headers });
const COUNTER = {
  agent_id: 'AX01AI06512391457204',
  terminal_id: '6000011234',
  mobile: '9481773011',
  geocode: '19.0139,72.8254',
  pincode: '600001',
  ip: '10.0.0.7',
};
async function fetched(biller: string, name: string, value: string): Promise<Record<string, unknown>> {
  const customer = { mobile: '9505987798', name: 'Test Customer', parameters: [{ name, value }] };
  const { status, body } = await p.call('POST', '/v1/bbps/fetches', {
    key,
    body: { biller, customer, counter: COUNTER },
    headers: { prefer: 'wait=10' },
  });
  expect(status).toBe(201);
  return body;
}
const pay = (fetch: Record<string, unknown>, fields: Record<string, unknown> = {}): Promise<Reply> =>
  p.call('POST', '/v1/bbps/payments', {
    key,
    headers: { 'idempotency-key': randomUUID() },
    body: {
      fetch: fetch.id,
      amount: (fetch.bills as { amount: number }[])[0]!.amount,
      currency: 'INR',
      reference: `ref-${randomUUID().slice(0, 18)}`,
      payment_mode: 'Cash',
      ...fields,
    },
  });

it('categories and billers of the network', async () => {
  expect((await get('/v1/bbps/categories')).body.data).toContainEqual({
    id: 'Electricity',
    object: 'biller_category',
    name: 'Electricity',
  });
  expect((await get('/v1/bbps/billers?category=Electricity')).body.data).toContainEqual(
    expect.objectContaining({
      id: 'SUND00000MAH01',
      exactness: 'exact',
      fetch: 'mandatory',
      available: true,
    }),
  );
  expectProblem(
    await p.call('POST', '/v1/bbps/fetches', {
      key,
      body: {
        biller: 'SUND00000MAH01',
        customer: { mobile: '9505987798', parameters: [{ name: 'Consumer Number', value: '12' }] },
        counter: COUNTER,
      },
    }),
    'BBPS_PARAMETER_INVALID',
  );
});

async function ended(number: string): Promise<{ id: string; status: unknown }> {
  const accepted = await pay(await fetched('SUND00000MAH01', 'Consumer Number', number));
  expect(accepted.status).toBe(202);
  const id = accepted.body.id as string;
  return { id, status: (await p.final(key, id)).status };
}

it.each(['100200300000', '100200302222', '100200305555'])(
  'consumer number %s: SUCCESS, with a receipt',
  async (number) => {
    const { id, status } = await ended(number);
    expect(status).toBe('SUCCESS');
    expect((await get(`/v1/bbps/payments/${id}/receipt`)).body).toMatchObject({
      bbps_reference: expect.stringMatching(/^[A-Z0-9]{10,}$/),
      biller: { name: 'Sundar Power Distribution' },
      customer: { parameters: [{ name: 'Consumer Number', value: number }] },
    });
  },
);

it.each(['100200301111', '100200303333'])('consumer number %s: FAILED, without one', async (number) => {
  const { id, status } = await ended(number);
  expect(status).toBe('FAILED');
  expectProblem(await get(`/v1/bbps/payments/${id}/receipt`), 'BBPS_RECEIPT_NOT_READY');
});

const ACCOUNT = { account_number: '00111122223333', ifsc: 'hdfc0000053' };
it.each<[string, Record<string, unknown>, string]>([
  ['Cash', {}, 'Cash at the agent'],
  ['UPI', { remitter: { vpa: 'test.payer@okbank' } }, 'test.payer@okbank'],
  ['Bharat QR', { remitter: { name: 'Test Payer', ...ACCOUNT } }, 'HDFC0000053|00111122223333'],
  ['Wallet', { remitter: { name: 'Test Agent' } }, 'Munim|9481773011'],
])('paid with %s: what NPCI asks of who pays reaches Setu', async (mode, fields, info) => {
  const fetch = await fetched('SUND00000MAH01', 'Consumer Number', '100200300000');
  const accepted = await pay(fetch, { payment_mode: mode, force: true, ...fields });
  expect(accepted.status).toBe(202);
  const id = accepted.body.id as string;
  expect((await p.final(key, id)).status).toBe('SUCCESS');
  const receipt = (await get(`/v1/bbps/payments/${id}/receipt`)).body;
  const { name = 'Test Customer' } = (fields.remitter ?? {}) as { name?: string };
  expect(receipt).toMatchObject({ payment_mode: mode, remitter: { name } });
  expect(setuBook()).toContain(`"mode":"${mode}"`);
  expect(setuBook()).toContain(`"accountInfo":"${info}"`);
});

it('a payment of nobody, or with what its mode does not ask for, is refused before Setu hears of it', async () => {
  const fetch = await fetched('SUND00000MAH01', 'Consumer Number', '100200300000');
  const refused = async (fields: Record<string, unknown>, code: ErrorCode, pointer: string) => {
    expect(expectProblem(await pay(fetch, fields), code).map((e) => e.pointer)).toEqual([pointer]);
  };
  await refused({ payment_mode: 'Wallet' }, 'BBPS_REMITTER_REQUIRED', '#/remitter/name');
  await refused({ payment_mode: 'UPI' }, 'BBPS_REMITTER_ACCOUNT_INVALID', '#/remitter/vpa');
  await refused(
    { payment_mode: 'Bharat QR', remitter: { vpa: 'a1@okbank' } },
    'BBPS_REMITTER_ACCOUNT_INVALID',
    '#/remitter/vpa',
  );
  await refused({ remitter: { ifsc: 'HDFC0000053' } }, 'REQUEST_FIELD_INVALID', '#/remitter');
  await refused({ remitter: { name: 'x'.repeat(51) } }, 'REQUEST_FIELD_INVALID', '#/remitter/name');
  for (const mode of ['IMPS', 'NEFT', 'AEPS', 'Debit Card', 'Internet Banking'])
    await refused({ payment_mode: mode }, 'REQUEST_FIELD_INVALID', '#/payment_mode');
});

it.each([
  [200_000, 118], // 1.00 × 1.18
  [200_001, 1_180], // 0.5 % × 1.18
])('a loan of two slabs, %i paise: the fee of the slab that holds the amount', async (amount, charge) => {
  const fetch = await fetched('NILA00000NAT03', 'Loan Account Number', 'LOAN200000');
  const accepted = await pay(fetch, { amount, force: true });
  expect(accepted.body).toMatchObject({ amount, charge });
  const id = accepted.body.id as string;
  expect((await p.final(key, id)).status).toBe('SUCCESS');
  expect((await get(`/v1/bbps/payments/${id}/receipt`)).body).toMatchObject({
    amount,
    convenience_fee: charge,
  });
});

it('a payment that is credited back is REVERSED, and a fetch without a bill has failed', async () => {
  const accepted = await pay(await fetched('SUND00000MAH01', 'Consumer Number', '100200304444'));
  await until(
    async () => (await get(`/v1/transactions/${accepted.body.id as string}`)).body,
    (t) => t.status === 'REVERSED',
  );
  expect(await fetched('SUND00000MAH01', 'Consumer Number', '100200300405')).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('BFR004'),
  });
});

it('P1 a refund by complaint comes back although nobody reads the complaint', async () => {
  const accepted = await pay(await fetched('PATH00000NAT05', 'Vehicle Registration Number', 'MH12AB0000'), {
    amount: 60_000,
  });
  const id = accepted.body.id as string;
  expect(await p.final(key, id)).toMatchObject({ status: 'SUCCESS' });
  expect(
    (
      await p.call('POST', `/v1/bbps/payments/${id}/complaints`, {
        key,
        body: { disposition: 'double-payment', description: 'Paid twice' },
      })
    ).status,
  ).toBe(201);
  await until(
    async () => (await get(`/v1/transactions/${id}`)).body,
    (t) => t.status === 'REVERSED',
  );
  const ticket = await until(
    () =>
      rows<{ status: string; expected: boolean }>(
        p.c.knex,
        "select status, refund_ask_at is not null as expected from bbps_complaints where disposition = 'double-payment'",
      ),
    ([c]) => c?.status === 'REFUNDED' && !c.expected,
  );
  expect(ticket).toHaveLength(1);
});

it('a complaint about a tag, asked about and closed; callbacks about fetches and tickets find theirs', async () => {
  const fetch = await fetched('PATH00000NAT05', 'Vehicle Registration Number', 'MH12AB0000');
  const accepted = await pay(fetch, { amount: 50_000 });
  expect(accepted.status).toBe(202);
  expect(await p.final(key, accepted.body.id as string)).toMatchObject({ status: 'SUCCESS' });
  const raised = await p.call('POST', `/v1/bbps/payments/${accepted.body.id as string}/complaints`, {
    key,
    body: { disposition: 'service-not-received', description: 'The tag shows the old balance' },
  });
  expect(raised.status).toBe(201);
  const complaint = await until(
    async () => (await get((raised.body.links as { self: string }).self)).body,
    (c) => c.dispute_id !== null,
  );
  expect(complaint).toMatchObject({
    npci_code: 'D11',
    status: expect.stringMatching(/^[A-Z_]+$/),
    due_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
  const hints = await until(
    () =>
      rows<{ event: string; result: string }>(
        p.c.knex,
        `select distinct event, result from callbacks where provider = 'setu' and event in ('BILL_FETCH',
          'BILL_DISPUTE') and state = 'processed'`,
      ),
    (found) => found.some((h) => h.event === 'BILL_DISPUTE'),
  );
  expect(hints.filter((h) => !h.result.startsWith('hint'))).toEqual([]);
});
