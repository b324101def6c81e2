import { systemClock } from '../platform/clock';
import { createTemplateConnector } from './_template/connector';
import { createProviderRegistry, registryOf } from './registry';

const timeouts = { connectMs: 200, totalMs: 500 };
const razorpayx = {
  baseUrl: 'http://127.0.0.1:9/v1',
  keyId: 'rzp_test_x',
  keySecret: 'secret',
  webhookSecret: 'webhook-secret',
  accountNumber: '7878780080316316',
  accountType: 'current_account',
};

it('has what is configured, and nothing else', async () => {
  const registry = createProviderRegistry(
    { razorpayx },
    { clock: systemClock, boundsOf: () => ({ timeouts }) },
  );
  expect(registry.names()).toEqual(['razorpayx']);
  expect([registry.has('razorpayx'), registry.has('constructor')]).toEqual([true, false]);
  expect(registry.get('razorpayx').name).toBe('razorpayx');
  expect(() => registry.get('toString')).toThrow('PROVIDER_UNKNOWN');
  expect(createProviderRegistry({}, { clock: systemClock, boundsOf: () => ({ timeouts }) }).names()).toEqual(
    [],
  );
  await registry.close();
});

it('gives each provider its own share of a rate limit', async () => {
  const asked: string[] = [];
  const registry = createProviderRegistry(
    { razorpayx },
    {
      clock: systemClock,
      boundsOf: (provider) => ({
        timeouts,
        limiter: {
          take: () => {
            asked.push(provider);
            return Promise.resolve({ ok: false, retryAfterMs: 9 });
          },
        },
      }),
    },
  );
  expect(await registry.get('razorpayx').admit('payout')).toEqual({
    ok: false,
    rawStatus: '<rate limited>',
    retryAfterMs: 9,
  });
  expect(asked).toEqual(['razorpayx']);
  await registry.close();
});

it('the template starts safe: unknown, forged, and two of one name are refused', async () => {
  const make = (): ReturnType<typeof createTemplateConnector> =>
    createTemplateConnector({
      baseUrl: 'http://127.0.0.1:9',
      apiKey: 'unused-key',
      callbackSecret: 'unused-secret',
      clock: systemClock,
      timeouts,
    });
  const connector = make();
  const instruction = {
    ourReference: 'r',
    idempotencyKey: 'key-1',
    amountPaise: 100n,
    currency: 'INR',
    mode: 'IMPS',
    narration: null,
    refs: {},
  } as const;
  expect(await connector.payout!.send(instruction, connector.payout!.prepare(instruction))).toMatchObject({
    kind: 'unknown',
    sent: false,
  });
  expect(connector.checkCallback({}, Buffer.alloc(0))).toMatchObject({ verdict: 'forged' });
  const other = make();
  expect(() => registryOf([connector, other])).toThrow(TypeError);
  await registryOf([connector]).close();
  await other.close();
});
