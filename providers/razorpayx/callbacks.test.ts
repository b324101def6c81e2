import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import Razorpay from 'razorpay';
import { checkSignature } from '../razorpay-forms';
import { parseEvent } from './callbacks';
import { PAYOUT_STATUSES } from './transformers';
import { example, examples, type Json } from '../../test/support/razorpayx-examples';

const ignore = { onUnlisted: (): void => undefined, areFeesOwed: false };

describe('webhooks', () => {
  // The vector of the domain reference, and Razorpay's own SDK as a second opinion.
  const SECRET = 'rzp_whsec_test';
  const VECTOR =
    '{"entity":"event","account_id":"acc_TEST","event":"payout.processed","contains":["payout"],' +
    '"payload":{"payout":{"entity":{"id":"pout_1Aa00000000001","entity":"payout","amount":100,' +
    '"status":"processed","utr":"000000000001"}}},"created_at":1580811328}';
  const SIGNATURE = 'ad78e55eabc27a9eda37ba515b447d2e1e57ebb0e85f5974b0c2827755d11193';
  const check = (
    signature: string | undefined,
    raw: string | Buffer,
    id?: string,
    secrets: string[] = [SECRET],
  ): unknown =>
    checkSignature(
      {
        ...(signature === undefined ? {} : { 'x-razorpay-signature': signature }),
        ...(id === undefined ? {} : { 'x-razorpay-event-id': id }),
      },
      Buffer.from(raw),
      secrets,
    );

  it('the vector passes', () => {
    expect(check(SIGNATURE, VECTOR, 'evt_00000000000001')).toEqual({
      verdict: 'signed',
      eventId: 'evt_00000000000001',
    });
    expect(Razorpay.validateWebhookSignature(VECTOR, SIGNATURE, SECRET)).toBe(true);
    expect(parseEvent(Buffer.from(VECTOR), ignore)).toEqual({
      event: 'payout.processed',
      target: { providerReference: 'pout_1Aa00000000001', amountPaise: 100n },
      outcome: {
        kind: 'succeeded',
        sent: true,
        rawStatus: 'processed',
        providerReference: 'pout_1Aa00000000001',
        amountPaise: 100n,
        utr: '000000000001',
      },
    });
  });

  it('agrees with the SDK on any body, secret and signature', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ minLength: 8 }),
        fc.boolean(),
        (body, secret, genuine) => {
          const signature = createHmac('sha256', genuine ? secret : `${secret}x`)
            .update(body)
            .digest('hex');
          expect(
            (check(signature, body, undefined, [secret]) as { verdict: string }).verdict === 'signed',
          ).toBe(Razorpay.validateWebhookSignature(body, signature, secret));
        },
      ),
    );
  });

  it.each([
    undefined,
    '',
    'x',
    SIGNATURE.toUpperCase(),
    ` ${SIGNATURE}`,
    `${SIGNATURE}, ${SIGNATURE}`,
    SIGNATURE.slice(1),
    `${SIGNATURE}0`,
    `sha256=${SIGNATURE}`,
    '0'.repeat(64),
    `1${SIGNATURE.slice(1)}`,
  ])('the signature %p is a forgery', (signature) => {
    expect(check(signature, VECTOR)).toMatchObject({ verdict: 'forged' });
  });

  it('a change of any byte of the body is a forgery', () => {
    const raw = Buffer.from(VECTOR);
    for (let i = 0; i < raw.length; i++) {
      const changed = Buffer.from(raw);
      changed[i]! ^= 1;
      expect(check(SIGNATURE, changed)).toMatchObject({ verdict: 'forged' });
    }
    expect(check(SIGNATURE, JSON.stringify(JSON.parse(VECTOR), null, 1))).toMatchObject({
      verdict: 'forged',
    });
  });

  it('the former secret serves while it is given', () => {
    expect(check(SIGNATURE, VECTOR, undefined, ['another_secret', SECRET])).toMatchObject({
      verdict: 'signed',
    });
    expect(check(SIGNATURE, VECTOR, undefined, ['another_secret'])).toMatchObject({ verdict: 'forged' });
  });

  it('without a usable event id the body names the event', () => {
    const bodyHash = (check(SIGNATURE, VECTOR) as { eventId: string }).eventId;
    expect(bodyHash).toMatch(/^[0-9a-f]{64}$/);
    for (const id of ['', 'a b', 'x'.repeat(65), "1';--"])
      expect(check(SIGNATURE, VECTOR, id)).toEqual({ verdict: 'signed', eventId: bodyHash });
  });

  it.each(
    examples('webhooks-payouts')
      .filter((e) => e.title.startsWith('payout.') && !e.title.includes('downtime'))
      .map((e) => [e.title, e.json] as const),
  )('the sample of %s', (title, json) => {
    const parsed = parseEvent(Buffer.from(JSON.stringify(json)), ignore);
    const entity = ((json.payload as Json).payout as Json).entity as Json;
    expect(parsed).toMatchObject({
      event: title,
      target: {
        providerReference: entity.id,
        amountPaise: BigInt(entity.amount as number),
        refs: { fund_account: entity.fund_account_id },
      },
    });
    expect(parsed.outcome).toMatchObject({
      kind: PAYOUT_STATUSES[entity.status as keyof typeof PAYOUT_STATUSES],
      rawStatus: entity.status,
    });
  });

  it.each(
    [
      ...examples('webhooks-payouts').filter((e) => e.title.includes('downtime')),
      ...examples('webhooks-transactions'),
      {
        title: 'another',
        json: { entity: 'event', event: 'payout_link.paid', payload: {} },
      },
    ].map((e) => [e.title, e.json] as const),
  )('%s concerns no transaction', (_title, json) => {
    expect(parseEvent(Buffer.from(JSON.stringify(json)), ignore)).toEqual({ event: json.event });
  });

  const event = (name: string, entity: Json): Buffer =>
    Buffer.from(JSON.stringify({ entity: 'event', event: name, payload: { payout: { entity } } }));

  it('an event that disagrees with its payout, or is new, has a target and no outcome', () => {
    const payout = { ...example('payouts-create-bank'), status: 'processing' };
    for (const name of [
      'payout.processed',
      'payout.failed',
      'payout.reversed',
      'payout.brand_new',
      'payout.constructor',
    ]) {
      const parsed = parseEvent(event(name, payout), ignore);
      expect(parsed).toMatchObject({ event: name, target: { ourReference: 'Acme Transaction ID 12345' } });
      expect(parsed.outcome).toBeUndefined();
    }
    expect(parseEvent(event('payout.updated', payout), ignore).outcome).toMatchObject({ kind: 'pending' });
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"entity":"event"}',
    '{"entity":"event","event":"payout.processed"}',
    '{"entity":"event","event":"payout.processed","payload":{}}',
    '{"entity":"event","event":"payout.processed","payload":{"payout":{"entity":{"id":"x"}}}}',
    '{"entity":"event","event":5,"payload":{}}',
    '{"entity":"event","event":"PAYOUT processed","payload":{}}',
    'not json',
    '{"entity":"event","event":"payout.failed","payload":{"payout":{"entity":{"entity":"payout",' +
      '"id":"pout_1Aa00000000001","amount":1e400,"status":"failed"}}}}',
  ])('%p is malformed', (text) => {
    expect(() => parseEvent(Buffer.from(text), ignore)).toThrow('CALLBACK_MALFORMED');
  });

  it('bytes that are not UTF-8 are malformed', () => {
    expect(() => parseEvent(Buffer.from([0x7b, 0xff, 0x7d]), ignore)).toThrow('CALLBACK_MALFORMED');
  });
});
