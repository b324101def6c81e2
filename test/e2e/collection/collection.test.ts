/** Collections from the request to the wallet, on the sandbox of the gateway, with workers and webhooks. */
import { createHmac, randomUUID } from 'node:crypto';
import { nowhere } from '../../support/verified-world';
import { isGreen, verifyPromises } from '../../../domain/verification/verify';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { RAZORPAY } from '../../support/razorpay';
import { until } from '../../support/until';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ razorpay: true });
  user = await p.user(0n);
});
afterAll(async () => {
  await p.close();
});

const ask = (over: Record<string, unknown> = {}, idempotencyKey: string = randomUUID()): Promise<Reply> =>
  p.call('POST', '/v1/collections', {
    key: user.apiKey,
    headers: { 'idempotency-key': idempotencyKey },
    body: {
      kind: 'wallet_load',
      amount: 100_000,
      currency: 'INR',
      reference: `load-${randomUUID().slice(0, 18)}`,
      ...over,
    },
  });
const get = async (id: unknown, key = user.apiKey): Promise<Reply> =>
  p.call('GET', `/v1/collections/${String(id)}`, { key });
const confirm = (id: unknown, payment: string, signature: string): Promise<Reply> =>
  p.call('POST', `/v1/collections/${String(id)}/confirmation`, {
    key: user.apiKey,
    body: { payment, signature },
  });
const balance = async (): Promise<number> => {
  const { data } = (await p.call('GET', '/v1/wallets', { key: user.apiKey })).body;
  return (data as { kind: string; balance: number }[]).find(({ kind }) => kind === 'main')!.balance;
};
/** Accepted, and the gateway has made its order. */
async function payable(
  over: Record<string, unknown> = {},
): Promise<{ id: string; order: string; url: string }> {
  const accepted = await ask(over);
  expect(accepted.status).toBe(202);
  const id = accepted.body.id as string;
  const shown = await until(
    async () => (await get(id)).body,
    ({ checkout }) => checkout !== null,
  );
  return { id, ...(shown.checkout as { order: string; url: string }) };
}
/** A payer, and what the bank says; the payment's id. */
async function pay(order: string, bank = 'yes', more: Record<string, unknown> = {}): Promise<string> {
  const response = await fetch(`${p.sandbox.url}/__sandbox/razorpay/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ order, bank, ...more }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}
const signed = (order: string, payment: string): string =>
  createHmac('sha256', RAZORPAY.keySecret).update(`${order}|${payment}`).digest('hex');

it('is accepted, shown, paid and credited once', async () => {
  const before = await balance();
  const key = randomUUID();
  const wanted = { reference: 'load-1', return_url: 'https://shop.example/wallet' };
  const accepted = await ask(wanted, key);
  expect(accepted.body).toMatchObject({
    object: 'transaction',
    service: 'collection',
    status: 'PENDING',
    amount: 100_000,
    fee: 0,
    tax: 0,
    collection: { kind: 'wallet_load', expires_at: expect.any(String) },
  });
  const { id } = accepted.body;
  expect(accepted.headers.get('location')).toBe(`/v1/collections/${String(id)}`);
  expect((await ask(wanted, key)).text).toBe(accepted.text);
  const shown = await until(
    async () => (await get(id)).body,
    ({ checkout }) => checkout !== null,
  );
  const { order, url } = shown.checkout as { order: string; url: string };
  expect(shown.checkout).toMatchObject({ provider: 'razorpay', key: RAZORPAY.keyId });
  expect(new URL(url).searchParams.get('callback_url')).toBe('https://shop.example/wallet');
  expect((await fetch(url)).status).toBe(200);
  const payment = await pay(order);
  for (let i = 0; i < 3; i++) expect((await confirm(id, payment, signed(order, payment))).status).toBe(202);
  expect(await p.final(user.apiKey, id as string)).toMatchObject({
    status: 'SUCCESS',
    service: 'collection',
  });
  expect(await balance()).toBe(before + 100_000);
  expect((await get(id)).body).toMatchObject({ status: 'SUCCESS', credited: 100_000, checkout: null });
});

it('a webhook is enough to make us ask; a try that failed is no end', async () => {
  const before = await balance();
  const { id, order } = await payable({ amount: 50_000 });
  await pay(order, 'no');
  expect((await get(id)).body).toMatchObject({ status: 'PENDING' });
  await pay(order);
  expect(await p.final(user.apiKey, id)).toMatchObject({ status: 'SUCCESS' });
  expect(await balance()).toBe(before + 50_000);
});

it('what the checkout did not sign changes nothing, and credits nobody', async () => {
  const before = await balance();
  const { id, order } = await payable();
  const payment = 'pay_IH4NVgf4Dreq1l';
  for (const signature of [
    signed(order, 'pay_IH4NVgf4Dreq1m'),
    signed('order_IluGWxBm9U8zJ8', payment),
    signed(order, payment).slice(0, -1),
    'x',
  ])
    expectProblem(await confirm(id, payment, signature), 'COLLECTION_CONFIRMATION_REFUSED');
  // Genuine, and of a payment that is not there: the gateway is asked, and it decides.
  expect((await confirm(id, payment, signed(order, payment))).status).toBe(202);
  expect((await get(id)).body).toMatchObject({ status: 'PENDING', status_reason: 'WAITING_FOR_PAYER' });
  expect(await balance()).toBe(before);
});

it('refuses amounts outside of its limits, other addresses than of the web, and who may not', async () => {
  expectProblem(await ask({ amount: 99 }), 'COLLECTION_AMOUNT_OUT_OF_RANGE');
  expectProblem(await ask({ amount: 10_000_001 }), 'COLLECTION_AMOUNT_OUT_OF_RANGE');
  for (const wrong of ['http://shop.example/', 'javascript:alert(1)', '/wallet', 'https://shop.example/a b'])
    expectProblem(await ask({ return_url: wrong }), 'REQUEST_FIELD_INVALID');
  const other = await p.user(0n);
  const { id } = (await ask()).body;
  expectProblem(await get(id, other.apiKey), 'COLLECTION_NOT_FOUND');
});

it('leaves books in which verification finds nothing', async () => {
  const report = await until(() => verifyPromises(p.c.knex, nowhere), isGreen);
  expect(report.findings.filter(({ result }) => (result?.violations ?? 0) > 0)).toEqual([]);
});
