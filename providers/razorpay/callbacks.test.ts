import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import Razorpay from 'razorpay';
import { validatePaymentVerification } from 'razorpay/dist/utils/razorpay-utils';
import { GOLDEN, orderWith, paymentWith, type Json } from '../../test/support/razorpay-examples';
import { examples } from '../../test/support/razorpayx-examples';
import { createRazorpayConnector } from './connector';
import { masked, routeOf } from './call-log';
import { parseEvent } from './callbacks';
import { EVENTS } from './transformers';

const connect = (keySecret: string, webhookSecret = 'rzp_whsec_test') =>
  createRazorpayConnector({
    baseUrl: 'https://api.razorpay.com/v1',
    checkoutUrl: 'https://pay.munim.example/checkout?theme=plain',
    keyId: 'rzp_test_unit',
    keySecret,
    webhookSecret,
    timeouts: { connectMs: 1_000, totalMs: 1_000 },
  });
const samples = (file: string) => examples(file, 'razorpay').map(({ json }) => json);
const told = (event: string, payload: Json): Buffer =>
  Buffer.from(JSON.stringify({ entity: 'event', event, contains: [], payload, created_at: 1 }));

describe('webhooks', () => {
  it('the fixed vector passes, under the secret before too, and a change of any byte does not', () => {
    const { secret, raw, signature } = GOLDEN.webhook;
    const connector = createRazorpayConnector({
      baseUrl: 'https://api.razorpay.com/v1',
      checkoutUrl: 'https://pay.munim.example/checkout',
      keyId: 'rzp_test_unit',
      keySecret: 'unit-secret',
      webhookSecret: 'another-secret',
      previousWebhookSecret: secret,
      timeouts: { connectMs: 1_000, totalMs: 1_000 },
    });
    const headers = { 'x-razorpay-signature': signature, 'x-razorpay-event-id': 'evt_00000000000001' };
    expect(connector.checkCallback(headers, Buffer.from(raw))).toEqual({
      verdict: 'signed',
      eventId: 'evt_00000000000001',
    });
    expect(Razorpay.validateWebhookSignature(raw, signature, secret)).toBe(true);
    expect(connector.checkCallback(headers, Buffer.from(`${raw} `)).verdict).toBe('forged');
    expect(connector.checkCallback({}, Buffer.from(raw)).verdict).toBe('forged');
    expect(connect('unit-secret', 'another-secret').checkCallback(headers, Buffer.from(raw)).verdict).toBe(
      'forged',
    );
  });

  it.each(
    [...samples('webhooks-payments'), ...samples('webhooks-orders')]
      .filter(({ event }) => EVENTS.has(event as string))
      .map((json) => [json.event, json] as const),
  )('P6 the sample of %s: an order is asked about, and nothing is believed', (event, json) => {
    const { payment } = json.payload as { payment: { entity: Json } };
    const parsed = parseEvent(Buffer.from(JSON.stringify(json)));
    expect(parsed).toMatchObject({ event, target: { providerReference: payment.entity.order_id } });
    expect(Object.keys(parsed)).toEqual(['event', 'target']);
  });

  it('the documented events are these; of any other nothing is asked', () => {
    const others = samples('webhooks-payments').filter(({ event }) => !EVENTS.has(event as string));
    expect(others.length).toBeGreaterThan(10);
    for (const json of others)
      expect(parseEvent(Buffer.from(JSON.stringify(json)))).toEqual({ event: json.event });
    expect(parseEvent(told('refund.processed', {}))).toEqual({ event: 'refund.processed' });
    expect([...EVENTS]).toEqual(['payment.authorized', 'payment.captured', 'payment.failed', 'order.paid']);
  });

  it('order.paid names our reference too; a payment without an order is nobody’s', () => {
    expect(parseEvent(told('order.paid', { order: { entity: orderWith() } })).target).toEqual({
      providerReference: 'order_RB58MiP5SPFYyM',
      ourReference: '0k9tq2m4f7x1z8c5v6b3',
    });
    expect(
      parseEvent(told('payment.captured', { payment: { entity: paymentWith({ order_id: null }) } })),
    ).toEqual({
      event: 'payment.captured',
    });
  });

  it.each([
    '',
    'null',
    '{"entity":"event"}',
    '{"entity":"event","event":"payment.captured","payload":{}}',
    '{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"x"}}}}',
    '{"entity":"event","event":"order.paid","payload":{"order":{"entity":{"entity":"order","id":5}}}}',
    '{"entity":"event","event":5,"payload":{}}',
  ])('%p is malformed', (text) => {
    expect(() => parseEvent(Buffer.from(text))).toThrow('CALLBACK_MALFORMED');
  });
});

describe('what the checkout hands to the app', () => {
  const { keySecret, order, payment, signature } = GOLDEN.checkout;
  const isTaken = (change: object = {}): boolean =>
    connect(keySecret).collection!.isFromCheckout({ order, payment, signature, ...change });

  it('the fixed vector is taken, and nothing beside it', () => {
    expect(isTaken()).toBe(true);
    for (const change of [
      { order: 'order_IluGWxBm9U8zJ9' },
      { payment: 'pay_IH4NVgf4Dreq1m' },
      { signature: signature.toUpperCase() },
      { signature: `${signature}0` },
      { signature: '' },
      { signature: '0'.repeat(64) },
      // The same text under the signature, cut at another place.
      { order: `${order}|${payment}`, payment: '' },
    ])
      expect(isTaken(change)).toBe(false);
    expect(connect('another_key_secret').collection!.isFromCheckout({ order, payment, signature })).toBe(
      false,
    );
  });

  it("agrees with Razorpay's own SDK on any order, payment and secret", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9]{14}$/);
    fc.assert(
      fc.property(id, id, fc.string({ minLength: 8 }), fc.boolean(), (one, two, secret, genuine) => {
        const [orderId, paymentId] = [`order_${one}`, `pay_${two}`];
        const signed = createHmac('sha256', genuine ? secret : `${secret}x`)
          .update(`${orderId}|${paymentId}`)
          .digest('hex');
        const theirs = validatePaymentVerification(
          { order_id: orderId, payment_id: paymentId },
          signed,
          secret,
        );
        const ours = connect(secret).collection!.isFromCheckout({
          order: orderId,
          payment: paymentId,
          signature: signed,
        });
        expect([ours, theirs]).toEqual([genuine, genuine]);
      }),
      { numRuns: 30 },
    );
  });

  it('what an app needs for the checkout is the order, the public key and the page', async () => {
    expect(await connect(keySecret).collection!.checkout(order)).toEqual({
      ok: true,
      value: {
        order,
        key: 'rzp_test_unit',
        url: `https://pay.munim.example/checkout?theme=plain&order_id=${order}&key_id=rzp_test_unit`,
      },
    });
    const back = await connect(keySecret).collection!.checkout(order, 'https://app.example/?a=1&key_id=x');
    expect(back).toMatchObject({
      value: {
        url: expect.stringContaining(
          '&callback_url=https%3A%2F%2Fapp.example%2F%3Fa%3D1%26key_id%3Dx',
        ) as string,
      },
    });
  });
});

describe('P7 the API log', () => {
  it('keeps ids, amounts and words, and nothing of who paid', () => {
    for (const json of [
      ...samples('webhooks-payments'),
      ...samples('orders-fetch-payments'),
      ...samples('payments-entity'),
    ]) {
      const kept = JSON.stringify(masked(json));
      expect(kept).not.toMatch(/Test Payer|example|9000090000|@|0153|999999|insufficient account balance/i);
      expect(kept.includes('"pay_')).toBe(JSON.stringify(json).includes('"pay_'));
    }
  });

  it('paths have no ids and no query', () => {
    expect(routeOf('/orders?receipt=0k9tq2m4f7x1z8c5v6b3')).toBe('/orders');
    expect(routeOf('/orders/order_RB58MiP5SPFYyM/payments')).toBe('/orders/{id}/payments');
  });
});
