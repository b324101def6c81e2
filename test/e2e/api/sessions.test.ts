/** Somebody who is signed in, as they see it over HTTP. */
import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import type { StartedSession } from '../../../domain/tokens/sessions';
import { execute } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { payoutBody, startPlatform, type Platform } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  user = await p.user(1_000_000n);
});
afterAll(async () => {
  await p.close();
});

const signIn = (of = user): Promise<StartedSession> =>
  p.c.knex.transaction((trx) =>
    p.c.userSessions.start(trx, {
      userId: of.userId,
      device: { name: 'Chrome on Android', ip: '192.0.2.1' },
      methods: ['pwd'],
    }),
  );
const refresh = (token: string) => p.call('POST', '/v1/session/refresh', { body: { refresh_token: token } });
/** The answer as soon as every memory of before is over. */
const refused = (key: string) =>
  until(
    () => p.call('GET', '/v1/wallets', { key }),
    ({ status }) => status === 401,
  );

/** What the payouts of these tests are, as their confirmation names it. */
const order = () => {
  const { amount, currency, beneficiary } = payoutBody('0000');
  return { amount, currency, beneficiary };
};

it('does what the user may, and pays what they have confirmed by their PIN', async () => {
  const { accessToken: key } = await signIn();
  const pay = (confirmation?: string, fields: object = {}, idempotencyKey: string = randomUUID()) =>
    p.call('POST', '/v1/payouts', {
      key,
      body: { ...payoutBody('0000'), ...fields },
      headers: {
        'idempotency-key': idempotencyKey,
        ...(confirmation === undefined ? {} : { confirmation }),
      },
    });
  const confirm = (pin: string) => p.call('POST', '/v1/confirmations', { key, body: { ...order(), pin } });
  expect((await p.call('GET', '/v1/wallets', { key })).status).toBe(200);
  expectProblem(await pay(), 'CONFIRMATION_NEEDED');
  expectProblem(await confirm('482915'), 'PIN_NOT_SET');
  expectProblem(await p.call('PUT', '/v1/pin', { key, body: { pin: '123456' } }), 'PIN_TOO_EASY');
  expect((await p.call('PUT', '/v1/pin', { key, body: { pin: '482915' } })).status).toBe(204);
  expect((await p.call('GET', '/v1/pin', { key })).body.status).toBe('set');
  expectProblem(await confirm('482916'), 'PIN_WRONG');
  const { status, body } = await confirm('482915');
  expect([status, body.status, body.sent_to]).toEqual([201, 'confirmed', null]);
  const id = body.id as string;
  expectProblem(await pay('cnf_x'), 'REQUEST_HEADER_INVALID');
  expectProblem(await pay(id, { amount: 150_001 }), 'CONFIRMATION_FOR_ANOTHER');
  const [again, fields] = [randomUUID(), { reference: 'once' }];
  const paid = await pay(id, fields, again);
  expect(paid.status).toBe(202);
  expect((await pay(id, fields, again)).body).toEqual(paid.body);
  expectProblem(await pay(id, { reference: 'twice' }), 'CONFIRMATION_OVER');
  expect((await p.payout(user.apiKey, '0000')).status).toBe(202); // a key has networks and scopes instead
});

it('lists where they are signed in', async () => {
  const { accessToken: key, sessionId } = await signIn();
  const { body } = await p.call('GET', '/v1/sessions', { key });
  expect((body.data as object[])[0]).toMatchObject({
    object: 'session',
    id: publicId('session', sessionId),
    current: true,
    device: { name: 'Chrome on Android' },
    methods: ['pwd'],
    address: '192.0.2.1',
  });
});

it('the next tokens come by the refresh token, once', async () => {
  const { refreshToken } = await signIn();
  const { status, body, headers } = await refresh(refreshToken);
  expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(body).toMatchObject({ object: 'session_tokens', token_type: 'Bearer' });
  expect(body.expires_in).toBeGreaterThan(590);
  expect((await p.call('GET', '/v1/wallets', { key: body.access_token as string })).status).toBe(200);
  expectProblem(await refresh(refreshToken), 'SESSION_OVER');
  await refused(body.access_token as string);
});

it('ends: signed out, ended from elsewhere, with its device, with its user', async () => {
  const stranger = await p.user(0n);
  const [one, two, three, four, asking] = [
    await signIn(),
    await signIn(),
    await signIn(),
    await signIn(stranger),
    await signIn(),
  ];
  const key = asking.accessToken;
  const done = async (method: string, url: string, body?: object): Promise<void> => {
    expect((await p.call(method, url, { key, body })).status).toBe(204);
  };
  await done('POST', '/v1/session/sign-out', { refresh_token: one.refreshToken });
  await done('DELETE', `/v1/sessions/${publicId('session', two.sessionId)}`);
  await done('DELETE', `/v1/devices/${publicId('device', three.device.id)}`);
  await execute(p.c.knex, `update users set status = 'disabled' where id = ?`, [stranger.userId]);
  for (const { accessToken } of [one, two, three, four])
    expectProblem(await refused(accessToken), 'AUTH_TOKEN_INVALID');
  expect((await p.call('GET', '/v1/devices', { key })).status).toBe(200);
  expect((await p.call('DELETE', '/v1/sessions', { key })).body).toMatchObject({ object: 'ended_sessions' });
  expect((await p.call('GET', '/v1/wallets', { key })).status).toBe(200);
});

it('whoever has the published keys checks a token without asking us', async () => {
  const { accessToken, sessionId } = await signIn();
  const { body, headers } = await p.call('GET', '/.well-known/jwks.json');
  expect(headers.get('cache-control')).toBe('public, max-age=600');
  expect(JSON.stringify(body)).not.toContain('"d"');
  const { payload, protectedHeader } = await jwtVerify(
    accessToken,
    createLocalJWKSet(body as unknown as JSONWebKeySet),
    { issuer: p.c.config.apiOrigin, audience: p.c.config.apiOrigin, typ: 'at+jwt' },
  );
  expect(protectedHeader.alg).toBe('EdDSA');
  expect(payload).toMatchObject({
    sub: publicId('user', user.userId),
    sid: publicId('session', sessionId),
    amr: ['pwd'],
    client_id: 'munim',
  });
});
