import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../platform/clock';
import { loadConfig, redactedConfig } from '../../composition/config';
import { createProviderRegistry } from '../registry';

const key = (): string => randomBytes(32).toString('base64');
const base = {
  DATABASE_URL: 'postgres://munim:database-password@db.internal:5432/munim',
  MUNIM_ENCRYPTION_KEYS: `k1:${key()}`,
  MUNIM_BLIND_INDEX_KEY: key(),
  MUNIM_CURSOR_KEY: key(),
  MUNIM_RAZORPAYX_KEY_ID: 'rzp_live_abcdefgh',
  MUNIM_RAZORPAYX_KEY_SECRET: 'razorpayx-key-secret',
  MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'razorpayx-webhook-secret',
  MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '2323230012345678',
};
const SETU = {
  MUNIM_SETU_BILLPAY_BASE_URL: 'https://coudc.setu.co',
  MUNIM_SETU_BILLPAY_CLIENT_ID: 'billpay-client',
  MUNIM_SETU_BILLPAY_SECRET: 'setu-hunter2-billpay',
  MUNIM_SETU_PARTNER_ID: '4711',
  MUNIM_SETU_RECHARGE_BASE_URL: 'https://prepaid.setu.co',
  MUNIM_SETU_ACCOUNTS_BASE_URL: 'https://accountservice.setu.co',
  MUNIM_SETU_RECHARGE_CLIENT_ID: 'recharge-client',
  MUNIM_SETU_RECHARGE_SECRET: 'setu-hunter2-recharge',
  MUNIM_SETU_PRODUCT_INSTANCE_ID: '91b09564-c250-4823-a262-7464c171974e',
  MUNIM_SETU_CALLBACK_TOKEN: 'setu-hunter2-callbacks-come-here',
};

function refusal(env: Record<string, string | undefined>): string | undefined {
  try {
    loadConfig(env);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the settings of Setu', () => {
  it('are all there, or none', () => {
    expect(loadConfig(base).providers.setu).toBeUndefined();
    expect(loadConfig({ ...base, ...SETU }).providers.setu).toEqual({
      billpay: {
        baseUrl: 'https://coudc.setu.co',
        clientId: 'billpay-client',
        secret: 'setu-hunter2-billpay',
        partnerId: '4711',
      },
      recharge: {
        baseUrl: 'https://prepaid.setu.co',
        accountsBaseUrl: 'https://accountservice.setu.co',
        clientId: 'recharge-client',
        secret: 'setu-hunter2-recharge',
        productInstanceId: '91b09564-c250-4823-a262-7464c171974e',
      },
      callbackToken: 'setu-hunter2-callbacks-come-here',
    });
  });

  it.each(Object.keys(SETU))('%s is missed when it alone is missing', (name) => {
    const message = refusal({ ...base, ...SETU, [name]: undefined });
    expect(message).toContain(name);
    expect(message).not.toMatch(/hunter2/);
  });

  it('secrets may be files, and are never shown', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-setu-config-'));
    const file = path.join(dir, 'secret');
    fs.writeFileSync(file, 'from-a-file\n');
    const { MUNIM_SETU_BILLPAY_SECRET: _a, MUNIM_SETU_RECHARGE_SECRET: _b, ...rest } = SETU;
    const config = loadConfig({
      ...base,
      ...rest,
      MUNIM_SETU_BILLPAY_SECRET_FILE: file,
      MUNIM_SETU_RECHARGE_SECRET_FILE: file,
    });
    expect([config.providers.setu?.billpay.secret, config.providers.setu?.recharge.secret]).toEqual([
      'from-a-file',
      'from-a-file',
    ]);
    expect(JSON.stringify(redactedConfig(config))).not.toContain('from-a-file');
    fs.rmSync(dir, { recursive: true });
  });

  it.each<[string, Record<string, string>]>([
    ['a partner id that is no number', { MUNIM_SETU_PARTNER_ID: 'hunter2' }],
    ['an instance id with odd signs', { MUNIM_SETU_PRODUCT_INSTANCE_ID: 'hunter2 hunter2' }],
    ['an address that is none', { MUNIM_SETU_RECHARGE_BASE_URL: 'hunter2' }],
    ...[
      'https://sandbox-coudc.setu.co',
      'https://qa-coudc.setu.co',
      'https://prepaid-uat.setu.co',
      'http://coudc.setu.co',
      'https://127.0.0.1:9',
      'https://localhost',
    ].map((url): [string, Record<string, string>] => [
      `${url} in production`,
      { MUNIM_SETU_BILLPAY_BASE_URL: url },
    ]),
  ])('%s is refused', (_name, change) => {
    const message = refusal({ ...base, ...SETU, ...change });
    expect(message).toMatch(/MUNIM_SETU/);
    expect(message).not.toMatch(/hunter2/);
  });

  it('the sandbox serves outside production', () => {
    expect(
      refusal({
        ...base,
        ...SETU,
        NODE_ENV: 'development',
        MUNIM_SETU_BILLPAY_BASE_URL: 'http://127.0.0.1:9/setu-billpay',
      }),
    ).toBeUndefined();
  });

  it('make a connector with both products', async () => {
    const { setu } = loadConfig({ ...base, ...SETU }).providers;
    const asked: string[] = [];
    const registry = createProviderRegistry(
      { setu },
      {
        clock: systemClock,
        boundsOf: (provider) => ({
          timeouts: { connectMs: 100, totalMs: 100 },
          limiter: {
            take: () => {
              asked.push(provider);
              return Promise.resolve({ ok: true });
            },
          },
        }),
      },
    );
    const connector = registry.get('setu');
    expect([
      registry.names(),
      connector.bbps === undefined,
      connector.recharge === undefined,
      connector.payout,
      await connector.admit('bbps'),
      await connector.admit('payout'),
      asked,
    ]).toEqual([
      ['setu'],
      false,
      false,
      undefined,
      { ok: true },
      { ok: false, rawStatus: '<not configured>', retryAfterMs: 60_000 },
      ['setu'],
    ]);
    await registry.close();
  });
});
