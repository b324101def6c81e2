import type { CollectionInstruction } from '../../domain/collection/port';
import { orderRequest } from './requests';
import { settings } from './settings';

const instruction: CollectionInstruction = {
  ourReference: '0k9tq2m4f7x1z8c5v6b3',
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  amountPaise: 100_050n,
  currency: 'INR',
  expiresAt: new Date(0),
  returnUrl: 'https://app.example/back?user=1',
  payer: { id: 'usr_1' },
};

it('P4 the body of an order, byte for byte; nothing of the payer leaves us', () => {
  expect(orderRequest(instruction).body).toBe(
    '{"amount":100050,"currency":"INR","receipt":"0k9tq2m4f7x1z8c5v6b3"}',
  );
  const another = { ...instruction, expiresAt: new Date(1), payer: { id: 'usr_2' }, returnUrl: null };
  expect(orderRequest(another)).toEqual(orderRequest(instruction));
});

it.each([
  ['below a rupee', { amountPaise: 99n }],
  ['of no amount', { amountPaise: 0n }],
  ['beyond what we ever take', { amountPaise: 10n ** 18n }],
  ['without a reference', { ourReference: '' }],
  ['with a reference beyond 40 characters', { ourReference: 'x'.repeat(41) }],
  ['with a space in its reference', { ourReference: 'a b' }],
])('P8 an order %s is not sent', (_name, change) => {
  expect(() => orderRequest({ ...instruction, ...change })).toThrow('PROVIDER_REJECTED');
});

it.each([
  ['https://api.razorpay.com/v1', 'https://pay.munim.in/checkout', 'rzp_live_munim', true],
  ['https://api.razorpay.com/v1', 'https://pay.munim.in/checkout', 'rzp_test_munim', false],
  ['http://127.0.0.1:4000/razorpay/v1', 'https://pay.munim.in/checkout', 'rzp_live_munim', false],
  ['https://api.razorpay.com/v1', 'http://127.0.0.1:4000/razorpay/checkout', 'rzp_live_munim', false],
  ['https://api.razorpay.com/v1', 'http://pay.munim.in/checkout', 'rzp_live_munim', false],
])('production and %s, %s, %s: taken %s', (baseUrl, checkoutUrl, keyId, isTaken) => {
  const own = { baseUrl, checkoutUrl, keyId, keySecret: 'unit-secret', webhookSecret: 'unit-webhook' };
  expect(settings.problemInProduction(own) === undefined).toBe(isTaken);
  expect(settings.hasLiveKeys(own)).toBe(keyId.startsWith('rzp_live_'));
});

it('no secret is shown', () => {
  const shown = JSON.stringify(
    settings.redact({
      baseUrl: 'https://api.razorpay.com/v1',
      checkoutUrl: 'https://pay.munim.in/checkout',
      keyId: 'rzp_live_munim',
      keySecret: 'planted-key-secret',
      webhookSecret: 'planted-webhook-secret',
      previousWebhookSecret: 'planted-former-secret',
    }),
  );
  expect(shown).not.toContain('planted');
  expect(shown).toContain('rzp_live_munim');
});
