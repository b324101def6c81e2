import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Joi from 'joi';
import { providerSecrets, readProviders, withProviders } from '../settings';
import { createCashfreeConnector } from './connector';
import { settings } from './settings';

const listed = { cashfree: { settings } };
const schema = withProviders(Joi.object({}), listed);
const NEEDED = {
  MUNIM_CASHFREE_BASE_URL: 'https://api.cashfree.com/payout',
  MUNIM_CASHFREE_CLIENT_ID: 'CF00000TEST',
  MUNIM_CASHFREE_CLIENT_SECRET: 'cf-client-secret',
};
const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PEM = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim();
const OPTIONAL = {
  MUNIM_CASHFREE_WEBHOOK_SECRET: 'cf-oldest-secret',
  MUNIM_CASHFREE_API_VERSION: '2024-01-01',
  MUNIM_CASHFREE_PUBLIC_KEY: PEM,
  MUNIM_CASHFREE_FUNDSOURCE_ID: 'CASHFREE_1',
};

it('address, id and secret are all there, or none; the others need them', () => {
  const problemOf = (values: object): string | undefined => schema.validate(values).error?.message;
  expect([problemOf({}), problemOf(NEEDED), problemOf({ ...NEEDED, ...OPTIONAL })]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (const name of Object.keys(NEEDED)) expect(problemOf({ ...NEEDED, [name]: undefined })).toContain(name);
  for (const [name, value] of Object.entries(OPTIONAL)) {
    expect(problemOf({ ...NEEDED, [name]: value })).toBeUndefined();
    expect(problemOf({ [name]: value })).toContain(name);
  }
  expect(problemOf({ ...NEEDED, MUNIM_CASHFREE_API_VERSION: 'newest' })).toContain('API_VERSION');
  expect(readProviders(NEEDED, listed)).toEqual({
    cashfree: {
      baseUrl: NEEDED.MUNIM_CASHFREE_BASE_URL,
      clientId: 'CF00000TEST',
      clientSecret: 'cf-client-secret',
    },
  });
  expect(providerSecrets(listed)).toEqual([
    'MUNIM_CASHFREE_CLIENT_SECRET',
    'MUNIM_CASHFREE_WEBHOOK_SECRET',
    'MUNIM_CASHFREE_PUBLIC_KEY',
  ]);
});

it.each([
  ['https://api.cashfree.com/payout', false],
  ['https://sandbox.cashfree.com/payout', true],
  ['https://payout-gamma.cashfree.com/payout', true],
  ['http://api.cashfree.com/payout', true],
  ['https://127.0.0.1/payout', true],
])('production and %s: refused %s', (baseUrl, isRefused) => {
  const own = { baseUrl, clientId: 'CF00000TEST', clientSecret: 'cf-client-secret' };
  expect(settings.problemInProduction(own) !== undefined).toBe(isRefused);
});

const made = { timeouts: { connectMs: 1_000, totalMs: 5_000 }, baseUrl: 'http://127.0.0.1:9/payout' };

it.each([
  { clientId: 'a b' },
  { clientId: '' },
  { clientSecret: 'line\nbreak' },
  { clientSecret: 'short' },
  { webhookSecret: 'short' },
  { publicKey: 'no key' },
  { baseUrl: 'http://api.cashfree.com/payout' },
])('a connector with %j is not made', (options) => {
  const whole = { ...made, clientId: 'CF00000TEST', clientSecret: 'cf-client-secret', ...options };
  expect(() => createCashfreeConnector(whole)).toThrow(TypeError);
});

it('every call has id, secret and version, and with a public key a signature of this second', async () => {
  const seen: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((req, res) => {
    seen.push(req.headers);
    res.writeHead(500, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payout`;
  const credentials = { clientId: 'CF00000TEST', clientSecret: 'cf-client-secret' };
  for (const more of [
    {},
    { publicKey: PEM, apiVersion: '2026-01-01', clock: { now: () => new Date(1_746_427_759_733) } },
  ]) {
    const connector = createCashfreeConnector({ ...made, ...credentials, baseUrl, ...more });
    await connector.payout!.inquire({ ourReference: 'T1' });
    await connector.close();
  }
  server.close();
  expect(seen[0]).toMatchObject({
    'x-client-id': 'CF00000TEST',
    'x-client-secret': 'cf-client-secret',
    'x-api-version': '2024-01-01',
  });
  expect(seen[0]).not.toHaveProperty('x-cf-signature');
  expect(seen[1]).toMatchObject({ 'x-api-version': '2026-01-01' });
  const opened = privateDecrypt(
    { key: keys.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING },
    Buffer.from(String(seen[1]!['x-cf-signature']), 'base64'),
  );
  expect(opened.toString()).toBe('CF00000TEST.1746427759');
});
