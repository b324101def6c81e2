/** The connector against the sandbox, which shares no code with it: what one says of the contract the other has to understand. */
import { randomUUID } from 'node:crypto';
import type { CollectionInstruction } from '../../../domain/collection/port';
import type { Connector } from '../../../domain/connectors';
import type { InquiryTarget } from '../../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import { compareTexts } from '../../../platform/order';
import {
  createRazorpayConnector,
  type RazorpayConnectorOptions,
} from '../../../providers/razorpay/connector';
import { startSandbox } from '../../../sandbox/app';
import { NEVER_OPENS } from '../../support/never-opens';
import type { Json } from '../../support/razorpay-examples';
import { askGatewaySdk } from '../../support/razorpay-oracle';
import {
  CHECKOUT_PATH,
  RAZORPAY,
  RAZORPAY_PREFIX,
  razorpayConfig,
  startGatewaySandbox,
  type GatewaySandbox,
} from '../../support/razorpay';
import { sandboxOptions, type Received } from '../../support/sandbox';
import { until } from '../../support/until';

let t: GatewaySandbox;
let connector: Connector;
const noted: unknown[] = [];

const connect = (options: Partial<RazorpayConnectorOptions> = {}): Connector =>
  createRazorpayConnector({
    ...RAZORPAY,
    baseUrl: `${t.sandbox.url}${RAZORPAY_PREFIX}`,
    checkoutUrl: `${t.sandbox.url}${CHECKOUT_PATH}`,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    breaker: NEVER_OPENS,
    callLog: { note: (entry) => noted.push(entry) },
    ...options,
  });

beforeAll(async () => {
  t = await startGatewaySandbox({ slowMs: 150 });
  connector = connect();
});
afterAll(async () => {
  await connector.close();
  await t.close();
});

/** 1,000 rupees, or an amount that ends so. */
const instruct = (ending = '0000', fields: Partial<CollectionInstruction> = {}): CollectionInstruction => ({
  ourReference: randomUUID().replaceAll('-', '').slice(0, 20),
  idempotencyKey: randomUUID(),
  amountPaise: BigInt(`10${ending}`),
  currency: 'INR',
  expiresAt: new Date(Date.now() + 1_800_000),
  returnUrl: 'https://app.example/back',
  payer: { id: 'usr_planted' },
  ...fields,
});
const send = (instruction: CollectionInstruction, c = connector, options = {}): Promise<ProviderOutcome> =>
  c.collection!.send(instruction, c.collection!.prepare(instruction), options);
const ask = (
  { ourReference }: CollectionInstruction,
  target: Partial<InquiryTarget> = {},
): Promise<InquiryAnswer> => connector.collection!.inquire({ ourReference, ...target });
const finally_ = (instruction: CollectionInstruction, kind: string): Promise<InquiryAnswer> =>
  until(
    () => ask(instruction),
    (answer) => answer.kind === kind,
  );
const ordersOf = async ({ ourReference }: CollectionInstruction): Promise<Json[]> =>
  (await t.client.control('GET', `/book/orders?receipts=${ourReference}`)).items as Json[];
const pay = (receipt: string, how: Json = {}): Promise<Json> =>
  t.client.control('POST', '/payments', { receipt, ...how });
const OVER = { payableUntil: new Date(0) };
const webhooksOf = (order: string): Received[] =>
  t.receiver.received.filter(({ raw }) => raw.includes(order));
const read = ({ raw, signature, eventId }: Received, c = connector) => {
  const bytes = Buffer.from(raw);
  const headers = { 'x-razorpay-signature': signature, 'x-razorpay-event-id': eventId };
  return { check: c.checkCallback(headers, bytes), parsed: c.parseCallback(bytes) };
};

describe('an order', () => {
  it('is made, waits for its payer, and is paid once', async () => {
    const instruction = instruct();
    const made = await send(instruction);
    expect(made).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: 'created',
      rawReason: 'waiting_for_payer',
      providerReference: expect.stringMatching(/^order_\w{14}$/) as string,
      amountPaise: 100_000n,
      httpStatus: 200,
    });
    const { providerReference } = made as { providerReference: string };
    expect(await ask(instruction, { providerReference })).toEqual(made);
    expect(await ask(instruction)).toEqual(made);
    await pay(instruction.ourReference, { method: 'card' });
    const paid = await ask(instruction, { providerReference, ...OVER });
    expect(paid).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: 'captured',
      providerReference,
      amountPaise: 100_000n,
      utr: expect.stringMatching(/^\d{12}$/) as string,
      httpStatus: 200,
      // 2 %, and 18 % GST on that
      providerFeePaise: 2_000n,
      providerTaxPaise: 360n,
    });
    expect(await ask(instruction)).toEqual(paid);
    expect(await pay(instruction.ourReference)).toMatchObject({ error: { code: 'CONFLICT' } });
  });

  it('P5 a try that fails is not its end; its time is, where nothing of it is under way', async () => {
    const instruction = instruct();
    await send(instruction);
    for (const bank of ['no', 'cancelled']) await pay(instruction.ourReference, { bank });
    expect(await ask(instruction)).toMatchObject({ kind: 'pending', rawStatus: 'attempted' });
    const begun = await pay(instruction.ourReference, { bank: 'none' });
    expect(await ask(instruction, OVER)).toMatchObject({ kind: 'pending' });
    await t.client.control('POST', `/payments/${String(begun.id)}`, { to: 'authorized' });
    const open = await ask(instruction, OVER);
    expect(open).toMatchObject({ kind: 'pending' });
    expect(open).not.toHaveProperty('rawReason');
    await t.client.control('POST', `/payments/${String(begun.id)}`, { to: 'captured' });
    expect(await ask(instruction, OVER)).toMatchObject({ kind: 'succeeded' });
    await t.client.control('POST', `/payments/${String(begun.id)}`, { to: 'refunded' });
    expect(await ask(instruction)).toMatchObject({ kind: 'reversed', amountPaise: 100_000n });
  });

  it('P5 late: failed when its time was over, and then it is there; 4444 comes late by itself', async () => {
    const instruction = instruct();
    await send(instruction);
    await pay(instruction.ourReference, { bank: 'no' });
    expect(await ask(instruction, OVER)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'attempted',
      rawReason: 'collection_expired',
      providerReference: expect.stringMatching(/^order_/) as string,
    });
    await pay(instruction.ourReference);
    expect(await ask(instruction, OVER)).toMatchObject({ kind: 'succeeded' });
    const late = instruct('4444');
    await send(late);
    await finally_(late, 'succeeded');
  });

  it.each([
    ['less than asked for', { amount_paise: 99_000 }, 99_000n, 1_980n],
    ['more than asked for', { amount_paise: 101_000 }, 101_000n, 2_020n],
    ['the fee on top', { fee_on_top: true }, 100_000n, undefined],
  ])('P9 what came in is told as it is: %s', async (_name, how, amountPaise, feePaise) => {
    const instruction = instruct();
    await send(instruction);
    await pay(instruction.ourReference, how);
    const paid = await ask(instruction);
    expect(paid).toMatchObject({ kind: 'succeeded', amountPaise });
    expect((paid as ProviderOutcome).providerFeePaise).toBe(feePaise);
  });

  it('P9 paid twice: for people, with both amounts', async () => {
    const instruction = instruct();
    await send(instruction);
    const [one, two] = [
      await pay(instruction.ourReference, { bank: 'none' }),
      await pay(instruction.ourReference, { bank: 'none' }),
    ];
    for (const to of ['authorized', 'captured'])
      for (const { id } of [one, two]) await t.client.control('POST', `/payments/${String(id)}`, { to });
    expect(await ask(instruction)).toMatchObject({
      kind: 'unknown',
      foundThere: 'several',
      description: expect.stringContaining('(100000 paise), pay_') as string,
    });
  });
});

describe('a second payment that Razorpay gives back by itself', () => {
  const payments = async (instruction: CollectionInstruction): Promise<unknown[]> =>
    (await ordersOf(instruction)).flatMap((order) => (order.payments as Json[]).map(({ status }) => status));

  it('P9 one begun before, that the bank says yes to when the order is paid: the first is the success', async () => {
    const instruction = instruct();
    await send(instruction);
    const [one, two] = [
      await pay(instruction.ourReference, { bank: 'none' }),
      await pay(instruction.ourReference, { bank: 'none' }),
    ];
    await t.client.control('POST', `/payments/${String(one.id)}`, { to: 'yes' });
    const paid = await ask(instruction);
    expect(await t.client.control('POST', `/payments/${String(two.id)}`, { to: 'yes' })).toMatchObject({
      status: 'refunded',
      captured: false,
      fee: null,
    });
    expect(await payments(instruction)).toEqual(['captured', 'refunded']);
    expect(paid).toMatchObject({ kind: 'succeeded', amountPaise: 100_000n });
    expect(await ask(instruction)).toEqual(paid);
  });

  it('P9 one that comes late, when another has paid the order', async () => {
    const instruction = instruct();
    await send(instruction);
    await pay(instruction.ourReference, { bank: 'late' });
    await pay(instruction.ourReference);
    await until(
      () => payments(instruction),
      (statuses) => statuses[0] === 'refunded',
    );
    expect(await ask(instruction)).toMatchObject({ kind: 'succeeded', amountPaise: 100_000n });
  });
});

describe('sending', () => {
  it.each([
    ['5555', 'succeeded'],
    ['6666', 'pending'],
  ])('P5 %s: no answer is unknown and sent; found by our receipt it is %s', async (ending, kind) => {
    const instruction = instruct(ending);
    expect(await send(instruction, connector, { timeouts: { totalMs: 300 } })).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<timeout>',
    });
    await finally_(instruction, kind);
    expect(await ordersOf(instruction)).toHaveLength(1);
  });

  it('P4 7777: a 500 is unknown, then not found; made twice, the oldest is ours until somebody pays the other', async () => {
    const instruction = instruct('7777');
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 500 });
    expect(await ask(instruction, OVER)).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
    expect(connector.collection!.notFound).toEqual({ then: 'fail' });
    await send(instruction);
    await finally_(instruction, 'succeeded');

    const twice = instruct();
    const [first, second] = [await send(twice), await send(twice)];
    const [one, two] = await ordersOf(twice);
    expect([one!.id, two!.id, one!.body_sha256]).toEqual([
      first.providerReference,
      second.providerReference,
      connector.collection!.prepare(twice).bodyHash.toString('hex'),
    ]);
    expect(one!.id).not.toBe(two!.id);
    expect(await ask(twice)).toMatchObject({ kind: 'pending' });
    await t.client.control('POST', '/payments', { order: two!.id });
    expect(await ask(twice)).toMatchObject({ kind: 'succeeded', providerReference: two!.id });
  });

  it('P4 bytes that were altered on the way to us are not sent', async () => {
    const instruction = instruct();
    const prepared = connector.collection!.prepare(instruction);
    const altered = { ...prepared, body: prepared.body.replace('100000', '900000') };
    expect(await connector.collection!.send(instruction, altered)).toMatchObject({
      sent: false,
      rawStatus: '<request altered>',
    });
    expect(await ordersOf(instruction)).toEqual([]);
  });

  it('wrong keys and a product that is off: held, nothing sent, nothing failed', async () => {
    const instruction = instruct();
    const locked = connect({ keySecret: 'another-key-secret' });
    expect(await send(instruction, locked)).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
    });
    await locked.close();
    await t.client.control('POST', '/faults', { status: 400 });
    expect(await send(instruction)).toMatchObject({ kind: 'unknown', sent: false, isSetupFault: true });
    expect(await ordersOf(instruction)).toEqual([]);
  });
});

describe('webhooks', () => {
  it('P6 8888: paid, told anew, late, repeated and forged: each that Razorpay signed has us ask, and no more', async () => {
    const instruction = instruct('8888');
    const order = (await send(instruction)).providerReference!;
    const webhooks = await until(
      () => webhooksOf(order),
      (seen) => seen.length === 6,
    );
    const verdicts = webhooks.map((webhook) => read(webhook));
    const signed = verdicts.filter(({ check }) => check.verdict === 'signed');
    expect(signed.map(({ parsed }) => parsed.event).toSorted(compareTexts)).toEqual([
      'order.paid',
      'payment.authorized',
      'payment.captured',
      'payment.captured',
      'payment.captured',
    ]);
    expect(new Set(signed.map(({ check }) => 'eventId' in check && check.eventId)).size).toBe(4);
    for (const { parsed } of verdicts) {
      expect(parsed).not.toHaveProperty('outcome');
      expect(parsed.target?.providerReference).toBe(order);
    }
    expect(
      verdicts.filter(({ check }) => check.verdict === 'forged').map(({ parsed }) => parsed.event),
    ).toEqual(['payment.captured']);
  });

  it("P3 Razorpay's own SDK drives the sandbox, and accepts what it signs and nothing else", async () => {
    const receipt = instruct().ourReference;
    const made = await t.client.call('POST', '/orders', { amount: 102_222, currency: 'INR', receipt });
    const order = String(made.body.id);
    const [captured] = await until(
      () => webhooksOf(order).filter(({ event }) => event === 'payment.captured'),
      (seen) => seen.length > 0,
    );
    const payment = JSON.parse(captured!.raw) as { payload: { payment: { entity: { id: string } } } };
    const { id } = payment.payload.payment.entity;
    const page = await fetch(`${t.sandbox.url}${CHECKOUT_PATH}/payments/${id}?key_id=${RAZORPAY.keyId}`);
    const signature = /id="razorpay_signature">([0-9a-f]{64})</.exec(await page.text())![1]!;
    const { raw, signature: signed } = captured!;
    const told = { order, payment: id, signature };
    const { version, answers, areSigned, areFromCheckout } = await askGatewaySdk({
      ...RAZORPAY,
      baseUrl: `${t.sandbox.url}/razorpay`,
      calls: [
        {
          resource: 'orders',
          method: 'create',
          given: [{ amount: 50_000, receipt: 'sdk#1', notes: { a: 'b' } }],
        },
        { resource: 'orders', method: 'create', given: [{ amount: 99 }] },
        { resource: 'orders', method: 'fetch', given: [order] },
        { resource: 'orders', method: 'fetchPayments', given: [order] },
        { resource: 'orders', method: 'all', given: [{ receipt }] },
        { resource: 'payments', method: 'fetch', given: [id] },
        { resource: 'orders', method: 'fetch', given: ['order_00000000000000'] },
      ],
      webhooks: [
        { raw, signature: signed, secret: RAZORPAY.webhookSecret },
        { raw, signature: signed, secret: RAZORPAY.keySecret },
        { raw: `${raw} `, signature: signed, secret: RAZORPAY.webhookSecret },
      ],
      checkouts: [told, { ...told, payment: `${id.slice(0, -1)}!` }],
    });
    expect(version).toBe('2.9.8');
    expect(answers.map(({ ok, refused }) => ok?.status ?? ok?.count ?? refused?.error.description)).toEqual([
      'created',
      'The amount must be at least INR 1.00',
      'paid',
      1,
      1,
      'captured',
      'The id provided does not exist',
    ]);
    expect([areSigned, areFromCheckout]).toEqual([
      [true, false, false],
      [true, false],
    ]);
    expect(connector.collection!.isFromCheckout(told)).toBe(true);
    expect(connector.collection!.isFromCheckout({ ...told, order: 'order_00000000000000' })).toBe(false);
  });
});

describe('the checkout', () => {
  it('is a page for the order under the public key, and for no other', async () => {
    const order = (await send(instruct())).providerReference!;
    const checkout = await connector.collection!.checkout(order);
    if (!checkout.ok) throw new Error(checkout.rawStatus);
    const { url } = checkout.value;
    const shown = await fetch(url);
    expect([shown.status, await shown.text()]).toEqual([
      200,
      expect.stringContaining('Pay ₹1000.00') as string,
    ]);
    const statuses = await Promise.all(
      [
        url.replace(RAZORPAY.keyId, 'rzp_test_other'),
        url.replace(order, 'order_00000000000000'),
        `${url}&callback_url=javascript:alert(1)`,
      ].map(async (other) => (await fetch(other)).status),
    );
    expect(statuses).toEqual([400, 404, 400]);
  });
});

it('a restart of the sandbox keeps orders and payments; what comes late comes, and what is owed is told', async () => {
  const own = await startGatewaySandbox({ slowMs: 1_000 });
  own.receiver.answer = () => 503;
  const made = await own.client.call('POST', '/orders', {
    amount: 70_000,
    currency: 'INR',
    receipt: 'kept#1',
  });
  const order = String(made.body.id);
  const late = await own.client.control('POST', '/payments', { order, bank: 'late' });
  expect([late.status, late.error_reason]).toEqual(['failed', 'payment_timed_out']);
  const before = await own.client.control('GET', '/book/orders');
  await own.sandbox.close();
  own.receiver.answer = () => 200;
  own.receiver.received.length = 0;
  const again = await startSandbox({
    ...sandboxOptions(own.dir, 'http://127.0.0.1:9/callbacks/razorpayx'),
    port: own.sandbox.port,
    slowMs: 1_000,
    razorpay: razorpayConfig(own.receiver.url),
  });
  expect(await own.client.control('GET', '/book/orders')).toEqual(before);
  const told = await until(
    () => own.receiver.received.map(({ event }) => event),
    (events) => new Set(events).size === 4,
  );
  expect(told.toSorted(compareTexts)).toEqual([
    'order.paid',
    'payment.authorized',
    'payment.captured',
    'payment.failed',
  ]);
  expect(await own.client.control('GET', '/book/summary')).toMatchObject({
    orders_by_status: { created: 0, attempted: 0, paid: 1 },
    captured_paise: 70_000,
    fees_paise: 1_652,
    tax_paise: 252,
  });
  await again.close();
  await own.close();
});

it('P7 no payer, secret or receipt of a query is in the API log', async () => {
  noted.length = 0;
  const instruction = instruct();
  await send(instruction);
  await pay(instruction.ourReference);
  await ask(instruction);
  const kept = JSON.stringify(noted, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(kept).toContain(instruction.ourReference);
  expect(kept).toContain('"route":"/orders/{id}/payments"');
  for (const planted of [
    'usr_planted',
    'app.example',
    RAZORPAY.keySecret,
    RAZORPAY.webhookSecret,
    'receipt=',
  ])
    expect(kept).not.toContain(planted);
  const shown = JSON.stringify(connector) + Object.values(connector).map(String).join('');
  for (const secret of [RAZORPAY.keySecret, RAZORPAY.webhookSecret]) expect(shown).not.toContain(secret);
});
