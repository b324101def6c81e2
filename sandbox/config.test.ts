import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadSandboxConfig } from './config';

const GOOD = {
  NODE_ENV: 'development',
  MUNIM_SANDBOX_PORT: '4000',
  MUNIM_SANDBOX_DIR: '.data/sandbox',
  MUNIM_SANDBOX_CONTROL_TOKEN: 'control-token-of-a-test',
  MUNIM_SANDBOX_CALLBACK_URL: 'http://127.0.0.1:3000/callbacks/razorpayx',
  MUNIM_RAZORPAYX_KEY_ID: 'rzp_test_key',
  MUNIM_RAZORPAYX_KEY_SECRET: 'a secret',
  MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'another secret',
  MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '2323230012345678',
};

it('has defaults for what is not a secret or a place', () => {
  expect(loadSandboxConfig(GOOD)).toEqual({
    controlToken: 'control-token-of-a-test',
    host: '127.0.0.1',
    port: 4000,
    dir: '.data/sandbox',
    keyId: 'rzp_test_key',
    keySecret: 'a secret',
    webhookSecret: 'another secret',
    accountNumber: '2323230012345678',
    accountType: 'current_account',
    callbackUrl: 'http://127.0.0.1:3000/callbacks/razorpayx',
    openingBalancePaise: 1_000_000_000_000n,
    delayMs: 0,
    slowMs: 2_500,
  });
});

it('takes secrets from files', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-')), 'secret');
  fs.writeFileSync(file, 'from a file\n');
  const { MUNIM_RAZORPAYX_KEY_SECRET: _secret, ...rest } = GOOD;
  expect(loadSandboxConfig({ ...rest, MUNIM_RAZORPAYX_KEY_SECRET_FILE: file }).keySecret).toBe('from a file');
  expect(() => loadSandboxConfig({ ...GOOD, MUNIM_RAZORPAYX_KEY_SECRET_FILE: file })).toThrow(/both set/);
  fs.rmSync(path.dirname(file), { recursive: true });
});

it.each([
  [{ NODE_ENV: 'production' }, /never runs in production/],
  [{ NODE_ENV: undefined }, /never runs in production/],
  [{ MUNIM_SANDBOX_PORT: '70000' }, /MUNIM_SANDBOX_PORT must be a whole number from 0 to 65535/],
  [{ MUNIM_SANDBOX_PORT: undefined }, /MUNIM_SANDBOX_PORT is required/],
  [{ MUNIM_SANDBOX_PORT: '4e3' }, /MUNIM_SANDBOX_PORT/],
  [{ MUNIM_SANDBOX_DIR: '' }, /MUNIM_SANDBOX_DIR/],
  [{ MUNIM_SANDBOX_CONTROL_TOKEN: 'short' }, /MUNIM_SANDBOX_CONTROL_TOKEN must have at least 16 characters/],
  [{ MUNIM_SANDBOX_CALLBACK_URL: 'ftp://x' }, /MUNIM_SANDBOX_CALLBACK_URL/],
  [{ MUNIM_SANDBOX_CALLBACK_URL: 'http://[' }, /MUNIM_SANDBOX_CALLBACK_URL/],
  [{ MUNIM_SANDBOX_DELAY_MS: '-1' }, /MUNIM_SANDBOX_DELAY_MS/],
  [{ MUNIM_SANDBOX_OPENING_BALANCE_PAISE: '1.5' }, /MUNIM_SANDBOX_OPENING_BALANCE_PAISE/],
  [{ MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '12 34' }, /MUNIM_RAZORPAYX_ACCOUNT_NUMBER/],
  [{ MUNIM_RAZORPAYX_ACCOUNT_TYPE: 'savings' }, /must be current_account or razorpayx_lite/],
  [{ MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'short' }, /MUNIM_RAZORPAYX_WEBHOOK_SECRET/],
  [{ MUNIM_RAZORPAYX_KEY_SECRET_FILE: '/nowhere', MUNIM_RAZORPAYX_KEY_SECRET: undefined }, /cannot be read/],
])('refuses %j', (change, message) => {
  expect(() => loadSandboxConfig({ ...GOOD, ...change })).toThrow(message);
});

const SETU = {
  MUNIM_SETU_BILLPAY_CLIENT_ID: 'billpay-client',
  MUNIM_SETU_BILLPAY_SECRET: 'billpay secret',
  MUNIM_SETU_PARTNER_ID: '4711',
  MUNIM_SANDBOX_SETU_BILLPAY_CALLBACK_URL: 'http://127.0.0.1:3000/callbacks/setu-billpay',
  MUNIM_SETU_RECHARGE_CLIENT_ID: 'recharge-client',
  MUNIM_SETU_RECHARGE_SECRET: 'recharge secret',
  MUNIM_SETU_PRODUCT_INSTANCE_ID: '91b09564-c250-4823',
  MUNIM_SANDBOX_SETU_RECHARGE_CALLBACK_URL: 'http://127.0.0.1:3000/callbacks/setu-recharge',
};

it('serves Setu once the environment speaks of it, and then wants all of it', () => {
  expect(loadSandboxConfig({ ...GOOD, ...SETU }).setu).toEqual({
    billpay: {
      clientId: 'billpay-client',
      secret: 'billpay secret',
      partnerId: '4711',
      callbackUrl: 'http://127.0.0.1:3000/callbacks/setu-billpay',
    },
    recharge: {
      clientId: 'recharge-client',
      secret: 'recharge secret',
      productInstanceId: '91b09564-c250-4823',
      callbackUrl: 'http://127.0.0.1:3000/callbacks/setu-recharge',
    },
    openingBalancePaise: 1_000_000_000_000n,
  });
  for (const name of Object.keys(SETU))
    expect(() => loadSandboxConfig({ ...GOOD, ...SETU, [name]: undefined })).toThrow(`${name} is required`);
  expect(() => loadSandboxConfig({ ...GOOD, ...SETU, MUNIM_SETU_PARTNER_ID: 'x' })).toThrow(
    /MUNIM_SETU_PARTNER_ID must be a whole number/,
  );
});

describe('without a token', () => {
  const { MUNIM_SANDBOX_CONTROL_TOKEN: token, ...untold } = GOOD;

  it.each([undefined, '127.0.0.1', '127.0.1.1', 'localhost', '::1'])('starts on %s', (host) => {
    expect(loadSandboxConfig({ ...untold, MUNIM_SANDBOX_HOST: host }).controlToken).toBeUndefined();
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'sandbox.example', '127.0.0.1.example', 'localhost.example'])(
    'does not start on %s, where other machines reach it',
    (host) => {
      const env = { ...untold, MUNIM_SANDBOX_HOST: host };
      expect(() => loadSandboxConfig(env)).toThrow(/MUNIM_SANDBOX_CONTROL_TOKEN is required/);
      expect(loadSandboxConfig({ ...env, MUNIM_SANDBOX_CONTROL_TOKEN: token })).toMatchObject({ host });
    },
  );
});

it('lists every problem at once and echoes no value', () => {
  let text = '';
  try {
    loadSandboxConfig({
      ...GOOD,
      MUNIM_SANDBOX_PORT: 'planted-1',
      MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'tiny',
      MUNIM_SANDBOX_SLOW_MS: 'planted-2',
    });
  } catch (error) {
    text = String(error);
  }
  expect(text.match(/^ {2}- /gm)).toHaveLength(3);
  expect(text).not.toMatch(/planted|tiny/);
});

describe('Eko', () => {
  const EKO = {
    MUNIM_EKO_DEVELOPER_KEY: 'developer_key',
    MUNIM_EKO_ACCESS_KEY: 'an access key',
    MUNIM_EKO_INITIATOR_ID: '9962981729',
    MUNIM_EKO_USER_CODE: '20810200',
    MUNIM_SANDBOX_EKO_CALLBACK_URL: 'http://127.0.0.1:3000/callbacks/eko',
  };

  it('is missing without its variables, and complete with them', () => {
    expect(loadSandboxConfig(GOOD).eko).toBeUndefined();
    expect(loadSandboxConfig({ ...GOOD, ...EKO }).eko).toEqual({
      developerKey: 'developer_key',
      accessKey: 'an access key',
      initiatorId: '9962981729',
      userCode: '20810200',
      callbackUrl: 'http://127.0.0.1:3000/callbacks/eko',
      openingBalancePaise: 1_000_000_000_000n,
    });
  });

  it.each(Object.keys(EKO))('asks for %s as soon as another is set', (name) => {
    expect(() => loadSandboxConfig({ ...GOOD, ...EKO, [name]: undefined })).toThrow(`${name} is required`);
  });

  it.each([
    ['MUNIM_EKO_INITIATOR_ID', '12345'],
    ['MUNIM_EKO_USER_CODE', 'x'],
    ['MUNIM_EKO_ACCESS_KEY', 'short'],
    ['MUNIM_SANDBOX_EKO_CALLBACK_URL', 'ftp://x'],
    ['MUNIM_SANDBOX_EKO_OPENING_BALANCE_PAISE', '1.5'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => loadSandboxConfig({ ...GOOD, ...EKO, [name]: value })).toThrow(name);
  });
});
