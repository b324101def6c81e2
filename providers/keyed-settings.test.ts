import Joi from 'joi';
import { systemClock } from '../platform/clock';
import type { ProviderDefinition } from './definition';
import { keyedSettings, type KeyedConnectorOptions } from './keyed-settings';
import { PROVIDERS } from './list';
import {
  callbackTokensOf,
  providerSecrets,
  readProviders,
  redactedProviders,
  withProviders,
} from './settings';

test('every name of the settings has its connector, and no other', async () => {
  for (const [name, listed] of Object.entries(PROVIDERS)) {
    const { settings } = listed;
    for (const key of Object.keys(settings.keys)) expect(key).toMatch(/^MUNIM_[A-Z0-9_]+$/);
    if (!Object.hasOwn(settings.keys, `MUNIM_${name.toUpperCase()}_API_KEY`)) continue;
    const connector = (listed as unknown as ProviderDefinition<KeyedConnectorOptions>).connect({
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
  const listed = { acmepay: { settings: keyedSettings('acmepay') } };
  const schema = withProviders(Joi.object({}), listed);

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
    expect(readProviders({}, listed)).toEqual({});
    const config = readProviders(all, listed);
    expect(config).toEqual({
      acmepay: {
        baseUrl: all.MUNIM_ACMEPAY_BASE_URL,
        apiKey: 'acme-secret-key',
        callbackSecret: 'acme-secret-callback',
      },
    });
    expect(redactedProviders(config, listed)).toEqual({
      acmepay: { baseUrl: all.MUNIM_ACMEPAY_BASE_URL, apiKey: '***', callbackSecret: '***' },
    });
    expect(providerSecrets(listed)).toEqual(['MUNIM_ACMEPAY_API_KEY', 'MUNIM_ACMEPAY_CALLBACK_SECRET']);
    expect(callbackTokensOf(config, listed)).toEqual({});
  });
});
