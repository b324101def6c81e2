import { systemClock } from '../platform/clock';
import { KEYED_PROVIDERS, keyedSecrets, readKeyed, redactedKeyed, withKeyed } from './keyed-settings';
import { KEYED_CONNECTORS } from './keyed';
import Joi from 'joi';

test('every name of the settings has its connector, and no other', async () => {
  expect(Object.keys(KEYED_CONNECTORS).toSorted()).toEqual(KEYED_PROVIDERS.toSorted());
  for (const [name, make] of Object.entries(KEYED_CONNECTORS)) {
    const connector = make({
      baseUrl: 'http://127.0.0.1:9',
      apiKey: 'unused-key',
      callbackSecret: 'unused-secret',
      clock: systemClock,
      timeouts: { connectMs: 100, totalMs: 100 },
    });
    expect(connector.name).toBe(name);
    await connector.close();
  }
});

describe('the settings of a keyed provider', () => {
  const all = {
    MUNIM_ACMEPAY_BASE_URL: 'https://api.acmepay.example/v1',
    MUNIM_ACMEPAY_API_KEY: 'acme-secret-key',
    MUNIM_ACMEPAY_CALLBACK_SECRET: 'acme-secret-callback',
  };
  const schema = withKeyed(Joi.object({}), ['acmepay']);

  test('are all there, or none', () => {
    expect(schema.validate({}).error).toBeUndefined();
    expect(schema.validate(all).error).toBeUndefined();
    for (const name of Object.keys(all))
      expect(schema.validate({ ...all, [name]: undefined }).error?.message).toContain(name);
    expect(schema.validate({ MUNIM_OTHERPAY_API_KEY: 'x'.repeat(8) }).error?.message).toContain(
      'not allowed',
    );
    expect(schema.validate({ ...all, MUNIM_ACMEPAY_BASE_URL: 'ftp://x' }).error).toBeDefined();
  });

  test('are read, and hidden from people', () => {
    expect(readKeyed({}, ['acmepay'])).toEqual({});
    const keyed = readKeyed(all, ['acmepay']);
    expect(keyed).toEqual({
      acmepay: {
        baseUrl: all.MUNIM_ACMEPAY_BASE_URL,
        apiKey: 'acme-secret-key',
        callbackSecret: 'acme-secret-callback',
      },
    });
    expect(redactedKeyed(keyed)).toEqual({
      acmepay: { baseUrl: all.MUNIM_ACMEPAY_BASE_URL, apiKey: '***', callbackSecret: '***' },
    });
    expect(keyedSecrets(['acmepay'])).toEqual(['MUNIM_ACMEPAY_API_KEY', 'MUNIM_ACMEPAY_CALLBACK_SECRET']);
  });
});
